"""A notification."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app import nouns
from app.database import database
from app.notifications.words import Worded, worded
from schema.engine.declare import Requester, column, computed, entity, to_one
from schema.enums import NotificationKind
from schema.identity.types import User
from schema.node import Node

if TYPE_CHECKING:
    from schema.comment.types import Comment
    from schema.cosell.types import DealPartner
    from schema.opportunity.types import Opportunity
    from schema.registration.types import DealRegistration
    from schema.task.types import Task


async def _words(requester: Requester, keys: Sequence[UUID]) -> Mapping[UUID, Worded]:
    return await worded(database(), requester.viewer, keys)


async def _titles(requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, str]:
    """Empty for what went out of sight just now."""
    found = await _words(requester, keys)
    return {key: found[key].title if key in found else "" for key in keys}


async def _bodies(requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, str]:
    found = await _words(requester, keys)
    return {key: found[key].body if key in found else "" for key in keys}


async def _links(requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, str | None]:
    found = await _words(requester, keys)
    return {key: found[key].link if key in found else None for key in keys}


@entity(
    nouns.NOTIFICATION,
    description="Something that the viewer is told. It disappears when the viewer can no longer see what it is about.",
)
class Notification(Node):
    kind: NotificationKind = column("The kind of notification, which preferences are set by.")
    title: str = computed(_titles, "The title in one line, in the viewer's language. Untrusted: escape it.")
    body: str = computed(_bodies, "The text in the viewer's language, as plain text. Untrusted: escape it.")
    link: str | None = computed(
        _links, "The address of the page in the portal; null unless the server was told how pages are addressed."
    )
    at: datetime = column("The date and time.")
    read_at: datetime | None = column("The date and time when it was marked as read; null if it is unread.")
    actor: User | None = to_one("The user who caused it; null if nobody did, or the viewer can't see that user.")
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] | None = to_one(
        "The opportunity that it is about, if any."
    )
    registration: Annotated["DealRegistration", strawberry.lazy("schema.registration.types")] | None = to_one(
        "The registration that it is about, if any."
    )
    task: Annotated["Task", strawberry.lazy("schema.task.types")] | None = to_one("The task that it is about, if any.")
    comment: Annotated["Comment", strawberry.lazy("schema.comment.types")] | None = to_one(
        "The comment that it is about, if any."
    )
    invitation: Annotated["DealPartner", strawberry.lazy("schema.cosell.types")] | None = to_one(
        "The invitation to sell an opportunity together that it is about, if any."
    )
