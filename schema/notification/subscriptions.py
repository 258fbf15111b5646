"""Pushed notifications."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import UUID

import strawberry

from app.database import database
from app.events.live_filter import OfDeals
from app.notifications.counter import unread
from app.notifications.reading import Received
from app.notifications.wake import waiting
from schema.context import Info
from schema.engine.declare import Requester, to_one
from schema.engine.serve.resolvers import fill
from schema.event.cursors import event_number, log_cursor
from schema.event.feed import Feed
from schema.event.live import answers_of
from schema.event.subscriptions import AfterEvent
from schema.notification.following import INBOX, PreparedInbox, begun, came
from schema.notification.types import Notification
from schema.scalars import Cursor


@strawberry.type(description="A notification that came.")
class NotificationEvent:
    notification_id: strawberry.Private[UUID]
    cursor: Cursor = strawberry.field(description="Its position in the inbox, for use as `after` to resume.")
    unread_notifications: int = strawberry.field(description="The number of unread notifications.")
    notification: Notification | None = to_one(
        "The notification; null if what it is about went out of the viewer's sight meanwhile."
    )


async def _event(requester: Requester, one: Any) -> NotificationEvent:
    assert isinstance(one, Received)
    return NotificationEvent(
        notification_id=one.id,
        cursor=Cursor(log_cursor(one.number, INBOX)),
        unread_notifications=await unread(database(), requester.viewer),
    )


FEED = Feed(OfDeals(frozenset()), _event, personal=True)


@strawberry.type
class NotificationSubscription:
    @strawberry.subscription(
        description="Pushes the viewer's notifications as they come. With `after`, those since then come first."
    )
    async def notification_received(
        self, info: Info, after: AfterEvent = None
    ) -> AsyncGenerator[NotificationEvent, None]:
        viewer, handover = info.context.viewer, info.context.handover
        if handover is not None and handover.resume is not None:
            after = Cursor(handover.resume)
        number = event_number(after, "after", INBOX)
        if handover is not None:
            handover.prepared = PreparedInbox(viewer, number, answers_of(info, FEED, viewer, handover.variables))
            return
        with waiting(viewer.user_id) as woken:
            async with aclosing(came(viewer, await begun(viewer, number), woken)) as stream:
                async for one in stream:
                    yield await fill(info, await _event(Requester(viewer, info.context.now()), one))
