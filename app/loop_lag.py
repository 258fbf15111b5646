"""Event-loop lag: the delay of everything that waits for this process."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from app import metrics

EVERY_SECONDS = 0.25
REMEMBERED_SECONDS = 30.0


class LoopLag:
    """A timer that looks at the clock when it is called. All in seconds of the loop's clock."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._late: deque[tuple[float, float]] = deque()
        """When, and how much: each larger than those behind it."""
        self._wait(loop.time())

    def stop(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        self.note(now, max(now - self._due, 0.0))
        self._wait(now)

    def _wait(self, now: float) -> None:
        self._due = now + EVERY_SECONDS  # uvloop's handle of a time that is over doesn't tell it
        self._timer = self._loop.call_at(self._due, self._look)

    def note(self, now: float, late: float) -> None:
        metrics.event_loop_lag_seconds.observe(late)
        while self._late and self._late[-1][1] <= late:
            self._late.pop()
        self._late.append((now, late))
        while self._late[0][0] < now - REMEMBERED_SECONDS:
            self._late.popleft()
        metrics.event_loop_lag_max_seconds.set(self._late[0][1])


@contextmanager
def measured_lag() -> Iterator[None]:
    lag = LoopLag(asyncio.get_running_loop())
    try:
        yield
    finally:
        lag.stop()
