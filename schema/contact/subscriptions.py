"""Pushed changes of contacts."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.events.live_filter import OfSubject
from app.events.log import LoggedEvent, about
from app.nouns import CONTACT
from schema.contact.types import Contact
from schema.context import Info
from schema.engine.declare import Requester, to_one
from schema.engine.ids import decode
from schema.enums import EventType
from schema.event.cursors import event_cursor
from schema.event.feed import Feed
from schema.event.live import follow
from schema.event.subscriptions import AfterEvent
from schema.scalars import Cursor


@strawberry.type(description="An event about a contact.")
class ContactEvent:
    contact_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(description="The event's position in the log, for use as `after` to resume.")
    type: EventType = strawberry.field(description="The type of event.")
    at: datetime = strawberry.field(description="The date and time.")
    fields: list[str] = strawberry.field(description="The names of the changed fields.")
    contact: Contact | None = to_one(
        "The contact in its current state; null once it was removed, which only the vendor's users are told."
    )


async def _contact_event(_: Requester, event: LoggedEvent) -> ContactEvent:
    return ContactEvent(
        cursor=event_cursor(event),
        type=event.type,
        at=event.at,
        fields=[str(name) for name in event.payload.get("fields", [])],
        contact_id=event.subject_id,
    )


@strawberry.type
class ContactSubscription:
    @strawberry.subscription(
        description="Pushes every event about a contact, as long as the viewer can see it. "
        "Its removal is pushed to the vendor's users only."
    )
    async def contact_updated(
        self,
        info: Info,
        contact_id: Annotated[strawberry.ID, strawberry.argument(description="The contact's id.")],
        after: AfterEvent = None,
    ) -> AsyncGenerator[ContactEvent, None]:
        wanted = OfSubject(about(CONTACT, decode(contact_id, "con", "contactId")))
        async with aclosing(follow(info, Feed(wanted, _contact_event), after)) as happened:
            async for event in happened:
                yield event
