"""Learn that the server is to stop while its connections are still open.

An ASGI server tells the application only after the last response has ended, and a subscription's never does by itself.
And it closes its sockets at once, while balancers still send requests: so it is told later than the application is.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog

from app.readiness import drain

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = structlog.get_logger(__name__)


def end_with_parent() -> None:
    """One of several server processes stops when the one that looks after them is gone, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="end-with-parent", daemon=True).start()


class _Stop:
    """From the first signal on the process is draining; `drain_seconds` after SIGTERM, or with any further signal, it
    stops: `calls` are made and the server's own handlers hear of it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        calls: tuple[Callable[[], None], ...],
        drain_seconds: float,
        followed: Callable[[], int],
    ) -> None:
        self.before = {number: signal.getsignal(number) for number in _SIGNALS}
        self._loop = loop
        self._calls = calls
        self._drain_seconds = drain_seconds
        self._followed = followed
        self._later: asyncio.TimerHandle | None = None

    def hear(self, number: int, frame: FrameType | None) -> None:
        """Any signal but the first SIGTERM stops it now."""
        first = drain.seconds() is None
        drain.begin()
        waits = self._drain_seconds if first and number == signal.SIGTERM else 0
        if first:
            self._loop.call_soon_threadsafe(self._drain, number, waits)
        if not waits:
            self._loop.call_soon_threadsafe(self._finish)
            self._pass_on(number, frame)

    def _drain(self, number: int, seconds: float) -> None:
        log.info("draining", seconds=seconds, pid=os.getpid())
        if seconds:
            self._later = self._loop.call_later(seconds, self._end_drain, number)

    def _end_drain(self, number: int) -> None:
        self._finish()
        self._pass_on(number, None)

    def _finish(self) -> None:
        if self._later is not None:
            self._later.cancel()
        log.info("closing sockets", subscriptions=self._followed(), pid=os.getpid())
        for call in self._calls:
            call()

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        handler = self.before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)


@contextmanager
def on_stop_signal(
    *calls: Callable[[], None], drain_seconds: float = 0, followed: Callable[[], int] = int
) -> Iterator[None]:
    """Make `calls` in the running loop when a signal to stop arrives, and let the server's own handler have it too.
    `followed`: how many subscriptions there are, for the log."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    stop = _Stop(asyncio.get_running_loop(), calls, drain_seconds, followed)
    for number in _SIGNALS:
        if callable(stop.before[number]):
            signal.signal(number, stop.hear)
    try:
        yield
    finally:
        for number in _SIGNALS:
            if signal.getsignal(number) == stop.hear:
                signal.signal(number, stop.before[number])
        drain.end()
