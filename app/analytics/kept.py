"""Answers over many deals, kept for a while and given to all who ask the same of the same deals.

Of up to `ALWAYS_FRESH` deals an answer is made anew each time. Above, it takes PostgreSQL a second and more, and a page
that many people keep open asks for it again and again: so it stands for a minute for every 100,000 deals that the
viewer sees, and says which moment it is of. Whether it is kept depends on the number of deals alone, as the server
knows it (`app.identity.reach`), never on how long anything took.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Any, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from app.identity.reach import ROWS_OF_A_UNIT, reach_of
from app.identity.scopes import audience_of
from app.identity.viewer import Viewer

T = TypeVar("T")
ALWAYS_FRESH = 20_000
SECONDS, DEALS = 60.0, 100_000
MOST = 200


class _Kept(NamedTuple):
    until: float
    answer: Any


class KeptAnswers:
    """`seconds`: for how long, of 100,000 deals. `clock`: seconds that only rise."""

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    async def answer(self, viewer: Viewer, asked: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` makes, or made for somebody who sees the same deals and `asked` the same. Of several who ask at
        once, one makes it."""
        deals = reach_of(viewer).get("opportunity", 0) * ROWS_OF_A_UNIT
        if deals <= ALWAYS_FRESH:
            return await make()
        key = (audience_of(viewer), asked)
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            known = self._kept.get(key)
            if known is not None and known.until > self._clock():
                found: T = known.answer
                return found
            found = await make()
            self._keep(key, _Kept(self._clock() + self._seconds * max(1.0, deals / DEALS), found))
            return found

    def _keep(self, key: Hashable, kept: _Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)


kept_answers = KeptAnswers()
"""Of this process."""
