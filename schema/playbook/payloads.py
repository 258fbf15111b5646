"""Payloads of changes to a playbook."""

from typing import Self
from uuid import UUID

import strawberry

from app.outcomes import Refused, as_it_stands
from app.playbooks.archive import Archived
from app.playbooks.discard import Discarded
from app.playbooks.planning import Lapse, Placement, Unplaced
from app.playbooks.publish import Published
from app.playbooks.versions import PlaybookSaved
from schema.engine.declare import to_one
from schema.engine.ids import encode
from schema.enums import LapseReason, PlacementBasis, UnplacedReason
from schema.mutation import Payload
from schema.opportunity.types import Opportunity
from schema.playbook.types import Criterion, Playbook, Stage


@strawberry.type(description="An open opportunity that could not move to the new version and stays on its own.")
class UnplacedOpportunity:
    opportunity_id: strawberry.Private[UUID]
    opportunity: Opportunity = to_one("The opportunity. Use `movePlaybook` to move it.")
    stage_key: str = strawberry.field(description="The key of its stage.")
    reason: UnplacedReason = strawberry.field(description="The reason why it stays.")


@strawberry.type(description="The placement of open opportunities in a stage of an older version.")
class StagePlacement:
    from_stage_id: strawberry.Private[UUID]
    to_stage_id: strawberry.Private[UUID | None]
    from_version: int = strawberry.field(description="The older version.")
    from_stage: Stage = to_one("The stage in the older version.")
    from_stage_key: str = strawberry.field(description="The key.")
    to_stage: Stage | None = to_one("The target stage; null if they stay.")
    to_stage_key: str | None = strawberry.field(description="The key.")
    count: int = strawberry.field(description="The number of opportunities.")
    basis: PlacementBasis | None = strawberry.field(
        description=("The rule by which the target stage was found; null if the opportunities stay.")
    )
    reason: UnplacedReason | None = strawberry.field(description="The reason why they stay; null if they move.")


@strawberry.type(description="A criterion whose confirmations lapse on publishing.")
class LapsedCriterion:
    criterion_id: strawberry.Private[UUID]
    criterion: Criterion = to_one("The criterion in the older version.")
    from_version: int = strawberry.field(description="The older version.")
    stage_key: str = strawberry.field(description="The key of the criterion's stage in the older version.")
    criterion_key: str = strawberry.field(description="The key.")
    description: str = strawberry.field(description="The text of the criterion in the older version.")
    new_description: str | None = strawberry.field(
        description=("The text of the criterion in the new version; null if it has none.")
    )
    reason: LapseReason = strawberry.field(description="The reason why the confirmations lapse.")
    count: int = strawberry.field(
        description=("The number of moving opportunities in which the criterion was confirmed.")
    )


@strawberry.type(description="The result of a change to a playbook.")
class PlaybookPayload(Payload):
    playbook_id: strawberry.Private[UUID | None]
    playbook: Playbook | None = to_one(
        "The playbook after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed."
    )
    dry_run: bool = strawberry.field(
        default=False,
        description=("Whether this is a dry run: nothing was changed, and the payload says what publishing would do."),
    )
    moved_count: int | None = strawberry.field(
        default=None, description="The number of open opportunities that publishing moved to the new version."
    )
    unplaced_count: int | None = strawberry.field(
        default=None, description="The number of open opportunities that publishing left on older versions."
    )
    unplaced: list[UnplacedOpportunity] = strawberry.field(
        default_factory=list,
        description=("The open opportunities that publishing left on older versions, at most 500."),
    )
    placements: list[StagePlacement] = strawberry.field(
        default_factory=list,
        description=(
            "The placement of open opportunities by publishing, by older version and stage in order. The counts add up "
            "to all open opportunities."
        ),
    )
    lapsed_criteria: list[LapsedCriterion] = strawberry.field(
        default_factory=list, description="The criteria whose confirmations lapse by publishing."
    )
    remaining_count: int | None = strawberry.field(
        default=None, description="The number of open opportunities that continue on this version after archiving."
    )

    @classmethod
    def of(cls, outcome: PlaybookSaved | Published | Archived | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(playbook_id=as_it_stands(outcome))
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


@strawberry.type(description="The result of `discardPlaybookDraft`.")
class DiscardPlaybookDraftPayload(Payload):
    discarded_playbook_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the deleted draft; null if nothing was changed."
    )

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
