"""The filter of a follower of registrations."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.events.live_filter import ALL, Key
from app.events.log import LoggedEvent
from app.nouns import REGISTRATION
from app.vocabulary import EventType, RegistrationStatus


@dataclass(frozen=True, slots=True)
class OfRegistrations:
    """What happens to registrations. None: to any; `statuses`: of those that are in one of them after it."""

    ids: frozenset[UUID] | None = None
    partner_id: UUID | None = None
    statuses: frozenset[RegistrationStatus] | None = None
    types: frozenset[EventType] | None = None

    @property
    def opportunity_ids(self) -> None:
        return None

    def include(self, event: LoggedEvent) -> bool:
        if event.subject_type != REGISTRATION.subject:
            return False
        said = event.payload
        return (
            (self.ids is None or event.subject_id in self.ids)
            and (self.partner_id is None or said.get("partnerId") == str(self.partner_id))
            and (self.statuses is None or said.get("status") in self.statuses)
            and (self.types is None or event.type in self.types)
        )

    def index_keys(self) -> Iterable[Key]:
        return [ALL] if self.ids is None else [("subject", id) for id in self.ids]
