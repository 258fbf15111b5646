"""`advanceStage`: its input, its payload, and who does it."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from app import nouns
from app.deals.advance import Advanced, Blocked, advance
from app.idempotency import Claim
from app.identity.viewer import Viewer
from app.outcomes import Refused
from schema.engine.declare import to_one
from schema.engine.ids import decode
from schema.mutation import Payload, claimed_mutation, client_mutation_id
from schema.opportunity.states import Blocker, blocker
from schema.opportunity.types import Opportunity, StageTransition


@strawberry.input(description="Input of `advanceStage`.")
class AdvanceStageInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    to_stage_key: str = strawberry.field(description="The key of the target stage in the opportunity's playbook.")
    expected_version: int | None = strawberry.field(
        default=None,
        description=(
            "The version that the change is based on. Fails with `CONFLICT` if the opportunity has changed since."
        ),
    )
    reason: str | None = strawberry.field(
        default=None,
        description=(
            "The reason for the move, at most 2,000 characters. Required to skip stages, move back, lose, reopen or "
            "override."
        ),
    )
    close_reason_key: str | None = strawberry.field(
        default=None,
        description=(
            "The key of one of the playbook's `closeReasons` for the outcome, when the opportunity is won or lost. "
            "Without a `reason`, its label is the reason."
        ),
    )
    override: bool | None = strawberry.field(
        default=None,
        description=("Whether to move despite unmet criteria or open activities. Reserved for the vendor."),
    )
    at: datetime | None = strawberry.field(
        default=None,
        description=(
            "The date and time of the move, if it was in the past. Reserved for the vendor. Must not be in the future "
            "or before the previous move."
        ),
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of `advanceStage`.")
class AdvanceStagePayload(Payload):
    opportunity_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    opportunity: Opportunity | None = to_one("The opportunity after the change; null if the viewer can't see it.")
    transition: StageTransition | None = to_one("The transition; null if there was none.")
    blockers: list[Blocker] = strawberry.field(
        description=("Everything that blocks the move, if it failed with `BLOCKED`.")
    )

    @classmethod
    def of(cls, outcome: Advanced | Refused) -> Self:
        if isinstance(outcome, Advanced):
            return cls(opportunity_id=outcome.opportunity_id, transition_id=outcome.transition_id, blockers=[])
        if isinstance(outcome, Blocked):
            blockers = [blocker(found, outcome.permissions) for found in outcome.blockers]
            return cls(opportunity_id=outcome.opportunity_id, transition_id=None, blockers=blockers)
        return cls(opportunity_id=None, transition_id=None, blockers=[])


AdvanceInput = Annotated[AdvanceStageInput, strawberry.argument(description="Input of `advanceStage`.")]


@strawberry.type
class AdvanceMutation:
    @claimed_mutation(
        payload=AdvanceStagePayload,
        noun=nouns.OPPORTUNITY,
        description="Moves an opportunity to another stage of its playbook.",
    )
    async def advance_stage(self, viewer: Viewer, input: AdvanceInput, claim: Claim | None) -> Advanced | Refused:
        return await advance(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            input.to_stage_key,
            expected_version=input.expected_version,
            reason=input.reason,
            close_reason_key=input.close_reason_key,
            override=bool(input.override),
            moved_at=input.at,
            claim=claim,
        )
