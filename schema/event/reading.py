"""Pages of the event log, of all of it or of many deals at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from app.database import database
from app.database.sql import Sql, sql
from app.events.cursors import LOG
from app.events.log import CursorUnknown, LoggedEvent, Page, count, read, read_by_deal
from app.identity.scopes import scope_of
from app.identity.visibility import visible
from app.vocabulary import EventType
from schema.engine.cursors import Place
from schema.engine.declare import Requester
from schema.engine.ids import decode, decode_all
from schema.engine.sql.keyset import page_of
from schema.enums import EventType as EventTypeEnum
from schema.errors import ClientError
from schema.event.types import MOST_COUNTED, Event, EventConnection, EventEdge
from schema.pagination import PageInfo


@strawberry.input(description="Conditions on events, all of which must hold. Values within a list are alternatives.")
class EventFilter:
    types: list[EventTypeEnum] | None = strawberry.field(default=None, description="Events of these types.")
    opportunity_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Events of these opportunities."
    )
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Events of opportunities that are this partner's now."
    )
    actor_id: strawberry.ID | None = strawberry.field(
        default=None, description="Changes made by this user, if the viewer can see that user."
    )
    since: datetime | None = strawberry.field(default=None, description="Events at this date and time or later.")
    until: datetime | None = strawberry.field(default=None, description="Events before this date and time.")


@dataclass(frozen=True, slots=True)
class _Wanted:
    types: list[EventType] | None
    opportunity_ids: list[UUID] | None
    also: list[Sql]


def _wanted(requester: Requester, arguments: Mapping[str, Any]) -> _Wanted:
    """`types`, the argument, and all of `filter`."""
    given: EventFilter = arguments.get("filter") or EventFilter()
    types, also = arguments.get("types"), []
    if given.types is not None:
        types = given.types if types is None else [one for one in given.types if one in types]
    ids = given.opportunity_ids
    if given.partner_id is not None:
        partner = decode(given.partner_id, "ptr", "filter", "partnerId")
        of = "e.opportunity_id IN (SELECT fo.id FROM opportunity fo WHERE fo.partner_id = {}::uuid AND {})"
        also.append(sql(of, partner, visible(scope_of(requester.viewer), "opportunity", "fo")))
    if given.actor_id is not None:
        seen = visible(scope_of(requester.viewer), "user_account", "fu")
        actor = decode(given.actor_id, "usr", "filter", "actorId")
        by = "e.actor_id = (SELECT fu.id FROM user_account fu WHERE fu.id = {}::uuid AND {})"
        also.append(sql(by, actor, seen))
    if given.since is not None:
        also.append(sql("e.at >= {}::timestamptz", given.since))
    if given.until is not None:
        also.append(sql("e.at < {}::timestamptz", given.until))
    return _Wanted(types, None if ids is None else decode_all(ids, "opp", "filter", "opportunityIds"), also)


async def log_page(requester: Requester, arguments: Mapping[str, Any], names: Collection[str]) -> EventConnection:
    page, wanted = _page(arguments), _wanted(requester, arguments)
    with _known(page):
        found = await read(
            database(),
            after=page.after,
            before=page.before,
            limit=page.size + 1,
            backwards=page.backwards,
            types=wanted.types,
            opportunity_ids=wanted.opportunity_ids,
            also=wanted.also,
            viewer=requester.viewer,
        )
    return _connection(found, page, await _counted(requester, wanted) if "totalCount" in names else 0)


async def _counted(requester: Requester, wanted: _Wanted) -> int:
    return await count(
        database(),
        types=wanted.types,
        opportunity_ids=wanted.opportunity_ids,
        also=wanted.also,
        viewer=requester.viewer,
        limit=MOST_COUNTED,
    )


async def events_of_deals(
    requester: Requester, keys: Sequence[UUID], arguments: Mapping[str, Any]
) -> Mapping[UUID, EventConnection]:
    """In one statement, counts included."""
    page, types = _page(arguments), arguments.get("types")
    with _known(page):
        found = await read_by_deal(
            database(), keys, page, types=types, viewer=requester.viewer, most_counted=MOST_COUNTED
        )
    return {key: _connection(found[key].events, page, found[key].total) for key in keys}


def _page(arguments: Mapping[str, Any]) -> Page:
    asked = page_of(arguments, LOG)
    return Page(asked.size, asked.backward, _number(asked.after), _number(asked.before))


def _number(place: Place | None) -> int | None:
    return None if place is None else int(place[0] or 0)


class _known:  # `with _known(page):`
    """Raises `ClientError` for a cursor that the log no longer holds."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CursorUnknown):
            raise ClientError(
                "The log no longer holds this cursor; start again without one.",
                code="CURSOR_UNKNOWN",
                argument=("after" if error.seq == self._page.after else "before",),
            ) from None


def _connection(found: Sequence[LoggedEvent], page: Page, total: int) -> EventConnection:
    """`found`: the page, and one more if there is one."""
    more = len(found) > page.size
    kept = (found[-page.size :] if page.size else []) if page.backwards else found[: page.size]
    nodes = [Event.of(logged) for logged in kept]
    info = PageInfo(
        has_next_page=page.before is not None if page.backwards else more,
        has_previous_page=more if page.backwards else page.after is not None,
        start_cursor=nodes[0].cursor if nodes else None,
        end_cursor=nodes[-1].cursor if nodes else None,
    )
    edges = [EventEdge(cursor=node.cursor, node=replace(node)) for node in nodes]
    return EventConnection(edges=edges, nodes=nodes, page_info=info, total_count=total)
