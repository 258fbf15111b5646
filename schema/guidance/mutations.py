"""Answering an action."""

from typing import Annotated, Self
from uuid import UUID

import strawberry

from app.outcomes import Refused
from app.recommendations.respond import LONGEST_REASON, Responded, respond
from app.vocabulary import Permission
from schema.context import Info
from schema.engine.declare import to_one
from schema.engine.ids import decode
from schema.enums import ActionResponse
from schema.errors import UserError
from schema.guidance.types import NextBestAction
from schema.mutation import client_mutation_id, mutation
from schema.opportunity.types import Opportunity, StageTransition


@strawberry.input(description="An answer to an action.")
class RespondToActionInput:
    action_id: strawberry.ID = strawberry.field(description="The action.")
    response: ActionResponse = strawberry.field(description="The answer.")
    reason: str | None = strawberry.field(
        default=None,
        description=(
            f"Why; required to dismiss. When an action is completed it is kept as the criterion's evidence, the "
            f"activity's note, the question's answer or the reason of the move. At most {LONGEST_REASON:,} characters."
        ),
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="What became of an action.")
class NextBestActionPayload:
    action_id: strawberry.Private[UUID | None]
    opportunity_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    action: NextBestAction | None = to_one("The action as it stands now; null when nothing was changed.")
    opportunity: Opportunity | None = to_one("Its deal as it stands now; null when nothing was changed.")
    transition: StageTransition | None = to_one("The move, when the deal moved because of it.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: Responded | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(action_id=None, opportunity_id=None, transition_id=None)
        return cls(
            action_id=outcome.action_id, opportunity_id=outcome.opportunity_id, transition_id=outcome.transition_id
        )


RespondInput = Annotated[RespondToActionInput, strawberry.argument(description="The answer.")]


@strawberry.type
class GuidanceMutation:
    @mutation(
        permission=Permission.EDIT_OPPORTUNITY,
        description="Take an action on, turn it down or say that it is done. Completing one that stands for a "
        "criterion or an activity marks it, one that asks a question records `reason` as its answer, and one that "
        "stands for a move makes it. What it asks to be recorded has to be there, or the answer is `BLOCKED`. "
        "Repeating an answer changes nothing.",
    )
    async def respond_to_action(self, info: Info, input: RespondInput) -> NextBestActionPayload:
        return await respond(  # type: ignore[return-value]
            info.context.viewer, decode(input.action_id, "nba", "actionId"), input.response, reason=input.reason
        )
