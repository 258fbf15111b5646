"""The filter of events that a follower asks for, and the index keys under which an event finds its followers."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.events.log import LoggedEvent, Subject
from app.vocabulary import EventType

Key = tuple[str, object]

ALL: Key = ("", None)
"""Under which those stand who name nothing that an index could know."""

IN_PAYLOAD = (
    *("partnerId", "toStageKey", "playbookKey", "kind", "opportunityId", "registrationId"),
    *("assigneeId", "formerAssigneeId", "organizationId"),
)


class LiveFilter(Hashable, Protocol):
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
    """What happens to one deal. None: events of any type, but for those that are for some of its readers alone."""

    opportunity_id: UUID
    types: frozenset[EventType] | None = None

    @property
    def opportunity_ids(self) -> frozenset[UUID]:
        return frozenset({self.opportunity_id})

    def include(self, event: LoggedEvent) -> bool:
        if event.opportunity_id != self.opportunity_id or event.readers is not None:
            return False
        return self.types is None or event.type in self.types

    def index_keys(self) -> Iterable[Key]:
        return [("deal", self.opportunity_id)]


@dataclass(frozen=True, slots=True)
class OfDeals:
    """All that happens to deals, what is for some of their readers included. None: to any deals."""

    opportunity_ids: frozenset[UUID] | None = None

    @property
    def types(self) -> None:
        return None

    def include(self, event: LoggedEvent) -> bool:
        deal = event.opportunity_id
        return deal is not None and (self.opportunity_ids is None or deal in self.opportunity_ids)

    def index_keys(self) -> Iterable[Key]:
        return [ALL] if self.opportunity_ids is None else [("deal", id) for id in self.opportunity_ids]


@dataclass(frozen=True, slots=True)
class OfSubject:
    """What happens to one thing that belongs to no deal. None: events of any type."""

    subject: Subject
    types: frozenset[EventType] | None = None

    @property
    def opportunity_ids(self) -> None:
        return None

    def include(self, event: LoggedEvent) -> bool:
        if (event.subject_type, event.subject_id) != self.subject:
            return False
        return self.types is None or event.type in self.types

    def index_keys(self) -> Iterable[Key]:
        return [("subject", self.subject.id)]


@dataclass(frozen=True, slots=True)
class OfComments:
    """What happens to comments on one deal or registration. `place`: the name of its id in the payload. Who hears of
    each sees the comment."""

    place: str
    id: UUID
    types: frozenset[EventType] = frozenset(
        {EventType.COMMENT_ADDED, EventType.COMMENT_EDITED, EventType.COMMENT_REMOVED}
    )

    @property
    def opportunity_ids(self) -> None:
        return None

    def include(self, event: LoggedEvent) -> bool:
        return event.type in self.types and event.payload.get(self.place) == str(self.id)

    def index_keys(self) -> Iterable[Key]:
        return [(self.place, str(self.id))]


@dataclass(frozen=True, slots=True)
class OfTasks:
    """What happens to tasks: of all, or of those of whom the payload says so under each of these names, the assignee's
    also where it was given to somebody else. `places`: pairs of a name and an id, the first of which finds it."""

    places: tuple[tuple[str, UUID], ...] = ()
    types: frozenset[EventType] = frozenset(
        {EventType.TASK_CREATED, EventType.TASK_UPDATED, EventType.TASK_COMPLETED, EventType.TASK_OVERDUE}
    )

    @property
    def opportunity_ids(self) -> None:
        return None

    def include(self, event: LoggedEvent) -> bool:
        return event.type in self.types and all(self._is_at(event, name, id) for name, id in self.places)

    @staticmethod
    def _is_at(event: LoggedEvent, name: str, id: UUID) -> bool:
        said = event.payload
        return str(id) in (said.get(name), said.get("formerAssigneeId") if name == "assigneeId" else None)

    def index_keys(self) -> Iterable[Key]:
        if not self.places:
            return [ALL]
        name, id = self.places[0]
        names = (name, "formerAssigneeId") if name == "assigneeId" else (name,)
        return [(name, str(id)) for name in names]


@dataclass(frozen=True, slots=True)
class OfType:
    """What is of one type. None: of any partner's deals."""

    type: EventType
    partner_id: UUID | None = None

    @property
    def types(self) -> frozenset[EventType]:
        return frozenset({self.type})

    @property
    def opportunity_ids(self) -> None:
        return None

    def include(self, event: LoggedEvent) -> bool:
        return event.type is self.type and self.partner_id in (None, event.partner_id)

    def index_keys(self) -> Iterable[Key]:
        return [ALL]


@dataclass(frozen=True, slots=True)
class OfTypes:
    """Whatever is of these types. None: of any."""

    types: frozenset[EventType] | None = None

    @property
    def opportunity_ids(self) -> None:
        return None

    def include(self, event: LoggedEvent) -> bool:
        return self.types is None or event.type in self.types

    def index_keys(self) -> Iterable[Key]:
        return [ALL]


def keys_of(event: LoggedEvent) -> list[Key]:
    """Every key under which somebody who wants `event` may stand."""
    said = event.payload
    subject = ("subject", event.subject_id)
    return [ALL, ("deal", event.opportunity_id), subject, *((name, said[name]) for name in IN_PAYLOAD if name in said)]
