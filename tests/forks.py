"""Processes of Stagepath that don't import it anew, which takes seconds: forked from `tests.zygote`.

Each is a process like any other, with arguments, a folder, an environment, output, signals and an exit status of its
own. How the installed program itself begins is tested where `tests.commands` starts that.
"""

import asyncio
import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from tests.zygote import NUMBER

ROOT = Path(__file__).parents[1]
PROGRAM = "app.cli:run"


class Forked:
    """As a `subprocess.Popen`, as far as tests use one."""

    def __init__(self, pid: int, arguments: list[str], status: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._arguments = arguments
        self._status = status

    def poll(self) -> int | None:
        return self._told(0)

    def wait(self, timeout: float | None = None) -> int:
        """Raises `subprocess.TimeoutExpired`."""
        code = self._told(timeout)
        if code is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(self._arguments, timeout)
        return code

    async def ended(self) -> int:
        """As `wait`, of a task."""
        if self.returncode is None:
            loop, told = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(self._status, told.set)
            try:
                await told.wait()
            finally:
                loop.remove_reader(self._status)
        return self.wait()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _told(self, within: float | None) -> int | None:
        if self.returncode is None and _has_news(self._status, within):
            told = self._status.recv(NUMBER)
            assert told, "the zygote has ended"
            self.returncode = int.from_bytes(told, "big", signed=True)
            self._status.close()
        return self.returncode


def _has_news(status: socket.socket, within: float | None) -> bool:
    looking = select.poll()  # knows files of any number
    looking.register(status, select.POLLIN)
    return bool(looking.poll(None if within is None else within * 1000))


class _Zygote:
    """One for each process that runs tests, started by the first that wants it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None

    def fork(self, order: dict[str, object], files: list[int]) -> int:
        with self._lock:
            if self._control is None:
                self._control = self._started()
            socket.send_fds(self._control, [json.dumps(order).encode() + b"\n"], files)
            answer = self._control.recv(NUMBER, socket.MSG_WAITALL)
            assert answer, "the zygote has ended"
            return int.from_bytes(answer, "big")

    def _started(self) -> socket.socket:
        ours, its = socket.socketpair()
        with its:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.zygote", str(its.fileno())],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
                stdin=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
                start_new_session=True,
            )
        atexit.register(process.wait)
        atexit.register(ours.close)
        return ours


_zygote = _Zygote()


def forked(
    *arguments: str,
    folder: Path,
    environment: dict[str, str],
    stdout: IO[bytes] | IO[str],
    stderr: IO[bytes] | IO[str],
    program: str = PROGRAM,
    own_session: bool = False,
) -> Forked:
    """`program` (`module:function`) with these arguments, which its own name precedes."""
    called = [str(Path(sys.executable).with_name("stagepath")), *arguments]
    order = {
        "program": program,
        "arguments": called,
        "folder": str(folder),
        "environment": environment,
        "own_session": own_session,
    }
    ours, its = socket.socketpair()
    with its, open(os.devnull, "rb") as nothing:
        pid = _zygote.fork(order, [nothing.fileno(), stdout.fileno(), stderr.fileno(), its.fileno()])
    return Forked(pid, called, ours)
