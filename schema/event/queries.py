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


@strawberry.type(description="Something that happened, as the log keeps it.")
class Event:
    actor_id: strawberry.Private[UUID | None]
    opportunity_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    playbook_id: strawberry.Private[UUID | None]
    content_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(description="Its place in the log; subscriptions take it as `after`, too.")
    type: EventTypeEnum = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="When.")
    fields: list[str] = strawberry.field(description="For updates: the fields that changed.")
    actor: User | None = to_one("Who did it, as far as the viewer may know.")
    opportunity: Opportunity | None = to_one("The deal it is about, as it stands now.")
    transition: StageTransition | None = to_one("The move, when there was one.")
    playbook: Playbook | None = to_one("The playbook it is about.")
    content: Content | None = to_one("The content it is about.")


@strawberry.type(description="An event with its place in the log.")
class EventEdge:
    cursor: Cursor = strawberry.field(description="Its place in the log.")
    node: Event = strawberry.field(description="The event.")


@strawberry.type(description="One page of the log.")
class EventConnection:
    edges: list[EventEdge] = strawberry.field(description="The page with a cursor for each.")
    nodes: list[Event] = strawberry.field(description="The page without edges.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the log.")
    types: strawberry.Private[list[EventType] | None]

    @strawberry.field(description=f"How many events there are; counting stops at {MOST_COUNTED}.")
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
    @root(Made(_log, scan=LOG_SCAN), "The log, oldest first, as far as the viewer may see it.")
    async def events(
        self,
        info: Info,
        after: After = None,
        first: First = None,
        types: Annotated[
            list[EventTypeEnum] | None, strawberry.argument(description="Only events of these types.")
        ] = None,
    ) -> EventConnection: ...
