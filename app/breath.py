"""Long work on the event loop, in slices of a few milliseconds, between which all others have their turn."""

import asyncio
from time import perf_counter

SLICE_SECONDS = 0.005


class Breath:
    """Of one event loop. However many are at such work, together they take one slice of each of its rounds."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float = SLICE_SECONDS) -> None:
        self.loop = loop
        self._seconds = seconds
        self._ends = 0.0
        self._next: asyncio.Future[None] | None = None

    async def take(self) -> None:
        """Returns at once while the slice lasts, else in a later round."""
        while perf_counter() > self._ends:
            if self._next is None:
                self._next = self.loop.create_future()
                self.loop.call_soon(self._begin, self._next)
            await asyncio.shield(self._next)

    def _begin(self, waited_for: asyncio.Future[None]) -> None:
        self._next = None
        self._ends = perf_counter() + self._seconds
        waited_for.set_result(None)


_current: Breath | None = None


def breath() -> Breath:
    """That of the running loop."""
    global _current
    loop = asyncio.get_running_loop()
    if _current is None or _current.loop is not loop:
        _current = Breath(loop)
    return _current
