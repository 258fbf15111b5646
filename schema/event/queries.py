"""The event log as a list."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.database import database
from app.events.log import CursorUnknown, LoggedEvent, count, read
from app.vocabulary import EventType
from schema.arguments import After, First
from schema.content.types import Content
from schema.context import Info
from schema.engine.declare import Asker, Made, to_one
from schema.engine.paging import Page, page_of
from schema.engine.run import root
from schema.engine.scans import Look, Scan
from schema.enums import EventType as EventTypeEnum
from schema.errors import ClientError
from schema.event.cursors import LOG, event_cursor
from schema.identity.types import User
from schema.opportunity.types import Opportunity, StageTransition
from schema.pagination import PageInfo
from schema.playbook.types import Playbook
from schema.scalars import Cursor

MOST_COUNTED = 10_000


@strawberry.type(description="An entry of the event log.")
class Event:
    actor_id: strawberry.Private[UUID | None]
    opportunity_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    playbook_id: strawberry.Private[UUID | None]
    content_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(
        description=("The event's position in the log, for use as `after` in queries and subscriptions.")
    )
    type: EventTypeEnum = strawberry.field(description="The type of event.")
    at: datetime = strawberry.field(description="The date and time.")
    fields: list[str] = strawberry.field(description="The names of the changed fields, for updates.")
    actor: User | None = to_one("The user who made the change; null if the viewer can't see that user.")
    opportunity: Opportunity | None = to_one("The opportunity that the event is about, in its current state.")
    transition: StageTransition | None = to_one("The transition, if there was one.")
    playbook: Playbook | None = to_one("The playbook that the event is about.")
    content: Content | None = to_one("The content that the event is about.")


@strawberry.type(description="An event and its cursor.")
class EventEdge:
    cursor: Cursor = strawberry.field(description="The event's position in the log.")
    node: Event = strawberry.field(description="The event.")


@strawberry.type(description="A page of the event log.")
class EventConnection:
    edges: list[EventEdge] = strawberry.field(description="The items of the page, each with its cursor.")
    nodes: list[Event] = strawberry.field(description="The events of the page, without cursors.")
    page_info: PageInfo = strawberry.field(description="Pagination information.")
    types: strawberry.Private[list[EventType] | None]

    @strawberry.field(description=f"The number of events, counted up to {MOST_COUNTED:,}.")
    async def total_count(self, info: Info) -> int:
        return await count(database(), types=self.types, viewer=info.context.viewer, limit=MOST_COUNTED)


def _event(logged: LoggedEvent) -> Event:
    return Event(
        cursor=event_cursor(logged),
        type=logged.type,
        at=logged.at,
        fields=[str(name) for name in logged.payload.get("fields", [])],
        actor_id=logged.actor_id,
        opportunity_id=logged.opportunity_id,
        transition_id=logged.transition_id,
        playbook_id=logged.playbook_id,
        content_id=logged.content_id,
    )


async def _log(asker: Asker, arguments: Mapping[str, Any]) -> EventConnection:
    page: Page = page_of(arguments, LOG)
    after = int(page.after[0] or 0) if page.after else None
    types = arguments.get("types")
    try:
        found = await read(database(), after=after, limit=page.size + 1, types=types, viewer=asker.viewer)
    except CursorUnknown:
        raise ClientError(
            "The log no longer holds this cursor; start again without one.", code="CURSOR_UNKNOWN", argument=("after",)
        ) from None
    nodes = [_event(logged) for logged in found[: page.size]]
    info = PageInfo(
        has_next_page=len(found) > page.size,
        has_previous_page=after is not None,
        start_cursor=nodes[0].cursor if nodes else None,
        end_cursor=nodes[-1].cursor if nodes else None,
    )
    edges = [EventEdge(cursor=node.cursor, node=replace(node)) for node in nodes]
    return EventConnection(edges=edges, nodes=nodes, page_info=info, types=types)


LOG_SCAN = Scan("event", {"types": Look.SORTED}, always=Look.SORTED)
"""A partner's events lie among those of all."""


@strawberry.type
class EventQuery:
    @root(Made(_log, scan=LOG_SCAN), "The events that the viewer can see, oldest first.")
    async def events(
        self,
        info: Info,
        after: After = None,
        first: First = None,
        types: Annotated[
            list[EventTypeEnum] | None, strawberry.argument(description="Limits the list to events of these types.")
        ] = None,
    ) -> EventConnection: ...
