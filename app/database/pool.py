"""An asyncpg pool that skips RESET for connections whose session state wasn't touched.

A connection that asyncpg takes back is reset, which is a round trip, by a task of its own: together more than a read by
key costs. Who only reads, or ends a transaction, leaves nothing to reset. So a borrowed connection is handed to the
next who waits, or kept at hand; asyncpg gets it back when anything went wrong, when it is expired, and in the end.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from time import perf_counter
from types import TracebackType
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from asyncpg.protocol import Record

from app.database.metering import metered


class Pool(asyncpg.Pool):  # type: ignore[misc]
    """`borrow()` is the short way; `acquire()` is asyncpg's, with its reset, on the same connections."""

    def __init__(self, url: str, *, size: int, **options: Any) -> None:
        super().__init__(
            url,
            min_size=1,
            max_size=size,
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=Record,
            **options,
        )
        self._kept: list[PoolConnectionProxy] = []
        self._waiting: deque[asyncio.Future[PoolConnectionProxy | None]] = deque()
        self._out = 0
        """How many asyncpg has given out, those kept at hand included."""
        self._epoch = 0
        self._ending = False

    def borrow(self) -> "Borrowed":
        """For statements, and whole transactions, that change nothing of the session."""
        return Borrowed(self)

    async def run(self, sql: str, parameters: Sequence[object]) -> list[Record]:
        """One statement on a borrowed connection, which may change rows but nothing of the session."""
        meter = metered()
        if meter is not None and not meter.entered():
            await meter.share.turn(meter)
        began = 0.0
        try:
            kept = self._kept.pop() if self._kept else None
            if kept is not None and not _is_sound(kept):
                await self.release(kept)
                kept = None
            connection = kept or await self._take()
            epoch = self._epoch
            began = perf_counter()
            try:
                rows: list[Record] = await connection.fetch(sql, *parameters)
            except BaseException:
                await self.release(connection)
                raise
            if epoch != self._epoch or self._ending or not _is_sound(connection):
                await self.release(connection)
            else:
                self._give(connection)
            return rows
        finally:
            if meter is not None:
                meter.end(began)

    async def _take_back(self, connection: PoolConnectionProxy, epoch: int) -> None:
        if epoch != self._epoch or self._ending or not _is_sound(connection):
            await self.release(connection)
        else:
            self._give(connection)

    async def _acquire(self, timeout: float | None) -> PoolConnectionProxy:  # noqa: ASYNC109
        async with asyncio.timeout(timeout):
            return await self._take()

    async def release(self, connection: PoolConnectionProxy, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        try:
            await super().release(connection, timeout=timeout)
        except asyncpg.InternalClientError:
            if _is_sound(connection):
                raise
            # cut by the server between asyncpg's look at it and its release: asyncpg has it back by then
        finally:
            self._out -= 1
            self._wake()

    async def _take(self) -> PoolConnectionProxy:
        while True:
            while self._kept:
                kept = self._kept.pop()
                if _is_sound(kept):
                    return kept
                await self.release(kept)
            if self._out < self.get_max_size() or self.is_closing():
                return await self._from_asyncpg()
            given = await self._next()
            if given is not None:
                return given

    async def _from_asyncpg(self) -> PoolConnectionProxy:
        self._out += 1
        try:
            return await super()._acquire(None)
        except BaseException:
            self._out -= 1
            self._wake()
            raise

    async def _next(self) -> PoolConnectionProxy | None:
        """The one that somebody gives back; None: asyncpg has one again."""
        waiting: asyncio.Future[PoolConnectionProxy | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():
                given = waiting.result()
                if given is None:
                    self._wake()
                else:
                    self._give(given)
            raise

    def _give(self, connection: PoolConnectionProxy) -> None:
        if not self._hand(connection):
            self._kept.append(connection)

    def _wake(self) -> None:
        self._hand(None)

    def _hand(self, connection: PoolConnectionProxy | None) -> bool:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(connection)
                return True
        return False

    async def expire_connections(self) -> None:
        self._epoch += 1
        await super().expire_connections()
        await self._let_go()

    async def close(self) -> None:
        self._ending = True
        await self._let_go()
        await super().close()

    async def _let_go(self) -> None:
        while self._kept:
            await self.release(self._kept.pop())

    @property
    def waiting(self) -> int:
        """Statements that wait for a connection."""
        return len(self._waiting)

    def get_idle_size(self) -> int:
        idle: int = super().get_idle_size()
        return idle + len(self._kept)


def _is_sound(connection: PoolConnectionProxy) -> bool:
    """Not so once the server has cut it: asyncpg has it back then."""
    held = connection._con
    return held is not None and not held.is_closed()


class Borrowed:
    """`async with pool.borrow() as connection:`"""

    __slots__ = ("_began", "_connection", "_epoch", "_meter", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> PoolConnectionProxy:
        self._meter = meter = metered()
        if meter is not None and not meter.entered():
            await meter.share.turn(meter)
        try:
            self._connection = await self._pool._take()
        except BaseException:
            if meter is not None:
                meter.end(0.0)
            raise
        self._began = perf_counter()
        self._epoch = self._pool._epoch
        if meter is not None:
            meter.share.hold()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is not None:
                await self._pool.release(self._connection)
            else:
                await self._pool._take_back(self._connection, self._epoch)
        finally:
            if self._meter is not None:
                self._meter.share.let_go()
                self._meter.end(self._began)
