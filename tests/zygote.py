"""`python -m tests.zygote FD`: a process that has imported all of Stagepath, and forks for each order on its socket.

An order is a line of JSON, with four files beside it: standard input, output, error, and where the exit status is told.
Each is answered with the new process's id. When the socket ends, the zygote does, and what it forked with it.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import types
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any, TextIO

PRELOADED = (
    "app.cli",
    "app.main",
    "app.commands.serve",
    "app.commands.worker",
    "app.imports.cli",
    "app.upkeep.members",
)
LONGEST_ORDER = 1 << 20
NUMBER = 4


@dataclass(frozen=True, slots=True)
class Order:
    """`program`: `module:function`, called without arguments; it finds its own in `sys.argv`."""

    program: str
    arguments: list[str]
    folder: str
    environment: dict[str, str]
    own_session: bool
    files: tuple[int, int, int]

    def become(self) -> None:
        """This process is as one that was started with these arguments."""
        if self.own_session:
            os.setsid()
        for number, file in enumerate(self.files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        sys.argv = list(self.arguments)
        sys.modules["__main__"] = types.ModuleType("__main__")
        sys.stdout = _writing(sys.stdout, line_buffering=os.isatty(1))
        sys.stderr = _writing(sys.stderr, line_buffering=True)

    def run(self) -> None:
        module, _, name = self.program.partition(":")
        getattr(import_module(module), name)()


def _writing(as_before: TextIO, *, line_buffering: bool) -> TextIO:
    """The same file number, which is another file now."""
    return TextIOWrapper(
        BufferedWriter(FileIO(as_before.fileno(), "w", closefd=False)),
        encoding=as_before.encoding,
        errors=as_before.errors,
        line_buffering=line_buffering,
    )


class Zygote:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._status: dict[int, int] = {}
        self._ended, self._wakes = os.pipe()
        os.set_blocking(self._wakes, False)
        signal.set_wakeup_fd(self._wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> Order | None:
        """Returns in each forked process, with its order; None in the zygote, when the socket has ended."""
        while True:
            ready, _, _ = select.select([self._control.fileno(), self._ended], [], [])
            if self._ended in ready:
                os.read(self._ended, 4096)
                self._bury()
            if self._control.fileno() in ready:
                asked = self._asked()
                if asked is None:
                    self._end_all()
                    return None
                order, status = asked
                process = os.fork()
                if process == 0:
                    self._leave(status)
                    return order
                for file in order.files:
                    os.close(file)
                self._status[process] = status
                self._control.sendall(process.to_bytes(NUMBER, "big"))

    def _asked(self) -> tuple[Order, int] | None:
        text, files, _, _ = socket.recv_fds(self._control, LONGEST_ORDER, 4)
        while text and not text.endswith(b"\n"):
            text += self._control.recv(LONGEST_ORDER)
        if not text:
            return None
        said: dict[str, Any] = json.loads(text)
        stdin, stdout, stderr, status = files
        return Order(**said, files=(stdin, stdout, stderr)), status

    def _bury(self) -> None:
        while self._status:
            process, how = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            status = self._status.pop(process)
            with suppress(BrokenPipeError):  # nobody wants to know
                os.write(status, os.waitstatus_to_exitcode(how).to_bytes(NUMBER, "big", signed=True))
            os.close(status)

    def _end_all(self) -> None:
        for process in self._status:
            os.kill(process, signal.SIGKILL)

    def _leave(self, status: int) -> None:
        """What belongs to the zygote is nothing to the forked process."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._control.close()
        for file in (self._ended, self._wakes, status, *self._status.values()):
            os.close(file)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    for module in PRELOADED:
        import_module(module)
    gc.collect()
    gc.freeze()
    order = Zygote(control).serve()
    if order is not None:
        order.become()
        order.run()


if __name__ == "__main__":
    main()
