"""Queries for deals."""

from typing import Annotated

import strawberry

from schema.arguments import After, Before, Last
from schema.context import Info
from schema.engine.declare import Made, Paged
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.listing import by_id
from schema.node import IdArgument
from schema.opportunity.filters import LOOKS, OPPORTUNITIES, OpportunityFilter, OpportunityOrder
from schema.opportunity.pipeline import PipelineSummary, summary
from schema.opportunity.types import Opportunity
from schema.pagination import DEFAULT_PAGE, MAX_PAGE, Connection

FilterArgument = Annotated[OpportunityFilter | None, strawberry.argument(description="Filters the list.")]


@strawberry.type
class OpportunityQuery:
    @root(by_id("opp"), "An opportunity by id; null if it doesn't exist or the viewer can't see it.")
    async def opportunity(self, info: Info, id: IdArgument) -> Opportunity | None: ...

    @root(Paged(OPPORTUNITIES), "The opportunities that the viewer can see, most recently changed first by default.")
    async def opportunities(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description=f"The number of items from the start, at most {MAX_PAGE}.")
        ] = DEFAULT_PAGE,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilterArgument = None,
        order_by: Annotated[OpportunityOrder | None, strawberry.argument(description="The order of the list.")] = None,
    ) -> Connection[Opportunity]: ...

    @root(
        Made(summary, rows=100, scan=Scan("opportunity", LOOKS, always=Look.THROUGH, times=3), selects=True),
        (
            "A summary of the viewer's open opportunities, stage by stage. Closed opportunities are included only if "
            "the filter names them, by `status`, `stageKeys`, `closed` or `ids`."
        ),
    )
    async def pipeline(self, info: Info, filter: FilterArgument = None) -> PipelineSummary: ...
