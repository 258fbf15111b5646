"""The event log as clients see it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.events.log import LoggedEvent
from app.nouns import (
    ACCOUNT,
    COMMENT,
    CONTACT,
    CONTENT,
    DEAL_PARTNER,
    PLAYBOOK,
    REGISTRATION,
    STAGE_TRANSITION,
    TASK,
)
from schema.content.types import Content
from schema.engine.declare import to_one
from schema.enums import EventType as EventTypeEnum
from schema.event.cursors import event_cursor
from schema.identity.types import Account, User
from schema.pagination import PageInfo
from schema.playbook.types import Playbook
from schema.scalars import Cursor

if TYPE_CHECKING:
    from schema.comment.types import Comment
    from schema.contact.types import Contact
    from schema.cosell.types import DealPartner
    from schema.opportunity.types import Opportunity, StageTransition
    from schema.registration.types import DealRegistration
    from schema.task.types import Task

MOST_COUNTED = 10_000


@strawberry.type(description="An entry of the event log.")
class Event:
    actor_id: strawberry.Private[UUID | None]
    opportunity_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    playbook_id: strawberry.Private[UUID | None]
    content_id: strawberry.Private[UUID | None]
    contact_id: strawberry.Private[UUID | None]
    comment_id: strawberry.Private[UUID | None]
    account_id: strawberry.Private[UUID | None]
    registration_id: strawberry.Private[UUID | None]
    invitation_id: strawberry.Private[UUID | None]
    task_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(
        description=("The event's position in the log, for use as `after` in queries and subscriptions.")
    )
    type: EventTypeEnum = strawberry.field(description="The type of event.")
    at: datetime = strawberry.field(description="The date and time.")
    fields: list[str] = strawberry.field(description="The names of the changed fields, for updates.")
    actor: User | None = to_one("The user who made the change; null if the viewer can't see that user.")
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] | None = to_one(
        "The opportunity that the event is about, in its current state."
    )
    transition: Annotated["StageTransition", strawberry.lazy("schema.opportunity.types")] | None = to_one(
        "The transition, if there was one."
    )
    playbook: Playbook | None = to_one("The playbook that the event is about.")
    content: Content | None = to_one("The content that the event is about.")
    contact: Annotated["Contact", strawberry.lazy("schema.contact.types")] | None = to_one(
        "The contact that the event is about, in its current state."
    )
    account: Account | None = to_one("The account that the event is about, in its current state.")
    comment: Annotated["Comment", strawberry.lazy("schema.comment.types")] | None = to_one(
        "The comment that the event is about, in its current state."
    )
    registration: Annotated["DealRegistration", strawberry.lazy("schema.registration.types")] | None = to_one(
        "The registration that the event is about, in its current state."
    )

    invitation: Annotated["DealPartner", strawberry.lazy("schema.cosell.types")] | None = to_one(
        "The partner's part in an opportunity that the event is about, in its current state."
    )
    task: Annotated["Task", strawberry.lazy("schema.task.types")] | None = to_one(
        "The task that the event is about, in its current state."
    )

    @classmethod
    def of(cls, logged: LoggedEvent) -> "Event":
        return cls(
            cursor=event_cursor(logged),
            type=logged.type,
            at=logged.at,
            fields=[str(name) for name in logged.payload.get("fields", [])],
            actor_id=logged.actor_id,
            opportunity_id=logged.opportunity_id or _named(logged, "opportunityId"),
            transition_id=logged.id_of(STAGE_TRANSITION),
            playbook_id=logged.id_of(PLAYBOOK),
            content_id=logged.id_of(CONTENT),
            contact_id=logged.id_of(CONTACT),
            comment_id=logged.id_of(COMMENT),
            account_id=logged.id_of(ACCOUNT),
            registration_id=logged.id_of(REGISTRATION) or _named(logged, "registrationId"),
            invitation_id=logged.id_of(DEAL_PARTNER),
            task_id=logged.id_of(TASK),
        )


_BESIDE = (COMMENT.subject, TASK.subject)


def _named(logged: LoggedEvent, name: str) -> UUID | None:
    """What an event of an audience of its own is about beside its subject."""
    said = logged.payload.get(name) if logged.subject_type in _BESIDE else None
    return UUID(said) if isinstance(said, str) else None


@strawberry.type(description="An event and its cursor.")
class EventEdge:
    cursor: Cursor = strawberry.field(description="The event's position in the log.")
    node: Event = strawberry.field(description="The event.")


@strawberry.type(description="A page of the event log.")
class EventConnection:
    edges: list[EventEdge] = strawberry.field(description="The items of the page, each with its cursor.")
    nodes: list[Event] = strawberry.field(description="The events of the page, without cursors.")
    page_info: PageInfo = strawberry.field(description="Pagination information.")
    total_count: int = strawberry.field(description=f"The number of events, counted up to {MOST_COUNTED:,}.")
