"""The event log as a list."""

from typing import Annotated

import strawberry

from schema.arguments import After, Before, First, Last
from schema.context import Info
from schema.engine.declare import Made
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.enums import EventType as EventTypeEnum
from schema.event.reading import EventFilter, log_page
from schema.event.types import EventConnection

LOG_SCAN = Scan("event", {"types": Look.SORTED, "actorId": Look.THROUGH, "partnerId": Look.THROUGH}, always=Look.SORTED)
"""A partner's events lie among those of all."""


@strawberry.type
class EventQuery:
    @root(Made(log_page, scan=LOG_SCAN, selects=True), "The events that the viewer can see, oldest first.")
    async def events(
        self,
        info: Info,
        after: After = None,
        first: First = None,
        last: Last = None,
        before: Before = None,
        types: Annotated[
            list[EventTypeEnum] | None, strawberry.argument(description="Limits the list to events of these types.")
        ] = None,
        filter: Annotated[EventFilter | None, strawberry.argument(description="Filters the list.")] = None,
    ) -> EventConnection: ...
