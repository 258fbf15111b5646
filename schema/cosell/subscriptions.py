"""Pushed changes of invitations."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from uuid import UUID

import strawberry

from app.events.live_filter import OfType
from app.events.log import LoggedEvent
from app.nouns import DEAL_PARTNER
from app.vocabulary import EventType
from schema.context import Info
from schema.cosell.types import DealPartner
from schema.engine.declare import Requester, to_one
from schema.enums import InvitationStatus
from schema.event.cursors import event_cursor
from schema.event.feed import Feed
from schema.event.live import follow
from schema.event.subscriptions import AfterEvent
from schema.scalars import Cursor


@strawberry.type(description="A change of an invitation.")
class InvitationEvent:
    invitation_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(description="The event's position in the log, for use as `after` to resume.")
    at: datetime = strawberry.field(description="The date and time.")
    status: InvitationStatus = strawberry.field(description="The status that it got.")
    invitation: DealPartner | None = to_one("The invitation in its current state.")


async def _invitation_event(_: Requester, event: LoggedEvent) -> InvitationEvent:
    return InvitationEvent(
        cursor=event_cursor(event),
        at=event.at,
        status=InvitationStatus(event.payload["status"]),
        invitation_id=event.id_of(DEAL_PARTNER),
    )


@strawberry.type
class CosellSubscription:
    @strawberry.subscription(
        description="Invitations to take part in opportunities, as they are sent, responded to and ended, as far as "
        "the viewer can see them."
    )
    async def invitation_changed(self, info: Info, after: AfterEvent = None) -> AsyncGenerator[InvitationEvent, None]:
        wanted = OfType(EventType.INVITATION_CHANGED)
        async with aclosing(follow(info, Feed(wanted, _invitation_event), after)) as happened:
            async for event in happened:
                yield event
