"""Pushed changes of comments."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.events.live_filter import OfComments
from app.events.log import LoggedEvent
from app.outcomes import Refused
from schema.comment.places import place_of
from schema.comment.types import Comment
from schema.context import Info
from schema.engine.declare import Requester, to_one
from schema.enums import EventType
from schema.errors import ClientError
from schema.event.cursors import event_cursor
from schema.event.feed import Feed
from schema.event.live import follow
from schema.event.subscriptions import AfterEvent
from schema.scalars import Cursor


@strawberry.type(description="An event about a comment.")
class CommentEvent:
    comment_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(description="The event's position in the log, for use as `after` to resume.")
    type: EventType = strawberry.field(description="The type of event.")
    at: datetime = strawberry.field(description="The date and time.")
    comment: Comment | None = to_one("The comment in its current state; null if the viewer can no longer read it.")


async def _comment_event(_: Requester, event: LoggedEvent) -> CommentEvent:
    return CommentEvent(cursor=event_cursor(event), type=event.type, at=event.at, comment_id=event.subject_id)


@strawberry.type
class CommentSubscription:
    @strawberry.subscription(
        description="Pushes comments on an opportunity or a registration, and their changes, that the viewer reads."
    )
    async def comments_changed(
        self,
        info: Info,
        opportunity_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The opportunity's id.")
        ] = None,
        registration_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The registration's id, instead.")
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[CommentEvent, None]:
        on = place_of(opportunity_id, registration_id)
        if isinstance(on, Refused):
            raise ClientError(on.errors[0].message, argument=on.errors[0].path)
        wanted = OfComments(on.argument, on.id)
        async with aclosing(follow(info, Feed(wanted, _comment_event), after)) as happened:
            async for event in happened:
                yield event
