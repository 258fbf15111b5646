"""`updateOpportunities`: the same changes to many deals."""

from typing import Annotated, Self
from uuid import UUID

import strawberry

from app import nouns
from app.deals.bulk import MOST, DealChanged, DealsChanged, update_all
from app.identity.viewer import Viewer
from app.outcomes import Refused
from schema.engine.declare import to_one
from schema.engine.ids import decode_all, encode
from schema.errors import UserError, user_errors
from schema.mutation import Payload, client_mutation_id, mutation
from schema.opportunity.mutations import OpportunityChanges
from schema.opportunity.types import Opportunity


@strawberry.input(
    description="The same changes to many opportunities. Omitted fields stay unchanged; null clears optional ones."
)
class UpdateOpportunitiesInput(OpportunityChanges):
    opportunity_ids: list[strawberry.ID] = strawberry.field(
        description=f"The opportunities, each once, at most {MOST}."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result for one of many opportunities.")
class OpportunityUpdate:
    deal_id: strawberry.Private[UUID]
    opportunity_id: strawberry.ID = strawberry.field(description="The id of the opportunity, as it was given.")
    opportunity: Opportunity | None = to_one(
        "The opportunity as it is now; null if the viewer can't see it.", column="deal_id"
    )
    left: bool = strawberry.field(description="Whether the change made the opportunity invisible to the viewer.")
    notice: str | None = strawberry.field(
        description="Side effects of the change, in sentences suitable for display; null if there are none."
    )
    user_errors: list[UserError] = strawberry.field(
        description="The problems that kept it from being changed, as of `updateOpportunity`. Empty if it was."
    )


@strawberry.type(
    description="The result of `updateOpportunities`. `userErrors` are about the input as a whole; those about single "
    "opportunities are in `results`."
)
class UpdateOpportunitiesPayload(Payload):
    results: list[OpportunityUpdate] = strawberry.field(
        default_factory=list, description="The result for each opportunity, in the order of the input."
    )

    @classmethod
    def of(cls, outcome: DealsChanged | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls()
        return cls(results=[_update_of(deal) for deal in outcome.deals])


def _update_of(deal: DealChanged) -> OpportunityUpdate:
    return OpportunityUpdate(
        deal_id=deal.opportunity_id,
        opportunity_id=strawberry.ID(encode("opp", deal.opportunity_id)),
        left=deal.left,
        notice=deal.notice,
        user_errors=user_errors(deal.errors),
    )


BulkInput = Annotated[UpdateOpportunitiesInput, strawberry.argument(description="The opportunities and the changes.")]


@strawberry.type
class BulkMutation:
    @mutation(
        payload=UpdateOpportunitiesPayload,
        noun=nouns.OPPORTUNITY,
        many="opportunityIds",
        description=(
            "Makes the same changes to many opportunities, each on its own: those that can't be changed are told in "
            "`results`, and the others are changed nevertheless."
        ),
    )
    async def update_opportunities(self, viewer: Viewer, input: BulkInput) -> DealsChanged | Refused:
        ids = decode_all(input.opportunity_ids, "opp", "opportunityIds")
        return await update_all(viewer, ids, input.changes(), reason=input.reason)
