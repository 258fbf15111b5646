"""The event log: written in the transaction that makes the change, read in the order `(xid, seq)`.

Transactions commit in another order than they draw their `seq` or their transaction id. So an event is *settled*, and
may be read, once every transaction that began writing before its own has ended: then nothing can appear as_viewer a
reader any more. Within one transaction `seq` rises; between transactions `xid` decides. `seq` alone would not do: of
two transactions the one with the larger xid may hold the smaller seq, and a reader at the other's seq would pass it by.

A transaction that writes for a long time therefore holds up the events of all that began after it, until it ends.

`seq` names an event for good, and is what cursors are made of; an xid lasts as long as the database cluster (see
`app.events.restore`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import asyncpg
import orjson

from app.audit.entries import cause
from app.database import Transaction
from app.database.rls import as_viewer
from app.database.sql import Slot, Sql, Statement, all_of, sql
from app.events.parts import FIRST, LAST, behind, beyond, ceiling_after, floor, floor_before, open_since, written_since
from app.identity.scopes import scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.nouns import OPPORTUNITY, Noun
from app.nouns.audiences import BY_SUBJECT
from app.vocabulary import EventType


class Subject(NamedTuple):
    """What an event speaks of: a noun, by the name that events have for it, and one of its rows."""

    type: str
    id: UUID


def about(noun: Noun, id: UUID) -> Subject:
    """Raises `TypeError` for a noun that is the subject of no event."""
    if noun.subject is None:
        raise TypeError(f"{noun.table} is not the subject of events")
    return Subject(noun.subject, id)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that has happened; `app.events.facts` has a constructor for each type, with what its payload holds.

    `opportunity_id`: the deal to which its subject belongs. `partner_id`: of a deal's partners, it is this one's alone.
    `readers`: as `app.models.events` has it.
    """

    type: EventType
    subject: Subject
    actor_id: UUID | None = None
    opportunity_id: UUID | None = None
    payload: Mapping[str, object] = field(default_factory=dict)
    partner_id: UUID | None = None
    readers: Collection[UUID] | None = None


class Page(NamedTuple):
    """`size` events after and before the numbers given, the last of them when `backwards`."""

    size: int
    backwards: bool = False
    after: int | None = None
    before: int | None = None


class OfDeal(NamedTuple):
    """`total`: how many there are in all, as far as they were counted."""

    events: list["LoggedEvent"]
    total: int


class Position(NamedTuple):
    """A place in the log. Positions compare as the log is ordered."""

    xid: int
    seq: int


START = Position(-(2**63), 0)
NOTHING = UUID(int=0)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    seq: int
    xid: int
    type: EventType
    at: datetime
    actor_id: UUID | None
    subject_type: str | None
    subject_id: UUID | None
    opportunity_id: UUID | None
    payload: Mapping[str, Any]
    partner_id: UUID | None = None
    readers: Collection[UUID] | None = None

    @property
    def position(self) -> Position:
        return Position(self.xid, self.seq)

    @property
    def order_key(self) -> UUID:
        """Events of one key are told and handled in the order of the log: those of a deal, or else of one subject."""
        return self.opportunity_id or self.subject_id or NOTHING

    def id_of(self, noun: Noun) -> UUID | None:
        """The subject's id, where it is one of these."""
        return self.subject_id if self.subject_type == noun.subject else None


class CursorUnknown(Exception):
    """No event has this number: it was removed from the log, or never was. Read the current state, then go on live."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"no event {seq} in the log")
        self.seq = seq


class Reader(Protocol):
    """A `Database`, a `Transaction` or a connection."""

    async def fetch(self, sql: str, /, *parameters: object) -> list[asyncpg.Record]: ...

    async def fetchrow(self, sql: str, /, *parameters: object) -> asyncpg.Record | None: ...


# A newer version of the product may write types that this one doesn't know; they are not for its readers.
KNOWN = frozenset(type_.value for type_ in EventType)

SETTLED = "e.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_COLUMNS = "type, actor_id, subject_type, subject_id, opportunity_id, payload"
COLUMNS = (
    "e.seq, e.xid, e.type, e.at, e.actor_id, e.subject_type, e.subject_id, e.opportunity_id,"
    " e.payload::text AS payload, e.partner_id, e.readers"
)

# One text parameter and no arrays: the types of those asyncpg would have to look up on every new connection.
_APPEND = f"""
WITH given AS (
  SELECT * FROM ROWS FROM (jsonb_to_recordset($1::text::jsonb) AS (
    type text, actor_id uuid, subject_type text, subject_id uuid, opportunity_id uuid, payload jsonb,
    partner_id uuid, readers uuid[], audited text
  )) WITH ORDINALITY AS e({_COLUMNS}, partner_id, readers, audited, nth)
), audited AS (
  INSERT INTO audit_entry (actor_id, action, mutation, request_id, subject, detail)
  SELECT actor_id, type, $2, $3, audited, coalesce(payload, '{{}}')
  FROM given WHERE readers IS NULL ORDER BY nth
)
INSERT INTO event ({_COLUMNS}, partner_id, readers) SELECT {_COLUMNS}, partner_id, readers FROM given ORDER BY nth
"""  # noqa: S608


async def append(tx: Transaction, *events: NewEvent) -> None:
    """Write `events` in the order given, and their entries of the audit log, in one statement. What is said to some
    readers tells of an event beside it, and has no entry of its own.

    Call `wake()` once the transaction has committed.
    """
    if events:
        rows = [_row(event) for event in events]
        await tx.execute(_APPEND, orjson.dumps(rows, default=str).decode(), *cause())


def _row(event: NewEvent) -> dict[str, object]:
    return {
        "type": event.type,
        "actor_id": event.actor_id,
        "subject_type": event.subject.type,
        "subject_id": event.subject.id,
        "opportunity_id": event.opportunity_id,
        "payload": event.payload,
        "partner_id": event.partner_id,
        "readers": event.readers,
        "audited": audited(event),
    }


def audited(event: NewEvent) -> str:
    """What the audit log says that it was done to: the deal, or else the subject, by its global id."""
    if event.opportunity_id is not None:
        return f"{OPPORTUNITY.prefix}_{event.opportunity_id}"
    return f"{BY_SUBJECT[event.subject.type].prefix}_{event.subject.id}"


def insertion(source: Sql) -> Sql:
    """`INSERT INTO event (…) SELECT … FROM source`, to stand inside a data-modifying CTE; its slots: `slots_of_event`.

    Writes the event once for each row of `source`, so not at all when the change it reports found nothing to change
    (its entry of the audit log is for the caller to add beside it):

        sql("WITH moved AS (UPDATE … RETURNING id), logged AS ({}) …", insertion(sql("moved")))
    """
    places = "{}::text, {}::uuid, {}::text, {}::uuid, {}::uuid, {}::text::jsonb"
    slots = [Slot(f"event.{name}") for name in _COLUMNS.split(", ")]
    return sql(f"INSERT INTO event ({_COLUMNS}) SELECT {places} FROM {{}}", *slots, source)  # noqa: S608


def slots_of_event(event: NewEvent) -> dict[str, object]:
    return {
        "event.type": event.type.value,
        "event.actor_id": event.actor_id,
        "event.subject_type": event.subject.type,
        "event.subject_id": event.subject.id,
        "event.opportunity_id": event.opportunity_id,
        "event.payload": orjson.dumps(event.payload, default=str).decode(),
    }


async def read(
    db: Reader,
    *,
    after: int | Position | None = None,
    before: int | Position | None = None,
    up_to: Position | None = None,
    limit: int,
    backwards: bool = False,
    types: Collection[EventType] | None = None,
    opportunity_ids: Collection[UUID] | None = None,
    also: Sequence[Sql] = (),
    viewer: Viewer | None = None,
) -> list[LoggedEvent]:
    """At most `limit` settled events, in log order: the first of the span, or its last when `backwards`.

    The span lies between `after` and `before`, both excluded, and ends with `up_to`, included. `types` and
    `opportunity_ids` keep only theirs; with a `viewer`, only what that viewer may see. `also`: further conditions on
    the event `e`.
    Raises `CursorUnknown` when `after` or `before` is the number of no event.
    """
    span = await _span(db, after, before, up_to)
    wanted = all_of([*span.conditions, *_kept(types, opportunity_ids, viewer), *also])
    rows = await (_last if backwards else _first)(db, span, wanted, limit, viewer)
    return [logged(row) for row in (reversed(rows) if backwards else rows)]


CLOSED_PARTS = (2, 12)
"""Of the log, beside those that are written to, in which the first or last events of a span are looked for at first."""


async def _first(
    db: Reader, span: "_Span", wanted: Sql, limit: int, viewer: Viewer | None = None
) -> Sequence[asyncpg.Record]:
    """The first rows of a span: they mostly stand in its first parts. What those leave out is looked through as well
    unless all of it comes after what was found; PostgreSQL would look for the first row of each part before it has one.
    """
    for parts in CLOSED_PARTS:
        statement = sql(
            "SELECT b.xid AS behind, x.*"  # noqa: S608 # constants
            f" FROM (SELECT {ceiling_after('{}::bigint', '{}::bigint')} AS at, {open_since()} AS open) c"
            f" CROSS JOIN LATERAL (SELECT {behind('c.at')} AS xid) b"
            f" LEFT JOIN LATERAL (SELECT {COLUMNS} FROM event e WHERE (e.at < c.at OR e.at >= c.open) AND {{}}"
            " ORDER BY e.xid, e.seq LIMIT {}) x ON TRUE ORDER BY x.xid, x.seq",
            *(span.begin, parts, wanted, limit),
        ).statement()
        found = await db.fetch(statement.text, *_arguments(statement, viewer))
        rows = [row for row in found if row["seq"] is not None]
        if found[0]["behind"] is None or (len(rows) == limit and rows[-1]["xid"] < found[0]["behind"]):
            return rows
    statement = sql(
        f"SELECT {COLUMNS} FROM event e WHERE {{}} ORDER BY e.xid, e.seq LIMIT {{}}",  # noqa: S608
        wanted,
        limit,
    ).statement()
    return await db.fetch(statement.text, *_arguments(statement, viewer))


async def _last(
    db: Reader, span: "_Span", wanted: Sql, limit: int, viewer: Viewer | None = None
) -> Sequence[asyncpg.Record]:
    """The last rows of a span, the last first: they mostly stand in its last parts. What those leave out is looked
    through as well unless all of it comes before what was found."""
    for parts in CLOSED_PARTS:
        statement = sql(
            "SELECT b.xid AS beyond, x.*"  # noqa: S608 # constants
            f" FROM (SELECT {floor_before('{}::bigint', '{}::bigint')} AS at) f"
            f" CROSS JOIN LATERAL (SELECT {beyond('f.at')} AS xid) b"
            f" LEFT JOIN LATERAL (SELECT {COLUMNS} FROM event e WHERE e.at >= f.at AND {{}}"
            " ORDER BY e.xid DESC, e.seq DESC LIMIT {}) x ON TRUE ORDER BY x.xid DESC, x.seq DESC",
            *(span.end, span.end, parts, wanted, limit),
        ).statement()
        found = await db.fetch(statement.text, *_arguments(statement, viewer))
        rows = [row for row in found if row["seq"] is not None]
        if found[0]["beyond"] is None or (len(rows) == limit and rows[-1]["xid"] > found[0]["beyond"]):
            return rows
    statement = sql(
        f"SELECT {COLUMNS} FROM event e WHERE {{}} ORDER BY e.xid DESC, e.seq DESC LIMIT {{}}",  # noqa: S608
        wanted,
        limit,
    ).statement()
    return await db.fetch(statement.text, *_arguments(statement, viewer))


async def read_by_deal(
    db: Reader,
    ids: Sequence[UUID],
    page: Page,
    *,
    types: Collection[EventType] | None,
    viewer: Viewer,
    most_counted: int,
) -> Mapping[UUID, OfDeal]:
    """A page of each deal's settled events that the viewer may see, and one more where there is one; in log order.

    One statement. Raises `CursorUnknown`.
    """
    span = await _span(db, page.after, page.before, None)
    kept = [*_kept(types, None, viewer), sql("e.opportunity_id = w.id"), sql("e.at >= w.since")]
    order = "DESC" if page.backwards else "ASC"
    paged = f"SELECT {COLUMNS} FROM event e WHERE {{}} ORDER BY e.xid {order}, e.seq {order} LIMIT {{}}"  # noqa: S608
    statement = sql(
        "SELECT w.id AS deal, t.total, e.* FROM unnest({}::uuid[], {}::timestamptz[]) w(id, since)"  # noqa: S608 # constants
        " CROSS JOIN LATERAL (SELECT count(*) AS total FROM (SELECT FROM event e WHERE {} LIMIT {}) counted) t"
        f" LEFT JOIN LATERAL ({paged}) e ON TRUE ORDER BY e.xid, e.seq",
        list(ids),
        [written_since(id) for id in ids],
        all_of([sql(SETTLED), *kept]),
        most_counted,
        all_of([*span.conditions, *kept]),
        page.size + 1,
    ).statement()
    found = {id: OfDeal([], 0) for id in ids}
    for row in await db.fetch(statement.text, *_arguments(statement, viewer)):
        events = found[row["deal"]].events
        if row["seq"] is not None:
            events.append(logged(row))
        found[row["deal"]] = OfDeal(events, row["total"])
    return found


async def count(
    db: Reader,
    *,
    types: Collection[EventType] | None = None,
    opportunity_ids: Collection[UUID] | None = None,
    also: Sequence[Sql] = (),
    viewer: Viewer | None = None,
    limit: int | None = None,
) -> int:
    """How many settled events there are; counting stops at `limit`."""
    statement = sql(
        "SELECT count(*) AS n FROM (SELECT FROM event e WHERE {} LIMIT {}) counted",
        all_of([sql(SETTLED), *_kept(types, opportunity_ids, viewer), *also]),
        limit,
    ).statement()
    row = await db.fetchrow(statement.text, *_arguments(statement, viewer))
    return row["n"] if row else 0


async def position(db: Reader) -> Position:
    """Where the newest settled event stands; `START` when there is none."""
    rows = await _last(db, _Span([]), sql(SETTLED), 1)
    return Position(rows[0]["xid"], rows[0]["seq"]) if rows else START


async def locate(db: Reader, seq: int) -> Position:
    """Where event `seq` stands; 0: before the first one. Raises `CursorUnknown`.

    For whoever has been told of it once: a cursor stays valid when its event may not be seen any more, so this looks
    past the wall. Cursors are sealed, so nobody learns of others' events by it.
    """
    if seq == 0:
        return START
    with as_viewer(None):
        row = await db.fetchrow("SELECT xid FROM event WHERE seq = $1", seq)
    if row is None:
        raise CursorUnknown(seq)
    return Position(row["xid"], seq)


def logged(row: Mapping[str, Any]) -> LoggedEvent:
    return LoggedEvent(
        seq=row["seq"],
        xid=row["xid"],
        type=EventType(row["type"]),
        at=row["at"],
        actor_id=row["actor_id"],
        subject_type=row["subject_type"],
        subject_id=row["subject_id"],
        opportunity_id=row["opportunity_id"],
        payload=orjson.loads(row["payload"]),
        partner_id=row["partner_id"],
        readers=row["readers"],
    )


class _Span(NamedTuple):
    """`begin`, `end`: no event of an earlier or later transaction is in it."""

    conditions: list[Sql]
    begin: int = FIRST
    end: int = LAST


async def _span(
    db: Reader, after: int | Position | None, before: int | Position | None, up_to: Position | None
) -> _Span:
    bounds, begin, end = [sql(SETTLED)], FIRST, LAST
    for operator, bound in ((">", after), ("<", before), ("<=", up_to)):
        if bound is not None:
            at = bound if isinstance(bound, Position) else await locate(db, bound)
            bounds.append(sql(f"(e.xid, e.seq) {operator} ({{}}::bigint, {{}}::bigint)", at.xid, at.seq))
            if operator == ">":
                bounds.append(sql(f"e.at >= {floor('{}::bigint')}", at.xid))
                begin = at.xid
            else:
                end = min(end, at.xid)
    return _Span(bounds, begin, end)


def _kept(
    types: Collection[EventType] | None, opportunity_ids: Collection[UUID] | None, viewer: Viewer | None
) -> list[Sql]:
    known = KNOWN if types is None else {type_.value for type_ in types}
    conditions = [sql("e.type = ANY ({}::text[])", sorted(known))]
    if opportunity_ids is not None:
        conditions.append(sql("e.opportunity_id = ANY ({}::uuid[])", list(opportunity_ids)))
    if viewer is not None:
        conditions.append(visible(scope_of(viewer), "event", "e"))
    return conditions


def _arguments(statement: Statement, viewer: Viewer | None) -> list[object]:
    return statement.arguments(slots_of(viewer) if viewer else {})
