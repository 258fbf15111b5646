"""Accounting of a viewer's share of the database: the time of their statements, and how many run at once.

An operation brings a `Meter` into its context (`metered_by`); pools put the time of its statements there, failed and
cancelled ones included, and let only so many of one viewer's through at a time, over all of its operations. Whatever
runs without a meter, as background work does, is neither measured nor held up.
"""

import asyncio
from collections import deque
from contextvars import ContextVar
from time import perf_counter
from uuid import UUID
from weakref import WeakValueDictionary

__all__ = ["Meter", "Share", "metered", "metered_by", "share_of", "statements_in_flight"]


class Share:
    """One viewer's part of this process's connections. `most`: how many its operations may hold at once.

    A task that holds one in a transaction gets its further ones at once: if it had to wait, it might wait for itself.
    """

    __slots__ = ("__weakref__", "_holding", "_waiting", "most", "running")

    def __init__(self, most: int) -> None:
        self.most = most
        self.running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._holding: dict[asyncio.Task[object] | None, int] = {}

    async def turn(self, meter: "Meter") -> None:
        """Returns when the viewer may have another connection, which is counted from then on."""
        if asyncio.current_task() not in self._holding:
            while self.running >= self.most:
                await self._wait(meter)
        self.running += 1

    async def _wait(self, meter: "Meter") -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        meter.waiting += 1
        try:
            await waiting
        except asyncio.CancelledError:
            meter.crowded = True
            if waiting.done() and not waiting.cancelled():
                self._call()  # whoever is next may have the place that was meant for us
            raise
        finally:
            meter.waiting -= 1

    def leave(self) -> None:
        self.running -= 1
        if self._waiting:
            self._call()

    def _call(self) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return

    def hold(self) -> None:
        """The running task holds a connection over several statements."""
        task = asyncio.current_task()
        self._holding[task] = self._holding.get(task, 0) + 1

    def let_go(self) -> None:
        task = asyncio.current_task()
        if self._holding.get(task, 0) > 1:
            self._holding[task] -= 1
        else:
            self._holding.pop(task, None)


class Meter:
    """Of one operation. `seconds`: what its statements and transactions took so far; `crowded`: it was given up while
    it waited for others of its viewer."""

    __slots__ = ("crowded", "seconds", "share", "waiting")

    def __init__(self, share: Share) -> None:
        self.share = share
        self.seconds = 0.0
        self.waiting = 0
        self.crowded = False

    def entered(self) -> bool:
        """Whether another connection may be had at once: it is counted, and has to be ended. Else it is a `turn`'s
        matter, which ends the same way."""
        share = self.share
        if share.running >= share.most:
            return False
        share.running += 1
        return True

    def end(self, began: float) -> None:
        """`began` as `perf_counter` gave it; 0: nothing ever did."""
        if began:
            self.seconds += perf_counter() - began
        self.share.leave()


_shares: WeakValueDictionary[UUID, Share] = WeakValueDictionary()
"""Kept as long as somebody uses them."""


def share_of(viewer: UUID, most: int) -> Share:
    share = _shares.get(viewer)
    if share is None:
        share = _shares[viewer] = Share(most)
    share.most = most
    return share


def statements_in_flight() -> int:
    """How many connections operations of viewers hold in this process now."""
    return sum(share.running for share in list(_shares.values()))


_meter: ContextVar[Meter | None] = ContextVar("meter of the operation", default=None)

metered_by = _meter.set
"""From now on, statements of the running task and of those that it starts are counted there."""

metered = _meter.get
