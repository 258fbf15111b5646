"""`advanceStage`: its input, its payload, and who does it."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from app.deals.advance import Advanced, Blocked, advance
from app.idempotency import Claim
from app.outcomes import Refused
from app.vocabulary import Permission
from schema.context import Info
from schema.engine.declare import to_one
from schema.engine.ids import decode
from schema.errors import UserError
from schema.mutation import client_mutation_id, mutation
from schema.opportunity.states import Blocker, blocker
from schema.opportunity.types import Opportunity, StageTransition


@strawberry.input(description="Which deal goes where.")
class AdvanceStageInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The deal.")
    to_stage_key: str = strawberry.field(description="Key of the stage it goes to, in its own playbook.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version you decided on: refused with `CONFLICT` if the deal changed since."
    )
    reason: str | None = strawberry.field(
        default=None, description="Why; required to skip, go back, lose, reopen or override. At most 2,000 characters."
    )
    override: bool | None = strawberry.field(
        default=None, description="For the vendor's people: move although criteria or activities are open."
    )
    at: datetime | None = strawberry.field(
        default=None,
        description="For the vendor's people: when it really moved, if not now. Not in the future, and not before its "
        "last move.",
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="What became of a move.")
class AdvanceStagePayload:
    opportunity_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    opportunity: Opportunity | None = to_one("The deal as it stands now; null when the viewer can't see it.")
    transition: StageTransition | None = to_one("The move; null when there was none.")
    blockers: list[Blocker] = strawberry.field(description="All that keeps the deal from it, when it is `BLOCKED`.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: Advanced | Refused) -> Self:
        if isinstance(outcome, Advanced):
            return cls(opportunity_id=outcome.opportunity_id, transition_id=outcome.transition_id, blockers=[])
        if isinstance(outcome, Blocked):
            blockers = [blocker(found) for found in outcome.blockers]
            return cls(opportunity_id=outcome.opportunity_id, transition_id=None, blockers=blockers)
        return cls(opportunity_id=None, transition_id=None, blockers=[])


AdvanceInput = Annotated[AdvanceStageInput, strawberry.argument(description="Which deal goes where.")]


@strawberry.type
class AdvanceMutation:
    @mutation(permission=Permission.ADVANCE, description="Move a deal to another stage of its playbook.")
    async def advance_stage(self, info: Info, input: AdvanceInput, claim: Claim | None = None) -> AdvanceStagePayload:
        return await advance(  # type: ignore[return-value]
            info.context.viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            input.to_stage_key,
            expected_version=input.expected_version,
            reason=input.reason,
            override=bool(input.override),
            moved_at=input.at,
            claim=claim,
        )
