"""`eventLogged`: every event that the viewer hears of, of whatever it speaks."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from app.events.live_filter import OfTypes
from app.events.log import LoggedEvent
from schema.context import Info
from schema.engine.declare import Requester
from schema.enums import EventType
from schema.event.feed import Feed
from schema.event.live import follow
from schema.event.subscriptions import AfterEvent
from schema.event.types import Event


async def _logged(_: Requester, event: LoggedEvent) -> Event:
    return Event.of(event)


@strawberry.type
class EverythingSubscription:
    @strawberry.subscription(description="Every event that the viewer can see, of all that `events` lists.")
    async def event_logged(
        self,
        info: Info,
        types: Annotated[
            list[EventType] | None, strawberry.argument(description="Limits the events to these types.")
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[Event, None]:
        wanted = OfTypes(None if types is None else frozenset(types))
        async with aclosing(follow(info, Feed(wanted, _logged), after)) as happened:
            async for event in happened:
                yield event
