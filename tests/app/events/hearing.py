"""One who hears what happens as connections do, by the fan-out, and is read event by event."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

from app.events.endings import SubscriptionEnded
from app.events.following import Past
from app.events.live_filter import ALL, Key
from app.events.log import CursorUnknown, LoggedEvent, Position
from app.events.receiver import Receiver
from app.events.tail import Tail
from app.identity.scopes import VENDOR
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.vocabulary import EventType, OrganizationKind, Role

ADMIN = Viewer(new_id(), new_id(), OrganizationKind.VENDOR, Role.VENDOR_ADMIN)


@dataclass(frozen=True)
class Kept:
    """Events that meet every condition; None: any, an empty set: none."""

    types: frozenset[EventType] | None = None
    opportunity_ids: frozenset[UUID] | None = None
    matches: Callable[[LoggedEvent], bool] | None = None

    def include(self, event: LoggedEvent) -> bool:
        return (
            (self.types is None or event.type in self.types)
            and (self.opportunity_ids is None or event.opportunity_id in self.opportunity_ids)
            and (self.matches is None or self.matches(event))
        )

    def index_keys(self) -> Iterable[Key]:
        if self.opportunity_ids is None:
            return [] if self.types == frozenset() else [ALL]
        return [("deal", id) for id in self.opportunity_ids]


EVERYTHING = Kept()


class Heard(Receiver):
    """An async iterator of events. It takes the next one only when asked for it, as a client that reads one at a time;
    raises what ended it."""

    def __init__(self, wanted: Kept = EVERYTHING) -> None:
        super().__init__()
        self.wanted = wanted
        self.reason: Exception | None = None
        self.events: dict[int, LoggedEvent] = {}
        self._got: deque[int] = deque()
        self._reading = False
        self._changed = asyncio.Event()

    async def answer(self, event: LoggedEvent) -> bytes | None:
        self.events[event.seq] = event
        return b"%d" % event.seq

    def ready(self) -> bool:
        return self._reading and not self._got

    def put(self, answer: bytes) -> None:
        self._got.append(int(answer))
        self._changed.set()

    async def room(self) -> None:
        while not self.ready() and not self.ended:
            self._changed.clear()
            await self._changed.wait()

    def finish(self, ended: SubscriptionEnded) -> None:
        self.fail(ended)

    def fail(self, reason: Exception) -> None:
        self.reason = reason
        self._changed.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LoggedEvent:
        self._reading = True
        self._changed.set()
        self.flush()
        try:
            while not self._got:
                if self.reason is not None:
                    raise self.reason
                self._changed.clear()
                await self._changed.wait()
        finally:
            self._reading = False
        return self.events[self._got.popleft()]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        self.leave()
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])


def listen(
    tail: Tail,
    *,
    after: int | None = None,
    types: Collection[EventType] | None = None,
    opportunity_ids: Collection[UUID] | None = None,
    matches: Callable[[LoggedEvent], bool] | None = None,
) -> Heard:
    """One of the vendor's people who has joined, or first hears what happened after an event."""
    wanted = Kept(
        None if types is None else frozenset(types),
        None if opportunity_ids is None else frozenset(opportunity_ids),
        matches,
    )
    heard = Heard(wanted)
    tail.fanout.add(heard)

    def join() -> Position:
        return tail.fanout.join(heard, VENDOR, heard.answer, wanted, heard)

    if heard.ended:
        return heard
    if after is None:
        heard.seen = join()
        heard.cursor = heard.seen.seq or None
        return heard
    heard.task = asyncio.create_task(_tell(Past(tail, tail.fanout, ADMIN, wanted, heard.answer), heard, after, join))
    return heard


async def _tell(past: Past, heard: Heard, after: int, join: Callable[[], Position]) -> None:
    try:
        await past.tell(heard, after, join)
    except CursorUnknown as unknown:
        heard.fail(unknown)
