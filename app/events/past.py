"""Past events of the log, read slice by slice."""

from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from app.events.log import LoggedEvent, Position, Reader, read
from app.identity.viewer import Viewer
from app.vocabulary import EventType

SLICE, PAGE = 50, 500
"""Events that are read at once while they are told, since every subscription holds its own; and passed over."""


@dataclass(frozen=True, slots=True)
class Interest:
    """Which events are wanted; None: any. `matches` decides on what is left, must be quick and must not raise.

    `viewer` keeps a long backlog to what that viewer may see as it is read. Who may see an event when it is delivered
    is for the receiver to ask.
    """

    types: Collection[EventType] | None = None
    opportunity_ids: Collection[UUID] | None = None
    matches: Callable[[LoggedEvent], bool] | None = None
    viewer: Viewer | None = None

    @property
    def is_empty(self) -> bool:
        return self.types == frozenset() or self.opportunity_ids == frozenset()


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
