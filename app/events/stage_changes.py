"""The filter of stage changes. A deal's creation is its first one."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.events.live_filter import ALL, Key
from app.events.log import LoggedEvent
from app.vocabulary import EventType, TransitionKind

STAGE_CHANGES = frozenset({EventType.OPPORTUNITY_CREATED, EventType.OPPORTUNITY_STAGE_CHANGED})


@dataclass(frozen=True, slots=True)
class StageChanges:
    """All conditions must hold; None: any, an empty set: none. Deal, playbook and partner are those of that moment."""

    opportunity_ids: frozenset[UUID] | None = None
    partner_id: UUID | None = None
    playbook_key: str | None = None
    to_stage_keys: frozenset[str] | None = None
    kinds: frozenset[TransitionKind] | None = None

    @property
    def types(self) -> frozenset[EventType]:
        return STAGE_CHANGES

    def index_keys(self) -> Iterable[Key]:
        """By the condition that lets the fewest events through."""
        if self.opportunity_ids is not None:
            return [("deal", id) for id in self.opportunity_ids]
        if self.partner_id is not None:
            return [("partnerId", str(self.partner_id))]
        if self.to_stage_keys is not None:
            return [("toStageKey", key) for key in self.to_stage_keys]
        if self.playbook_key is not None:
            return [("playbookKey", self.playbook_key)]
        return [ALL] if self.kinds is None else [("kind", kind.value) for kind in self.kinds]

    def include(self, event: LoggedEvent) -> bool:
        moved = event.payload
        return (
            event.type in STAGE_CHANGES
            and (self.opportunity_ids is None or event.opportunity_id in self.opportunity_ids)
            and (self.partner_id is None or moved.get("partnerId") == str(self.partner_id))
            and (self.playbook_key is None or moved.get("playbookKey") == self.playbook_key)
            and (self.to_stage_keys is None or moved.get("toStageKey") in self.to_stage_keys)
            and (self.kinds is None or moved.get("kind") in self.kinds)
        )
