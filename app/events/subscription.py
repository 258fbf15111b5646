"""One reader of the log that goes on live: first what the log holds after its cursor, then what the tail reads."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from itertools import product
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from app.database import Database
from app.events.endings import SubscriptionEnded, SubscriptionOverflow
from app.events.log import START, LoggedEvent, Position, Reader, locate, read
from app.identity.viewer import Viewer
from app.vocabulary import EventType

PAGE, SLICE = 500, 50
"""Events that are read at once; and of the past while it is told, since every subscription holds its own."""

Topic = tuple[EventType | None, UUID | None]


@dataclass(frozen=True, slots=True)
class Interest:
    """Which events are wanted; None: any. `matches` decides on what is left, must be quick and must not raise.

    `viewer` keeps a long backlog to what that viewer may see as it is read. Who may see a live event is for the
    receiver to ask when it delivers it.
    """

    types: frozenset[EventType] | None = None
    opportunity_ids: frozenset[UUID] | None = None
    matches: Callable[[LoggedEvent], bool] | None = None
    viewer: Viewer | None = None

    def topics(self) -> Iterator[Topic]:
        return product(self.types or (None,), self.opportunity_ids or (None,))

    @property
    def is_empty(self) -> bool:
        return self.types == frozenset() or self.opportunity_ids == frozenset()


def topics_of(event: LoggedEvent) -> list[Topic]:
    """Every topic under which somebody who wants `event` may have asked for it."""
    if event.opportunity_id is None:
        return [(event.type, None), (None, None)]
    return [(type_, deal) for type_ in (event.type, None) for deal in (event.opportunity_id, None)]


class Source(Protocol):
    """The tail, as a subscription sees it."""

    database: Database
    position: Position

    async def rouse(self) -> None: ...

    def join(self, subscription: "Subscription") -> Position: ...

    def leave(self, subscription: "Subscription") -> None: ...


class Subscription:
    """An async iterator of events in log order, each once. Close it, or use it as a context manager.

    Raises `CursorUnknown` at the first event when it was to begin after one that the log doesn't hold,
    `SubscriptionOverflow` when more than `limit` events wait, and `TailStopped` at shutdown.
    """

    def __init__(self, source: Source, interest: Interest, *, after: int | None, limit: int) -> None:
        self.interest = interest
        self.cursor = after
        self._source = source
        self._limit = limit
        self._queue: deque[LoggedEvent] = deque()
        self._ready = asyncio.Event()
        self._ended: type[SubscriptionEnded] | None = None
        self._seen = START
        if after is None:
            self._seen = source.join(self)
            self.cursor = self._seen.seq or None
        self._events = self._live() if after is None else self._from(after)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LoggedEvent:
        event = await anext(self._events)
        self.cursor = event.seq
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        self._source.leave(self)
        await self._events.aclose()

    def offer(self, event: LoggedEvent) -> None:
        """Called by the tail for each event of the subscription's topics, in log order."""
        if self._ended or event.position <= self._seen:
            return
        if self.interest.matches is not None and not self.interest.matches(event):
            return
        if len(self._queue) >= self._limit:
            self.end(SubscriptionOverflow)
            return
        self._queue.append(event)
        self._ready.set()

    def end(self, reason: type[SubscriptionEnded]) -> None:
        """What still waits is let go: the receiver resumes after the last event that it has got."""
        self._ended = self._ended or reason
        self._queue.clear()
        self._ready.set()
        self._source.leave(self)

    async def _from(self, after: int) -> AsyncGenerator[LoggedEvent, None]:
        await self._source.rouse()
        # The cursor may come from a server whose tail is ahead of this one's.
        self._seen = at = await locate(self._source.database, after)
        # However long the backlog is, nothing queues up while it is read; only then join, and read what came meanwhile.
        reached = self._source.position
        async for event in self._past(at, reached):
            yield event
        await self._source.rouse()
        joined = self._source.join(self)
        self._seen = max(at, joined)
        async for event in self._past(max(at, reached), joined):
            yield event
        async for event in self._live():
            yield event

    async def _past(self, at: Position, up_to: Position) -> AsyncGenerator[LoggedEvent, None]:
        async with aclosing(past(self._source.database, self.interest, at, up_to)) as events:
            async for event in events:
                self._go_on()
                yield event

    async def _live(self) -> AsyncGenerator[LoggedEvent, None]:
        while True:
            self._go_on()
            if self._queue:
                yield self._queue.popleft()
            else:
                self._ready.clear()
                await self._ready.wait()

    def _go_on(self) -> None:
        if self._ended:
            raise self._ended(self.cursor)


async def past(database: Reader, wanted: Interest, at: Position, up_to: Position) -> AsyncGenerator[LoggedEvent, None]:
    """What the log holds after `at`, up to and with `up_to`, read slice by slice; faster where nothing is wanted."""
    size = SLICE
    while at < up_to and not wanted.is_empty:
        page = await read(
            database,
            after=at,
            up_to=up_to,
            limit=size,
            types=wanted.types,
            opportunity_ids=wanted.opportunity_ids,
            viewer=wanted.viewer,
        )
        found = page if wanted.matches is None else list(filter(wanted.matches, page))
        for event in found:
            yield event
        if len(page) < size:
            return
        at = page[-1].position
        size = SLICE if found else min(2 * size, PAGE)
