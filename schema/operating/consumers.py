"""The consumers of the event log, and how far behind it they are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from app.consumers.standing import MOST_COUNTED, lags
from app.database import database
from schema.context import Info
from schema.engine.declare import Made, Requester
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.operating.rights import administrators_own


@strawberry.type(description="A part of the product that works on events of the log, one after the other.")
class Consumer:
    name: str = strawberry.field(description="The name.")
    moved_at: datetime = strawberry.field(description="The date and time at which it last went on in the log.")
    lag_seconds: float = strawberry.field(
        description="The age of the oldest event that it is yet to handle, in seconds; 0 if there is none. Events that "
        "were put aside don't count."
    )
    events_behind: int = strawberry.field(
        description=f"The number of events after its place in the log, of any type, counted up to {MOST_COUNTED:,}."
    )
    delayed_events: int = strawberry.field(
        description="The number of events that failed and are tried again by themselves."
    )
    events_aside: int = strawberry.field(
        description="The number of events that failed for good and were put aside: an operator has them tried again, "
        "or skips them (`stagepath consumers`)."
    )


async def _consumers(requester: Requester, _: Mapping[str, Any]) -> list[Consumer]:
    administrators_own(requester)
    return [
        Consumer(
            name=lag.name,
            moved_at=lag.moved_at,
            lag_seconds=lag.seconds,
            events_behind=lag.events,
            delayed_events=lag.delayed,
            events_aside=lag.aside,
        )
        for lag in await lags(database())
    ]


@strawberry.type
class ConsumerQuery:
    @root(
        Made(_consumers, rows=10, scan=Scan("event", always=Look.PART)),
        "The consumers of the event log by name, each with its lag. For administrators of the vendor; null and "
        "`FORBIDDEN` for others.",
    )
    async def consumers(self, info: Info) -> list[Consumer] | None: ...
