"""Budgets of each viewer for a minute, in units of query cost.

Counted in this process, or in a Valkey (or Redis) that several servers share. While that can't be reached each server
counts for itself, and says so in the log each time it has tried.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from limits.aio.storage import RedisStorage
from limits.errors import ConfigurationError, StorageError

from app.settings import Settings, SettingsError
from app.settings import settings as current_settings

MINUTE = 60
ANSWER_WITHIN_SECONDS = 0.25
TRY_AGAIN_SECONDS = 5

log = structlog.get_logger(__name__)


class Spending(NamedTuple):
    """`remaining` of `limit` until `resets_at` (seconds of the epoch). When refused, nothing was taken.

    `debited`: what was taken afterwards, for work that the requested amount did not cover; `refunded`: what was given
    back of it, as it paid for work that there was none of.
    """

    granted: bool
    requested: int
    limit: int
    remaining: int
    resets_at: int
    debited: int = 0
    refunded: int = 0

    @property
    def charged(self) -> int:
        """In the end."""
        return self.requested + self.debited - self.refunded


class _Here:
    """Counts of the current minute. `limits` has a storage in memory, which looks through all keys at every hit."""

    def __init__(self) -> None:
        self._minute = 0
        self._spent: Counter[UUID] = Counter()

    def add(self, minute: int, viewer: UUID, amount: int, limit: int) -> int:
        """What the viewer has spent with it; when that is over the limit, it isn't added."""
        spent = self._so_far(minute)[viewer] + amount
        if spent <= limit:
            self._spent[viewer] = spent
        return spent

    def owe(self, minute: int, viewer: UUID, amount: int) -> int:
        """What the viewer has spent with it, added however much that is."""
        so_far = self._so_far(minute)
        so_far[viewer] += amount
        return so_far[viewer]

    def give_back(self, minute: int, viewer: UUID, amount: int) -> None:
        """Of what was taken in that minute; of one that is over, nothing is kept."""
        if minute == self._minute:
            self._spent[viewer] -= amount

    def _so_far(self, minute: int) -> Counter[UUID]:
        if minute != self._minute:
            self._minute = minute
            self._spent.clear()
        return self._spent


class Budget:
    """Raises `SettingsError` when `shared`, the URL of a Valkey, makes no sense. `clock` is in seconds of the epoch;
    a Valkey that doesn't answer within `answer_within` seconds counts as away."""

    def __init__(
        self,
        limit: int,
        *,
        shared: str | None = None,
        clock: Callable[[], float] = time.time,
        answer_within: float = ANSWER_WITHIN_SECONDS,
    ) -> None:
        self.limit = limit
        self._clock = clock
        self._here = _Here()
        self._shared = _valkey(shared, answer_within) if shared else None
        self._shared_again_at = 0.0
        self._counting: set[asyncio.Task[object]] = set()

    async def spend(self, viewer: UUID, amount: int) -> Spending:
        now = self._clock()
        minute = int(now) // MINUTE
        if self._shared is None:
            spent = self._here.add(minute, viewer, amount, self.limit)
        else:
            spent = await self._take(self._shared, now, viewer, amount)
        granted = spent <= self.limit
        remaining = max(self.limit - spent + (0 if granted else amount), 0)
        return Spending(granted, amount, self.limit, remaining, (minute + 1) * MINUTE)

    async def debit(self, viewer: UUID, amount: int) -> int:
        """Take what has been used already, also beyond the limit. What remains of it, at least 0."""
        now = self._clock()
        minute = int(now) // MINUTE
        if self._shared is None:
            spent = self._here.owe(minute, viewer, amount)
        else:
            spent = await self._owe(self._shared, now, viewer, amount)
        return max(self.limit - spent, 0)

    def debit_soon(self, viewer: UUID, amount: int) -> None:
        """As `debit`, for those who can't wait."""
        if self._shared is None:
            self._here.owe(int(self._clock()) // MINUTE, viewer, amount)
            return
        self._go_on(self.debit(viewer, amount))

    def refund(self, viewer: UUID, amount: int, resets_at: int) -> None:
        """Give back what was spent in the minute that ends then, and in no other. Waits for nobody.

        With a Valkey that was away in that minute there is no telling who counted it: nothing is given back.
        """
        minute = resets_at // MINUTE - 1
        if self._shared is None:
            self._here.give_back(minute, viewer, amount)
        elif self._shared_again_at <= minute * MINUTE:
            self._go_on(self._give_back(self._shared, minute, viewer, amount))

    async def _give_back(self, shared: RedisStorage, minute: int, viewer: UUID, amount: int) -> None:
        try:
            await shared.incr(f"{minute}/{viewer}", 2 * MINUTE, -amount)
        except StorageError as failure:
            self._unreachable(self._clock(), failure)

    def _go_on(self, counting: Coroutine[None, None, object]) -> None:
        task = asyncio.create_task(counting, context=Context())
        self._counting.add(task)
        task.add_done_callback(self._counting.discard)

    async def _owe(self, shared: RedisStorage, now: float, viewer: UUID, amount: int) -> int:
        minute = int(now) // MINUTE
        if now >= self._shared_again_at:
            try:
                return int(await shared.incr(f"{minute}/{viewer}", 2 * MINUTE, amount))
            except StorageError as failure:
                self._unreachable(now, failure)
        return self._here.owe(minute, viewer, amount)

    def _unreachable(self, now: float, failure: StorageError) -> None:
        self._shared_again_at = now + TRY_AGAIN_SECONDS
        log.warning("budgets are counted by each server separately", error=repr(failure.storage_error))

    async def _take(self, shared: RedisStorage, now: float, viewer: UUID, amount: int) -> int:
        minute = int(now) // MINUTE
        if now >= self._shared_again_at:
            try:
                key = f"{minute}/{viewer}"
                spent = await shared.incr(key, 2 * MINUTE, amount)
                if spent > self.limit:
                    await shared.incr(key, 2 * MINUTE, -amount)
                return spent
            except StorageError as failure:
                self._unreachable(now, failure)
        return self._here.add(minute, viewer, amount, self.limit)

    async def settled(self) -> None:
        """Returns when all debits and refunds that nobody waited for are counted."""
        if self._counting:
            await asyncio.wait(self._counting)

    async def aclose(self) -> None:
        await self.settled()
        if self._shared is not None:
            await self._shared.bridge.get_connection().aclose()  # type: ignore[attr-defined]


def _valkey(url: str, answer_within: float) -> RedisStorage:
    scheme, _, rest = url.partition("://")
    spoken = {"redis": "valkey", "rediss": "valkeys"}.get(scheme, scheme)
    if spoken not in ("valkey", "valkeys") or not urlsplit(url).hostname:
        raise SettingsError("STAGEPATH_LIMITS_URL has to be `valkey://HOST:PORT/NUMBER` or `redis://…`")
    try:
        return RedisStorage(
            f"async+{spoken}://{rest}",
            wrap_exceptions=True,
            key_prefix="stagepath",
            socket_timeout=answer_within,
            socket_connect_timeout=answer_within,
        )
    except ConfigurationError:
        raise SettingsError("STAGEPATH_LIMITS_URL needs the package `valkey` (`uv sync --extra valkey`)") from None


_made: tuple[Settings, Budget] | None = None


def budget() -> Budget:
    """Of the settings in use."""
    global _made
    current = current_settings()
    if _made is None or _made[0] is not current:
        shared = current.limits_url.get_secret_value() if current.limits_url else None
        _made = current, Budget(current.cost_per_minute, shared=shared)
    return _made[1]
