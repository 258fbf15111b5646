"""What changing a playbook answers with."""

from typing import Self
from uuid import UUID

import strawberry

from app.outcomes import Refused
from app.playbooks.archive import Archived
from app.playbooks.discard import Discarded
from app.playbooks.planning import Lapse, Placement, Unplaced
from app.playbooks.publish import Published
from app.playbooks.versions import PlaybookSaved
from schema.engine.declare import to_one
from schema.engine.ids import encode
from schema.enums import LapseReason, PlacementBasis, UnplacedReason
from schema.errors import UserError
from schema.opportunity.types import Opportunity
from schema.playbook.types import Criterion, Playbook, Stage


@strawberry.type(description="An open deal that could not move to the new version and stays on its own.")
class UnplacedOpportunity:
    opportunity_id: strawberry.Private[UUID]
    opportunity: Opportunity = to_one("The deal; `movePlaybook` moves it later.")
    stage_key: str = strawberry.field(description="The key of its stage.")
    reason: UnplacedReason = strawberry.field(description="Why it stays.")


@strawberry.type(description="What becomes of the open deals of one stage of one older version.")
class StagePlacement:
    from_stage_id: strawberry.Private[UUID]
    to_stage_id: strawberry.Private[UUID | None]
    from_version: int = strawberry.field(description="The version they stand on until now.")
    from_stage: Stage = to_one("Their stage until now.")
    from_stage_key: str = strawberry.field(description="Its key.")
    to_stage: Stage | None = to_one("Where they go; null: they stay.")
    to_stage_key: str | None = strawberry.field(description="Its key.")
    count: int = strawberry.field(description="How many deals there are.")
    basis: PlacementBasis | None = strawberry.field(description="By what it was found; null: they stay.")
    reason: UnplacedReason | None = strawberry.field(description="Why they stay; null: they go.")


@strawberry.type(description="A criterion on which people's word no longer counts after publishing.")
class LapsedCriterion:
    criterion_id: strawberry.Private[UUID]
    criterion: Criterion = to_one("The criterion, as the older version has it.")
    from_version: int = strawberry.field(description="That version.")
    stage_key: str = strawberry.field(description="The key of its stage there.")
    criterion_key: str = strawberry.field(description="Its key.")
    description: str = strawberry.field(description="What it asked.")
    new_description: str | None = strawberry.field(description="What it asks now; null where nothing does.")
    reason: LapseReason = strawberry.field(description="Why what was said no longer counts.")
    count: int = strawberry.field(description="How many of the deals that move had it confirmed.")


@strawberry.type(description="A playbook after a change.")
class PlaybookPayload:
    playbook_id: strawberry.Private[UUID | None]
    playbook: Playbook | None = to_one("The playbook as it stands now; null when nothing was changed.")
    dry_run: bool = strawberry.field(
        default=False, description="Whether nothing was changed, and all of this is what publishing would do."
    )
    moved_count: int | None = strawberry.field(
        default=None, description="After publishing: how many open deals moved to the new version."
    )
    unplaced_count: int | None = strawberry.field(
        default=None, description="After publishing: how many open deals stay on older versions."
    )
    unplaced: list[UnplacedOpportunity] = strawberry.field(
        default_factory=list, description="After publishing: the open deals that stay, the first 500 of them."
    )
    placements: list[StagePlacement] = strawberry.field(
        default_factory=list,
        description="After publishing: what became of the open deals of each stage of older versions, by version and "
        "in the order of their stages. The counts add up to all open deals that there were.",
    )
    lapsed_criteria: list[LapsedCriterion] = strawberry.field(
        default_factory=list, description="After publishing: on which criteria people's word no longer counts."
    )
    remaining_count: int | None = strawberry.field(
        default=None, description="After archiving: how many open deals go on on this version."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: PlaybookSaved | Published | Archived | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(playbook_id=None)
        if isinstance(outcome, Archived):
            return cls(playbook_id=outcome.playbook_id, remaining_count=outcome.staying)
        if isinstance(outcome, PlaybookSaved):
            return cls(playbook_id=outcome.playbook_id)
        return cls(
            playbook_id=outcome.playbook_id,
            dry_run=outcome.dry_run,
            moved_count=outcome.moved,
            unplaced_count=outcome.staying,
            unplaced=[_unplaced(one) for one in outcome.unplaced],
            placements=[_placement(one) for one in outcome.placements],
            lapsed_criteria=[_lapsed(one) for one in outcome.lapses],
        )


@strawberry.type(description="What became of a draft that was to be thrown away.")
class DiscardPlaybookDraftPayload:
    discarded_playbook_id: strawberry.ID | None = strawberry.field(
        default=None, description="The draft's id, which names nothing any more; null when nothing was changed."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: Discarded | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls()
        return cls(discarded_playbook_id=strawberry.ID(encode("pbk", outcome.playbook_id)))


def _unplaced(one: Unplaced) -> UnplacedOpportunity:
    return UnplacedOpportunity(
        opportunity_id=one.opportunity_id, stage_key=one.stage_key, reason=UnplacedReason(one.reason)
    )


def _placement(one: Placement) -> StagePlacement:
    return StagePlacement(
        from_stage_id=one.from_stage_id,
        to_stage_id=one.to_stage_id,
        from_version=one.from_version,
        from_stage_key=one.from_key,
        to_stage_key=one.to_key,
        count=one.deals,
        basis=one.basis and PlacementBasis(one.basis),
        reason=one.reason and UnplacedReason(one.reason),
    )


def _lapsed(one: Lapse) -> LapsedCriterion:
    return LapsedCriterion(
        criterion_id=one.criterion_id,
        from_version=one.version,
        stage_key=one.stage_key,
        criterion_key=one.criterion_key,
        description=one.wording,
        new_description=one.new_wording,
        reason=LapseReason(one.reason),
        count=one.marks,
    )
