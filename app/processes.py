"""The server processes of `stagepath serve --workers`, looked after by the one that started them.

As uvicorn does it, but for three things. What has served once goes on: a process that can't start in another's place,
because the database is away or the disk full, is tried again, and the others serve meanwhile; uvicorn ends them all.
Nobody waits for the answer of one process while another needs looking after, or a signal has come. And a process that
starts may take its time, as it does on a busy machine.
"""

import time
from dataclasses import dataclass, field
from socket import socket
from weakref import WeakKeyDictionary

import structlog
from uvicorn.config import Config
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

HUNG_SECONDS = 30.0
"""How long a process that has answered before may not answer before it is replaced."""
STARTING_SECONDS = 600
"""And one that has never answered: before it does, it loads the application."""
AGAIN_SECONDS = 2.0
"""Before a process that could not start is tried again."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Heartbeat:
    """Of one process: when it was asked for a sign of life, whether it is to answer that still, has ever answered one,
    and has ever served; and when, since it could not start, another is. In monotonic seconds."""

    asked: float = field(default_factory=time.monotonic)
    waits: bool = False
    answered: bool = False
    served: bool = False
    again: float | None = None


class Processes(Multiprocess):
    def __init__(self, config: Config, sockets: list[socket], *, hung_seconds: float = HUNG_SECONDS) -> None:
        super().__init__(config, sockets)
        self._hung_seconds = hung_seconds
        self.failed = False
        """It has ended because none of them could start."""
        self._served = False
        self._unable: set[int] = set()
        """Places whose process could not start."""
        self._heartbeats: WeakKeyDictionary[Process, Heartbeat] = WeakKeyDictionary()

    def keep_subprocess_alive(self) -> None:
        now = time.monotonic()
        for place, process in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            beat = self._heartbeats.setdefault(process, Heartbeat())
            if beat.again is not None:
                if now >= beat.again:
                    self._replace(place)
            elif process.exitcode is not None or self._is_hung(process, beat, now):
                process.kill()
                process.join()
                self._bury(place, process, beat, now)

    def _bury(self, place: int, process: Process, beat: Heartbeat, now: float) -> None:
        failed = not beat.served and (process.exitcode or 0) > 0
        if not failed:
            log.warning("a server process has ended; starting another", pid=process.pid, status=process.exitcode)
            self._replace(place)
            return
        self._unable.add(place)
        if not self._served and len(self._unable) >= len(self.processes):
            log.error("no server process can start", pid=process.pid, status=process.exitcode)
            self.failed = True
            self.should_exit.set()
        else:
            log.warning("a server process can't start; trying again", pid=process.pid, seconds=AGAIN_SECONDS)
            beat.again = now + AGAIN_SECONDS

    def _replace(self, place: int) -> None:
        self.processes[place] = Process(self.config, self.sockets)
        self.processes[place].start()

    def _is_hung(self, process: Process, beat: Heartbeat, now: float) -> bool:
        """Asks it for a sign of life, once it has answered the last time."""
        line = process.parent_conn
        try:
            if beat.waits and line.poll(0):
                beat.served |= line.recv()
                beat.waits, beat.answered = False, True
                self._served |= beat.served
            if not beat.waits:
                line.send(b"")
                beat.waits, beat.asked = True, now
        except (OSError, EOFError):
            return False  # it ends
        return now - beat.asked > (self._hung_seconds if beat.answered else STARTING_SECONDS)
