"""The mutation that responds to an action."""

from datetime import date, timedelta
from typing import Annotated, Self
from uuid import UUID

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.outcomes import Refused, as_it_stands
from app.recommendations.respond import LONGEST_REASON, MOST_DAYS, Responded, respond
from guidance.sleeping import NIGHT
from schema.engine.declare import to_one
from schema.engine.ids import decode
from schema.enums import ActionResponse
from schema.guidance.types import NextBestAction
from schema.mutation import Payload, client_mutation_id, mutation
from schema.opportunity.types import Opportunity, StageTransition


@strawberry.input(description="Input of `respondToAction`.")
class RespondToActionInput:
    action_id: strawberry.ID = strawberry.field(description="The action.")
    response: ActionResponse = strawberry.field(description="The response.")
    reason: str | None = strawberry.field(
        default=None,
        description=(
            f"The reason, at most {LONGEST_REASON:,} characters. Required for dismissals. On completion, it becomes "
            "evidence of the criterion, note on the activity, answer to the question or reason of the move."
        ),
    )
    until: date | None = strawberry.field(
        default=strawberry.UNSET,  # what a former version kept under a `clientMutationId` had no such field
        description=(
            "With `SNOOZE`, and required there: the day (UTC) from which on the action is proposed again, at most "
            f"{MOST_DAYS} days ahead. Today puts it off for {NIGHT // timedelta(hours=1)} hours."
        ),
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of a response to an action.")
class NextBestActionPayload(Payload):
    action_id: strawberry.Private[UUID | None]
    opportunity_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    action: NextBestAction | None = to_one(
        "The action after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed."
    )
    opportunity: Opportunity | None = to_one("The action's opportunity after the change; null if nothing was changed.")
    transition: StageTransition | None = to_one("The transition, if the opportunity moved because of the response.")

    @classmethod
    def of(cls, outcome: Responded | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(action_id=as_it_stands(outcome), opportunity_id=None, transition_id=None)
        return cls(
            action_id=outcome.action_id, opportunity_id=outcome.opportunity_id, transition_id=outcome.transition_id
        )


RespondInput = Annotated[RespondToActionInput, strawberry.argument(description="The response.")]


@strawberry.type
class GuidanceMutation:
    @mutation(
        payload=NextBestActionPayload,
        noun=nouns.NEXT_BEST_ACTION,
        description=(
            "Accepts, dismisses, snoozes or completes a next best action. A dismissed action stays away until the "
            "facts behind it change; one that blocks the opportunity's next move is proposed again after two weeks. "
            "Completing an action marks its criterion or activity, "
            "records `reason` as the answer to its question, or makes its move. Fails with `BLOCKED` if the fact that "
            "the action asks for has not been recorded: the `path` of each error then begins with the mutation that "
            'records it, such as `["updateOpportunity", "amount"]`, and the message names it in the viewer\'s '
            "language. Repeating a response changes nothing."
        ),
    )
    async def respond_to_action(self, viewer: Viewer, input: RespondInput) -> Responded | Refused:
        return await respond(
            viewer,
            decode(input.action_id, "nba", "actionId"),
            input.response,
            reason=input.reason,
            until=input.until or None,
        )
