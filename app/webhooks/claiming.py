"""Deliveries that are due, claimed for one worker: of each endpoint as many as there is room for, of one that wants its
order kept those that come next.

Claimed is what its worker has to come back to within the lease; else it is due again, for whoever looks.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.database import Database, Transaction
from app.events.log import COLUMNS, LoggedEvent, Reader, logged
from app.events.visible import hearers
from app.identity.scopes import audience_of
from app.identity.viewer import Viewer
from app.webhooks.owners import OWNED, owner_of

RUN = 50
"""Deliveries to an endpoint that wants its order kept, claimed at once."""

_OPEN = """
e.enabled AND e.removed_at IS NULL AND (e.resting_until IS NULL OR e.resting_until <= clock_timestamp())
"""
_IN_ORDER = f"""
SELECT e.id FROM webhook_endpoint e WHERE e.ordered AND {_OPEN} AND e.id <> ALL ($1::uuid[])
  AND EXISTS (SELECT FROM webhook_delivery w WHERE w.endpoint_id = e.id AND w.due_at <= clock_timestamp())
"""  # noqa: S608
# Not their rows: whoever writes results holds deliveries and then endpoints.
_HOLD = """
SELECT i.id FROM unnest($1::uuid[]) AS i(id)
WHERE pg_try_advisory_xact_lock(hashtextextended('webhook order ' || i.id, 7331))
"""
# $1, $2: endpoints that are busy here, and with how many requests; $3, $4: how many there may be, and where it fails;
# $6: how many of one organisation's; $7: how many may be begun; $8: of the endpoints that want their order kept, those
# that are held. Endpoints take turns: each gets its next request only when all others have as many. One that wants its
# order kept takes one request at a time.
_CLAIM = f"""
WITH busy AS (
  SELECT e.organization_id, sum(b.requests) AS requests
  FROM unnest($1::uuid[], $2::int[]) AS b(id, requests) JOIN webhook_endpoint e ON e.id = b.id GROUP BY 1
), open AS (
  SELECT e.id, e.organization_id, e.ordered, b.id IS NULL AS idle, coalesce(b.requests, 0) AS requests, CASE
    WHEN e.ordered THEN 1 WHEN e.failing_since IS NULL THEN $3::int ELSE $4::int END - coalesce(b.requests, 0) AS room
  FROM webhook_endpoint e LEFT JOIN unnest($1::uuid[], $2::int[]) AS b(id, requests) ON b.id = e.id
  WHERE {_OPEN} AND (NOT e.ordered OR e.id = ANY ($8::uuid[]))
), turn AS (
  SELECT o.id, o.organization_id, o.requests + d.nth AS nth, random() AS drawn FROM open o CROSS JOIN LATERAL (
    SELECT row_number() OVER () AS nth FROM (SELECT FROM webhook_delivery w
      WHERE w.endpoint_id = o.id AND w.due_at <= clock_timestamp() LIMIT greatest(o.room, 0)) n) d
), own AS (
  SELECT t.*, coalesce(b.requests, 0)
    + row_number() OVER (PARTITION BY t.organization_id ORDER BY t.nth, t.drawn) AS of_own
  FROM turn t LEFT JOIN busy b USING (organization_id)
), chosen AS (
  SELECT id FROM own WHERE of_own <= $6::int ORDER BY nth, drawn LIMIT greatest($7::int, 0)
), lane AS (
  SELECT o.id, o.ordered, o.idle, c.room
  FROM open o JOIN (SELECT id, count(*) AS room FROM chosen GROUP BY id) c USING (id)
), due AS (
  SELECT d.id FROM lane l CROSS JOIN LATERAL (
    SELECT w.id FROM webhook_delivery w WHERE w.endpoint_id = l.id AND w.due_at <= clock_timestamp()
    ORDER BY w.due_at LIMIT greatest(l.room, 0) FOR UPDATE SKIP LOCKED) d
  WHERE NOT l.ordered
  UNION ALL
  SELECT d.id FROM lane l CROSS JOIN LATERAL (
    SELECT n.id, bool_and(n.due_at <= clock_timestamp()) OVER (ORDER BY n.event_xid, n.event_seq, n.id) AS next
    FROM (SELECT w.id, w.due_at, w.event_xid, w.event_seq FROM webhook_delivery w
      WHERE w.endpoint_id = l.id AND w.due_at IS NOT NULL
      ORDER BY w.event_xid, w.event_seq, w.id LIMIT {RUN}) n) d
  WHERE l.ordered AND l.idle AND d.next
)
UPDATE webhook_delivery w SET due_at = clock_timestamp() + make_interval(secs => $5) FROM due
WHERE w.id = due.id AND w.due_at <= clock_timestamp()
RETURNING w.id, w.endpoint_id, w.due_at, w.type, w.event_seq, w.event_xid, w.at, w.failures, w.attempt,
  w.payload::text AS payload
"""  # noqa: S608
_ENDPOINTS = f"SELECT e.*, {OWNED} WHERE e.id = ANY ($1::uuid[])"
_EVENTS = f"SELECT {COLUMNS} FROM event e WHERE e.seq = ANY ($1::bigint[]) AND e.at BETWEEN $2 AND $3"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery, with all that sending it takes. `event`: None: no event says it, or the log holds it no more.
    `seen`: whether the owner may hear of it now."""

    delivery: Mapping[str, Any]
    endpoint: Mapping[str, Any]
    owner: Viewer | None
    event: LoggedEvent | None
    seen: bool

    @property
    def id(self) -> UUID:
        id: UUID = self.delivery["id"]
        return id

    @property
    def order(self) -> tuple[int, int, UUID]:
        """Deliveries that no event says come last, as PostgreSQL sorts it."""
        none = 2**63
        xid, seq = self.delivery["event_xid"], self.delivery["event_seq"]
        return none if xid is None else xid, none if seq is None else seq, self.id


@dataclass(frozen=True, slots=True)
class Room:
    """`usual`, `failing`: how many requests at once to one endpoint, and to one that fails. `each`: of one
    organisation's. `more`: how many may be begun now."""

    usual: int
    failing: int
    each: int
    more: int


async def claim(db: Database, busy: Mapping[UUID, int], room: Room, *, lease: float) -> Sequence[Claimed]:
    """`busy`: requests that are under way here, by endpoint. `lease`: in seconds. Up to seven statements, however much
    there is."""
    in_order = [row["id"] for row in await db.fetch(_IN_ORDER, list(busy))]
    if in_order:
        async with db.transaction() as tx:
            rows = await claim_within(tx, busy, room, in_order, lease=lease)
    else:
        rows = await _claim(db, busy, room, (), lease)
    if not rows:
        return ()
    endpoints = {row["id"]: row for row in await db.fetch(_ENDPOINTS, list({row["endpoint_id"] for row in rows}))}
    owners = {id: owner_of(row) for id, row in endpoints.items()}
    events = await _events(db, rows)
    listening = {audience_of(owner) for owner in owners.values() if owner is not None}
    heard = await hearers(db, [*events.values()], listening) if events and listening else {}
    found = []
    for row in rows:
        owner, event = owners[row["endpoint_id"]], events.get(row["event_seq"])
        seen = owner is not None and event is not None and audience_of(owner) in heard[event.seq]
        found.append(Claimed(row, endpoints[row["endpoint_id"]], owner, event, seen))
    return found


async def claim_within(
    tx: Transaction, busy: Mapping[UUID, int], room: Room, in_order: Collection[UUID], *, lease: float
) -> Sequence[asyncpg.Record]:
    """The deliveries' rows. `in_order`: endpoints that want their order kept. Those that nobody else is claiming from
    are held until the transaction ends, and looked at only then: so that whoever claims the next of them sees what was
    claimed before."""
    held = [row["id"] for row in await tx.fetch(_HOLD, list(in_order))]
    return await _claim(tx, busy, room, held, lease)


async def _claim(
    db: Reader, busy: Mapping[UUID, int], room: Room, held: Collection[UUID], lease: float
) -> Sequence[asyncpg.Record]:
    counted = list(busy), list(busy.values())
    return await db.fetch(_CLAIM, *counted, room.usual, room.failing, lease, room.each, room.more, list(held))


async def _events(db: Database, rows: Sequence[asyncpg.Record]) -> dict[int, LoggedEvent]:
    times = {row["event_seq"]: row["at"] for row in rows if row["event_seq"] is not None}
    if not times:
        return {}
    found = await db.fetch(_EVENTS, list(times), min(times.values()), max(times.values()))
    return {row["seq"]: logged(row) for row in found}
