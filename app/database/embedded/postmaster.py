"""The one process of a PostgreSQL server that all others descend from: found, started, ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from app.database.embedded.faults import Unstartable, shown
from app.database.embedded.owner import Owner
from app.database.embedded.places import SOCKET
from app.database.embedded.programs import GIVE_UP_SECONDS, reason, spawn

PID_FILE = "postmaster.pid"
LOG_FILE = "log"
LARGEST_LOG = 10_000_000
LOOK_EVERY = 0.02
FAST_SECONDS, IMMEDIATE_SECONDS = 60.0, 5.0
"""How long an end in good order may take, and one without."""

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
_ENOUGH_SHARED_MEMORY = 256 << 20
_STATES = ("starting", "stopping", "ready", "standby")


@dataclass(frozen=True, slots=True)
class Noted:
    """What `postmaster.pid` says; a path in it may have several lines."""

    pid: int
    files: str
    socket_directory: Path
    state: str

    @property
    def ready(self) -> bool:
        return self.state == "ready"

    def hasten(self) -> None:
        """Let it end at once, if it was told to end and would wait for its clients."""
        if self.state == "stopping":
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGINT)

    @classmethod
    def read(cls, files: Path) -> "Noted | None":
        """None: not there, or not written to its end."""
        try:
            lines = (files / PID_FILE).read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        except FileNotFoundError:
            return None
        while lines and not lines[-1].strip():
            lines.pop()
        if len(lines) < 8 or lines[-1].strip() not in _STATES or not lines[0].isdecimal():
            return None
        return cls(int(lines[0]), "\n".join(lines[1:-6]), Path(lines[-4]), lines[-1].strip())


@dataclass(slots=True)
class Postmaster:
    pid: int
    socket_directory: Path
    child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def is_alive(self) -> bool:
        """Costs next to nothing. A child that has ended is buried."""
        if self.child is not None:
            return self.child.poll() is None
        return _is_running(self.pid)

    def hasten(self, files: Path) -> None:
        """Let it end at once when somebody told it to end once its clients have gone: until then, it lets nobody in."""
        noted = Noted.read(files)
        if noted is not None and noted.pid == self.pid:
            noted.hasten()

    def end(self) -> None:
        """Returns when it has ended, in good order if that is possible within a minute."""
        for number, patience in (
            (signal.SIGINT, FAST_SECONDS),
            (signal.SIGQUIT, IMMEDIATE_SECONDS),
            (signal.SIGKILL, IMMEDIATE_SECONDS),
        ):
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)
            if self._ended(patience):
                return

    def _ended(self, within: float) -> bool:
        until = time.monotonic() + within
        while self.is_alive():
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_EVERY)
        return True


def find(files: Path) -> Postmaster | None:
    """The one that serves these files, ready; None when there is none. Raises `Unstartable` when it doesn't answer."""
    until = time.monotonic() + GIVE_UP_SECONDS
    while True:
        noted = Noted.read(files)
        alive = noted is not None and noted.files == os.fsdecode(files) and accepts(noted.socket_directory)
        if noted is not None and alive and noted.ready:
            return Postmaster(noted.pid, noted.socket_directory)
        pid = noted.pid if noted is not None else _first_line(files)
        if not alive and (pid is None or not _serves(pid, files)):
            return None
        if alive and noted is not None:
            noted.hasten()
        if time.monotonic() > until:
            raise Unstartable(f"process {pid} holds {shown(files)} and doesn't answer; end that process.")
        time.sleep(LOOK_EVERY)


def start(files: Path, directory: Path, program: Path, owner: Owner) -> Postmaster:
    """Returns when it is ready; nobody may serve the files, and nobody else may start. Raises `Unstartable`."""
    _clear(files)
    with _log(files, owner) as log:
        begun = log.tell()
        child = spawn(program, *_arguments(files, directory), owner=owner, log=log, given=subprocess.DEVNULL)
    try:
        _until_ready(child, files, begun)
    except BaseException:
        with suppress(ProcessLookupError):
            child.send_signal(signal.SIGQUIT)
        child.wait()
        raise
    return Postmaster(child.pid, directory, child)


def _arguments(files: Path, directory: Path) -> tuple[str, ...]:
    roomy = _shared_memory() >= _ENOUGH_SHARED_MEMORY
    # After a crash, one call for the whole file system takes a fraction of one for each of a thousand files.
    at_once = ("-c", "recovery_init_sync_method=syncfs") if sys.platform == "linux" else ()
    return (
        *("-D", str(files), "-k", str(directory), "-c", "listen_addresses="),
        *("-c", f"dynamic_shared_memory_type={'posix' if roomy else 'mmap'}"),
        *at_once,
    )


def _shared_memory() -> int:
    """Bytes; a container has 64 MB by itself, too little for a sort by several processes, or none."""
    try:
        found = os.statvfs(_SHARED_MEMORY)
        return found.f_frsize * found.f_blocks if _SHARED_MEMORY.stat().st_mode & 0o002 else 0
    except OSError:
        return 0


def _until_ready(child: "subprocess.Popen[bytes]", files: Path, begun: int) -> None:
    until = time.monotonic() + GIVE_UP_SECONDS
    while True:
        noted = Noted.read(files)
        if noted is not None and noted.pid == child.pid:
            if noted.ready:
                return
            noted.hasten()  # told to end before anybody here saw that it was ready
        if child.poll() is not None:
            raise Unstartable(reason(_written(files, begun)))
        if time.monotonic() > until:
            raise Unstartable(f"it isn't ready after {GIVE_UP_SECONDS} seconds; {shown(files / LOG_FILE)} has more.")
        time.sleep(LOOK_EVERY)


def last_words(files: Path) -> str:
    """Why it ended, as its log says."""
    try:
        size = (files / LOG_FILE).stat().st_size
        return reason(_written(files, max(size - 10_000, 0)))
    except OSError as error:
        return f"its log can't be read: {error.strerror}"


def _written(files: Path, since: int) -> bytes:
    with (files / LOG_FILE).open("rb") as log:
        log.seek(since)
        return log.read()


def _log(files: Path, owner: Owner) -> IO[bytes]:
    path = files / LOG_FILE
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_name(f"{LOG_FILE}.old"))
    log = path.open("ab")
    owner.take(path)
    return log


def _clear(files: Path) -> None:
    """What a postmaster left that could not clean up: processes that hold its memory, and its file, whose number may
    be that of any process by now."""
    file = files / PID_FILE
    if not file.exists():
        return
    strays = [process for process in psutil.process_iter() if _works_on(process, files)]
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for stray in strays:
            with suppress(psutil.NoSuchProcess):
                stray.send_signal(number)
        _, strays = psutil.wait_procs(strays, timeout=1)
        strays = [stray for stray in strays if _is_running(stray.pid)]
    file.unlink(missing_ok=True)


def accepts(directory: Path) -> bool:
    """Whether somebody listens on the socket in it."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(directory / SOCKET))
    except TimeoutError:
        return True  # listening, and busy
    except OSError:
        return False
    return True


def _first_line(files: Path) -> int | None:
    try:
        first = (files / PID_FILE).read_bytes().split(b"\n")[0]
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() else None


def _serves(pid: int, files: Path) -> bool:
    try:
        return _works_on(psutil.Process(pid), files)
    except psutil.NoSuchProcess:
        return False


def _works_on(process: psutil.Process, files: Path) -> bool:
    """PostgreSQL's processes work in the folder of their data."""
    try:
        return (
            process.name() == "postgres"
            and process.status() != psutil.STATUS_ZOMBIE
            and os.path.samefile(process.cwd(), files)
        )
    except (psutil.Error, OSError):
        return False


def _is_running(pid: int) -> bool:
    """The dead that nobody has buried, as in a container, don't run."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
