"""The `stagepath` command as a process of its own, in a group of its own, knowing no environment but a test's.

It is forked from one that has imported it (`tests.forks`), unless a test names a variable that Python or a library
might read as it begins.
"""

import os
import signal
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TextIO

import psutil
import typer
from typer.core import TyperCommand, TyperGroup

from app.cli import main
from app.commands.deferred import Deferred
from tests.forks import Forked, forked
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[1]
STAGEPATH = Path(sys.executable).with_name("stagepath")
GIVE_UP_SECONDS = 180.0
LAST_LINE = "Ctrl-C stops it."
READ_WHEN_WANTED = ("STAGEPATH_", "DATABASE_URL", "COLUMNS", "NO_COLOR", "PATH", "HOME")
"""How the variables begin that nothing reads before a command runs."""


def environment(folder: Path, **variables: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "STAGEPATH_STATE_DIR": str(folder / "state"), **variables}


def stagepath(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run to the end in `folder`, which has no `.env`."""
    with TemporaryFile() as out, TemporaryFile() as err:
        process = _begun(folder, arguments, variables, out, err)
        try:
            code = process.wait(GIVE_UP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(list(arguments), code, _written(out), _written(err))


def _begun(
    folder: Path,
    arguments: tuple[str, ...],
    variables: dict[str, str],
    out: IO[bytes],
    err: IO[bytes],
    command: str | Path | None = None,
) -> "subprocess.Popen[bytes] | Forked":
    """In a session of its own. `command`: None forks."""
    chosen = environment(folder, **variables)
    if command is None and all(name.startswith(READ_WHEN_WANTED) for name in variables):
        return forked(*arguments, folder=folder, environment=chosen, stdout=out, stderr=err, own_session=True)
    return subprocess.Popen(
        [command or STAGEPATH, *arguments], cwd=folder, env=chosen, stdout=out, stderr=err, start_new_session=True
    )


def _written(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def commands() -> dict[str, TyperCommand | TyperGroup]:
    """Every command that isn't a group, by its words, such as `users list`."""
    program = typer.main.get_command(main)
    assert isinstance(program, TyperGroup)
    return {" ".join(words): command for words, command in _below(program)}


def _below(group: TyperGroup, *above: str) -> Iterator[tuple[tuple[str, ...], TyperCommand | TyperGroup]]:
    for name, listed in group.commands.items():
        command = listed.load() if isinstance(listed, Deferred) else listed
        if isinstance(command, TyperGroup):
            yield from _below(command, *above, name)
        else:
            assert isinstance(command, TyperCommand)
            yield (*above, name), command


@dataclass
class Running:
    process: "subprocess.Popen[bytes] | Forked"
    folder: Path
    output: TextIO
    said: list[str] = field(default_factory=list)

    def hear(self, line: str) -> None:
        """Read what it prints until it prints this line."""
        while not self.said or self.said[-1] != line:
            read = self.output.readline()
            assert read, f"ended before it said “{line}”: {self.logged}"
            self.said.append(read.rstrip("\n"))

    @property
    def logged(self) -> str:
        return (self.folder / "errors.log").read_text(encoding="utf-8")

    def end(self, number: signal.Signals, *, everyone: bool = False) -> int:
        """Signal the process or, as Ctrl-C does, its whole group; its exit status."""
        if everyone:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(GIVE_UP_SECONDS)

    def family(self) -> list[psutil.Process]:
        """What it started and its children started, the embedded PostgreSQL included."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        file = self.folder / "state" / "postgres" / "postmaster.pid"
        if file.exists():
            children.append(psutil.Process(int(file.read_text().split()[0])))
        return children


def survivors(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that don't end by themselves. In a container there may be nobody who buries the dead: they don't count."""
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@contextmanager
def started(
    folder: Path,
    *arguments: str,
    command: str | Path | None = None,
    until: str = LAST_LINE,
    terminal: bool = False,
    **variables: str,
) -> Iterator[Running]:
    """Runs on until it is ended, at the latest with the block. `terminal`: its standard output is one. `command`:
    another than the forked `stagepath`."""
    reading, writing = _terminal() if terminal else os.pipe()
    with (folder / "errors.log").open("wb") as stream, os.fdopen(writing, "wb") as written:
        process = _begun(folder, arguments, variables, written, stream, command)
    too_long = threading.Timer(GIVE_UP_SECONDS, process.kill)
    too_long.start()
    try:
        with os.fdopen(reading, encoding="utf-8") as output:
            running = Running(process, folder, output)
            running.hear(until)
            yield running
    finally:
        too_long.cancel()
        if process.poll() is None:
            process.terminate()
        process.wait()


def _terminal() -> tuple[int, int]:
    ours, its = os.openpty()
    tty.setraw(its)  # lines end as they were written
    return ours, its
