"""Pushed changes of comments."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.events.live_filter import OfComments
from app.events.log import LoggedEvent
from schema.comment.types import Comment
from schema.context import Info
from schema.engine.declare import Requester, to_one
from schema.engine.ids import decode
from schema.enums import EventType
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
        description="Pushes comments on an opportunity, and their changes, that the viewer can read."
    )
    async def comments_changed(
        self,
        info: Info,
        opportunity_id: Annotated[strawberry.ID, strawberry.argument(description="The opportunity's id.")],
        after: AfterEvent = None,
    ) -> AsyncGenerator[CommentEvent, None]:
        wanted = OfComments(decode(opportunity_id, "opp", "opportunityId"))
        async with aclosing(follow(info, Feed(wanted, _comment_event), after)) as happened:
            async for event in happened:
                yield event
