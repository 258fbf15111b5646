"""The report of reasons for which opportunities were closed."""

from collections.abc import Mapping
from typing import Any

import strawberry

from app.database import database
from app.deals.close_reasons import MOST, counted
from schema.context import Info
from schema.engine.declare import Made, Requester
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.enums import CloseOutcome
from schema.opportunity.filters import LOOKS, DealFilterArgument, ask_filter


@strawberry.type(description="The opportunities that were closed for one reason.")
class CloseReasonCount:
    playbook_key: str = strawberry.field(description="The key of the playbook.")
    outcome: CloseOutcome = strawberry.field(description="The outcome.")
    key: str | None = strawberry.field(description="The key of the reason; null for those closed without one.")
    label: str | None = strawberry.field(
        description="The reason in words, as the newest version of the playbook that has it; null if none has."
    )
    count: int = strawberry.field(description="The number of opportunities.")


async def _counted(requester: Requester, arguments: Mapping[str, Any]) -> list[CloseReasonCount]:
    return [
        CloseReasonCount(
            playbook_key=one.playbook_key,
            outcome=CloseOutcome(one.outcome),
            key=one.key,
            label=one.label,
            count=one.count,
        )
        for one in await counted(database(), requester.viewer, ask_filter(arguments))
    ]


@strawberry.type
class CloseReasonQuery:
    @root(
        Made(_counted, rows=50, scan=Scan("opportunity", LOOKS, always=Look.THROUGH)),
        "The closed opportunities that the viewer can see, counted by playbook, outcome and reason, most first; at "
        f"most {MOST:,} reasons.",
    )
    async def close_reason_counts(self, info: Info, filter: DealFilterArgument = None) -> list[CloseReasonCount]: ...
