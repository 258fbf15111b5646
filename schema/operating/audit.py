"""The audit log as a list."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
import strawberry
from strawberry.scalars import JSON

from app.audit.reading import MOST_COUNTED, EntryFilter, LoggedEntry, counted, page
from app.database import database
from app.vocabulary import Permission
from schema.arguments import After, Before, First, Last
from schema.context import Info
from schema.engine.cursors import Place, seal
from schema.engine.declare import Made, Requester, to_one
from schema.engine.ids import decode
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.engine.sql.keyset import page_of
from schema.identity.types import User
from schema.pagination import PageInfo
from schema.scalars import Cursor

SCOPE = "audit-entries"
LONGEST = 200
"""Of what is looked for."""
SCAN = Scan(
    "audit_entry",
    {
        "since": Look.FREE,
        "until": Look.PART,
        **dict.fromkeys(("actorId", "actions", "subject"), Look.THROUGH),
    },
)


@strawberry.type(description="An entry of the audit log: who did what to what. It is only ever added.")
class AuditEntry:
    actor_id: strawberry.Private[UUID | None]
    id: strawberry.ID = strawberry.field(
        description="A global id for caches, unique over all types. `node` can't read it."
    )
    at: datetime = strawberry.field(description="The date and time.")
    actor: User | None = to_one("The user who did it; null if nobody in particular did.")
    action: str = strawberry.field(
        description="The action: a type of event such as `OPPORTUNITY_UPDATED`, or another key such as `TOKEN_REFUSED`."
    )
    mutation: str | None = strawberry.field(description="The mutation by which it was done; null if by none.")
    request_id: str | None = strawberry.field(
        description="The id of the request by which it was done; of an automation, its run."
    )
    subject: str | None = strawberry.field(description="The global id of what it was done to.")
    detail: JSON = strawberry.field(
        description="An object of keys, ids, figures and salted digests, by action. Never what people wrote."
    )
    link: int | None = strawberry.field(
        description="The number of its link in the chain of hashes; null for about a minute, until it is sealed."
    )
    hash: str | None = strawberry.field(
        description="The SHA-256 of the link, in hexadecimal: over the hash before it and the entry."
    )

    @property
    def seq(self) -> int:
        return int(self.id.removeprefix("aud_"))

    @classmethod
    def of(cls, logged: LoggedEntry) -> "AuditEntry":
        return cls(
            id=strawberry.ID(f"aud_{logged.seq}"),
            actor_id=logged.actor_id,
            at=logged.at,
            action=logged.action,
            mutation=logged.mutation,
            request_id=logged.request_id,
            subject=logged.subject,
            detail=JSON(orjson.loads(logged.detail)),
            link=logged.number,
            hash=logged.hash,
        )


@strawberry.type(description="An item of a list and its cursor.")
class AuditEntryEdge:
    cursor: Cursor = strawberry.field(description="The item's cursor, for use as `after` or `before`.")
    node: AuditEntry = strawberry.field(description="The item.")


@strawberry.type(description="A page of the audit log.")
class AuditEntryConnection:
    edges: list[AuditEntryEdge] = strawberry.field(description="The items of the page, each with its cursor.")
    nodes: list[AuditEntry] = strawberry.field(description="The items of the page, without cursors.")
    page_info: PageInfo = strawberry.field(description="Pagination information.")
    total_count: int = strawberry.field(description=f"The number of entries, counted up to {MOST_COUNTED:,}.")


@strawberry.input(description="Conditions on entries of the audit log, all of which must hold.")
class AuditEntryFilter:
    since: datetime | None = strawberry.field(default=None, description="Entries at this date and time or later.")
    until: datetime | None = strawberry.field(default=None, description="Entries before this date and time.")
    actor_id: strawberry.ID | None = strawberry.field(default=None, description="The id of the user who acted.")
    actions: list[str] | None = strawberry.field(default=None, description="Entries with one of these actions.")
    subject: str | None = strawberry.field(
        default=None, description="The global id of the thing that was acted on, such as `opp_…`."
    )

    def read(self) -> EntryFilter:
        """What can't be an action or a subject is none."""
        return EntryFilter(
            since=self.since,
            until=self.until,
            actor_id=None if self.actor_id is None else decode(self.actor_id, "usr", "filter", "actorId"),
            actions=None if self.actions is None else tuple(filter(_can_be, self.actions)),
            subject=None if self.subject is None else self.subject if _can_be(self.subject) else "",
        )


def _can_be(text: str) -> bool:
    return len(text) <= LONGEST and "\0" not in text


async def _entries(requester: Requester, arguments: Mapping[str, Any], names: Collection[str]) -> AuditEntryConnection:
    asked = page_of(arguments, SCOPE)
    given: AuditEntryFilter = arguments.get("filter") or AuditEntryFilter()
    wanted = given.read()
    found: Sequence[LoggedEntry] = []
    total = 0
    if requester.viewer.may(Permission.ADMINISTER):
        places = {"after": _number(asked.after), "before": _number(asked.before)}
        found = await page(database(), wanted, **places, limit=asked.size + 1, backwards=asked.backward)
        total = await counted(database(), wanted) if "totalCount" in names else 0
    more = len(found) > asked.size
    kept = (found[-asked.size :] if asked.size else []) if asked.backward else found[: asked.size]
    nodes = [AuditEntry.of(entry) for entry in kept]
    edges = [AuditEntryEdge(cursor=_cursor(node), node=replace(node)) for node in nodes]
    info = PageInfo(
        has_next_page=asked.before is not None if asked.backward else more,
        has_previous_page=more if asked.backward else asked.after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return AuditEntryConnection(edges=edges, nodes=nodes, page_info=info, total_count=total)


def _cursor(entry: AuditEntry) -> Cursor:
    return Cursor(seal((str(entry.seq),), SCOPE))


def _number(place: Place | None) -> int | None:
    return None if place is None else int(place[0] or 0)


@strawberry.type
class AuditQuery:
    @root(
        Made(_entries, scan=SCAN, selects=True),
        "The audit log, newest entry first. For administrators of the vendor; empty for others.",
    )
    async def audit_entries(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[AuditEntryFilter | None, strawberry.argument(description="Filters the list.")] = None,
    ) -> AuditEntryConnection: ...
