"""Queries for the viewer's inbox."""

from collections.abc import Mapping
from typing import Any

import strawberry

from app.database import database
from app.notifications.counter import unread
from schema.arguments import First as FirstRows
from schema.connections import root_connection
from schema.context import Info
from schema.engine.declare import Made, Paged, Requester
from schema.engine.serve.resolvers import root
from schema.notification.listings import INBOX, Kinds, UnreadOnly
from schema.notification.types import Notification
from schema.pagination import Connection


async def _unread(requester: Requester, _: Mapping[str, Any]) -> int:
    return await unread(database(), requester.viewer)


@strawberry.type
class NotificationQuery:
    notifications: Connection[Notification] = root_connection(
        Paged(INBOX),
        "The viewer's notifications, newest first.",
        first=FirstRows,
        unread_only=UnreadOnly,
        kinds=Kinds,
    )

    @root(Made(_unread), "The number of unread notifications of the viewer. Kept, not counted: cheap to ask for.")
    async def unread_notifications(self, info: Info) -> int: ...
