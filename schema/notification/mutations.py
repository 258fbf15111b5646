"""Mutations of notifications."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.notifications.reading import MOST_AT_ONCE, NotificationsRead, mark_read
from app.outcomes import Refused
from schema.engine.declare import to_one
from schema.engine.ids import decode_all
from schema.mutation import Payload, client_mutation_id, mutation
from schema.notification.types import Notification


@strawberry.input(description="Input of `markNotificationsRead`.")
class MarkNotificationsReadInput:
    notification_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description=f"The notifications, at most {MOST_AT_ONCE}; null marks all."
    )
    until: datetime | None = strawberry.field(
        default=None,
        description="Mark none that came after this time: when all are marked, the `at` of the newest one shown.",
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of `markNotificationsRead`.")
class MarkNotificationsReadPayload(Payload):
    notification_ids: strawberry.Private[list[UUID]]
    notifications: list[Notification] = to_one(
        "The notifications that were named, after the change; empty when all were marked, or nothing was changed.",
        column="notification_ids",
        rows=20,
    )
    unread_notifications: int | None = strawberry.field(
        default=None, description="The number of notifications that are still unread; null if nothing was changed."
    )

    @classmethod
    def of(cls, outcome: NotificationsRead | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(notification_ids=[])
        return cls(notification_ids=outcome.ids, unread_notifications=outcome.unread)


MarkInput = Annotated[MarkNotificationsReadInput, strawberry.argument(description="The notifications.")]


@strawberry.type
class NotificationMutation:
    @mutation(
        payload=MarkNotificationsReadPayload,
        noun=nouns.NOTIFICATION,
        description="Marks some or all of the viewer's notifications as read.",
    )
    async def mark_notifications_read(self, viewer: Viewer, input: MarkInput) -> NotificationsRead | Refused:
        ids = None if input.notification_ids is None else decode_all(input.notification_ids, "ntf", "notificationIds")
        return await mark_read(viewer, ids, input.until)
