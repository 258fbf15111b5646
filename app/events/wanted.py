"""What a follower of the log wants of it, and where an index finds those who want an event."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.events.log import LoggedEvent
from app.vocabulary import EventType

Key = tuple[str, object]

ALL: Key = ("", None)
"""Under which those stand who name nothing that an index could know."""

IN_PAYLOAD = ("partnerId", "toStageKey", "playbookKey", "kind")


class Wanted(Hashable, Protocol):
    """Which events are wanted. Equal ones want the same. `types` and `opportunity_ids` narrow the reading of the past.

    `include` decides; it is quick and doesn't raise. Every event that it includes has exactly one of `index_keys`.
    """

    @property
    def types(self) -> frozenset[EventType] | None: ...

    @property
    def opportunity_ids(self) -> frozenset[UUID] | None: ...

    def include(self, event: LoggedEvent) -> bool: ...

    def index_keys(self) -> Iterable[Key]: ...


@dataclass(frozen=True, slots=True)
class OfDeal:
    """What happens to one deal. None: events of any type."""

    opportunity_id: UUID
    types: frozenset[EventType] | None = None

    @property
    def opportunity_ids(self) -> frozenset[UUID]:
        return frozenset({self.opportunity_id})

    def include(self, event: LoggedEvent) -> bool:
        return event.opportunity_id == self.opportunity_id and (self.types is None or event.type in self.types)

    def index_keys(self) -> Iterable[Key]:
        return [("deal", self.opportunity_id)]


def keys_of(event: LoggedEvent) -> list[Key]:
    """Every key under which somebody who wants `event` may stand."""
    said = event.payload
    return [ALL, ("deal", event.opportunity_id), *((name, said[name]) for name in IN_PAYLOAD if name in said)]
