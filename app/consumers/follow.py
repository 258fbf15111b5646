"""The way of a consumer along the log: a batch of events and the move of its cursor are one transaction.

Only settled events are read (`app.events.log`), so nothing appears behind a cursor. One worker at a time follows for a
consumer. Its lease is a lock of its transaction: it ends with the transaction, with the connection when the worker
dies, and by PostgreSQL's own hand when the worker falls silent. An event that fails doesn't hold up the others: it is
delayed (`app.consumers.delayed`), and with it what comes after it of the same deal.
"""

import time
from collections.abc import Sequence

import asyncpg

from app.consumers.attempt import Attempt, Pace, attempt
from app.consumers.consumer import Consumer
from app.consumers.delayed import LOST, Delay, blocked, delay
from app.database import Database, Transaction
from app.events.log import COLUMNS, SETTLED, START, LoggedEvent, Position, logged, position
from app.events.parts import floor
from app.events.tail import wake

BATCH = 200
SUSPECTED, BLAMED = 4, 8
"""So many beginnings without an end: events are handled one by one; the first of them is delayed, untried."""

# Any constant will do; beside it stands the hash of a consumer's name.
_LOCK = f"pg_try_advisory_xact_lock({0x57A6E9AC}, hashtext($1))"

_REGISTER = "INSERT INTO consumer_cursor (name, xid, seq) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING"
# By itself, before the transaction whose end it doubts, and only where there is something new and nobody else at work.
_BEGIN = f"""
UPDATE consumer_cursor c SET unfinished = unfinished + 1
WHERE c.name = $1 AND CASE
  WHEN EXISTS (
    SELECT FROM (SELECT {floor("c.xid")} AS at) f CROSS JOIN LATERAL (
      SELECT FROM event e WHERE (e.xid, e.seq) > (c.xid, c.seq) AND e.at >= f.at AND {SETTLED} LIMIT 1) n)
  THEN {_LOCK} ELSE FALSE END
RETURNING unfinished
"""  # noqa: S608
_LEASE = f"SELECT set_config('idle_in_transaction_session_timeout', $2, true), {_LOCK} AS held"
_CURSOR = "SELECT xid, seq FROM consumer_cursor WHERE name = $1"
_NEXT = f"""
SELECT {COLUMNS} FROM event e WHERE (e.xid, e.seq) > ($1, $2) AND e.at >= {floor("$1")} AND {SETTLED}
ORDER BY e.xid, e.seq LIMIT $3
"""  # noqa: S608
_MOVE = """
UPDATE consumer_cursor SET xid = $2, seq = $3, moved_at = now(), unfinished = 0 WHERE name = $1
RETURNING EXISTS (SELECT FROM event e WHERE e.xid = pg_current_xact_id()::text::bigint AND e.at >= now()) AS has_logged
"""


async def register(db: Database, consumer: Consumer) -> None:
    """Give a consumer that is new its cursor."""
    begin = START if consumer.from_start else await position(db)
    await db.fetch(_REGISTER, consumer.name, *begin)


async def follow(db: Database, consumer: Consumer, pace: Pace) -> bool:
    """Handle what comes next, unless another worker does; whether there may be more at once."""
    begun = await db.fetchrow(_BEGIN, consumer.name)
    if begun is None:
        return False
    async with db.transaction() as tx:
        if not await _lease(tx, consumer.name, pace):
            return False
        cursor = await tx.fetchrow(_CURSOR, consumer.name)
        rows = await tx.fetch(_NEXT, *cursor, consumer.page) if cursor else []
        if not rows:
            return False
        reached = await _handle(tx, consumer, rows, begun["unfinished"], pace)
        moved = await tx.fetchrow(_MOVE, consumer.name, *reached)
    if moved is not None and moved["has_logged"]:
        wake()
    return len(rows) == consumer.page or reached.seq != rows[-1]["seq"]


async def _lease(tx: Transaction, name: str, pace: Pace) -> bool:
    """Whether the rest of the transaction is this worker's alone."""
    row = await tx.fetchrow(_LEASE, name, pace.silence)
    return row is not None and bool(row["held"])


async def _handle(
    tx: Transaction, consumer: Consumer, rows: Sequence[asyncpg.Record], unfinished: int, pace: Pace
) -> Position:
    """How far it got: as far as the time goes, and past the first event that the consumer wants in any case."""
    wanted = {type_.value for type_ in consumer.types}
    most, until, handled = BATCH if unfinished < SUSPECTED else 1, time.monotonic() + pace.batch, 0
    keys, delays = await blocked(tx, consumer.name), list[Delay]()
    reached, tried = START, Attempt()
    for row in rows:
        if row["type"] in wanted:
            if handled == most or tried.is_last or (handled and time.monotonic() > until):
                break
            event, handled = logged(row), handled + 1
            if event.order_key in keys:
                delays.append(Delay(event, 0, None, 0))
            else:
                tried = await _try(tx, consumer, event, unfinished, pace)
            if tried.reason is not None:
                delays.append(Delay(event, 1, tried.reason, pace.retry))
                keys.add(event.order_key)
                tried = Attempt()
        reached = Position(row["xid"], row["seq"])
    await delay(tx, consumer.name, delays)
    return reached


async def _try(tx: Transaction, consumer: Consumer, event: LoggedEvent, unfinished: int, pace: Pace) -> Attempt:
    if unfinished > BLAMED:
        return Attempt(LOST)
    return await attempt(tx, consumer, event, pace.handle)
