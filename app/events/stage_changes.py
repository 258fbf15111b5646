"""Which stage changes somebody wants to hear of. A deal's creation is its first one."""

from dataclasses import dataclass
from uuid import UUID

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
