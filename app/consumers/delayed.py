"""Events behind a consumer's cursor: those that failed, tried again after longer and longer pauses, and those of the
same deal that wait for them.

An attempt is counted before it is begun, so that an event which its worker doesn't survive is put aside as well. One of
the two keeps an order: whoever follows the log adds to a deal's events here for as long as there are any, and of these
only the first is ever due.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from app.consumers.attempt import Attempt, Pace, attempt
from app.consumers.consumer import Consumer
from app.database import Database, Transaction
from app.events.log import COLUMNS, LoggedEvent, logged
from app.models.columns import new_id

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""Events that are handled in one transaction, after the one that they have waited for."""
LOST = "The worker or its connection died while it was handled."

_BLOCKED = "SELECT DISTINCT order_key FROM delayed_event WHERE consumer = $1 AND put_aside_at IS NULL"
_DELAY = """
INSERT INTO delayed_event (id, consumer, xid, seq, order_key, attempts, reason, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(secs => $8))
"""
# The first that is due, by itself: the attempt counts, however it ends.
_CLAIM = """
UPDATE delayed_event SET attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => $2)
WHERE id = (
  SELECT h.id FROM delayed_event h
  WHERE h.consumer = $1 AND h.put_aside_at IS NULL AND h.due_at <= clock_timestamp() AND NOT EXISTS (
    SELECT FROM delayed_event b WHERE b.consumer = h.consumer AND b.order_key = h.order_key
      AND b.put_aside_at IS NULL AND (b.xid, b.seq) < (h.xid, h.seq))
  ORDER BY h.due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, seq, attempts, reason
"""
_SILENCE = "SELECT set_config('idle_in_transaction_session_timeout', $1, true)"
_HOLD = """
SELECT id FROM delayed_event WHERE id = $1 AND attempts = $2 AND put_aside_at IS NULL FOR UPDATE SKIP LOCKED
"""
_EVENT = f"SELECT {COLUMNS} FROM event e WHERE e.seq = $1"  # noqa: S608
# Those that wait for it alone.
_NEXT = f"""
SELECT d.id, {COLUMNS} FROM delayed_event d JOIN event e ON e.seq = d.seq
WHERE d.consumer = $1 AND d.order_key = $2 AND d.put_aside_at IS NULL AND (d.xid, d.seq) > ($3, $4)
  AND d.attempts = 0 AND NOT EXISTS (
    SELECT FROM delayed_event b WHERE b.consumer = d.consumer AND b.order_key = d.order_key
      AND b.put_aside_at IS NULL AND b.attempts > 0 AND (b.xid, b.seq) > ($3, $4) AND (b.xid, b.seq) < (d.xid, d.seq))
ORDER BY d.xid, d.seq LIMIT {AT_ONCE}
"""  # noqa: S608
_DONE = "DELETE FROM delayed_event WHERE id = $1"
_FAILED = """
UPDATE delayed_event SET attempts = $2, reason = $3, due_at = clock_timestamp() + make_interval(secs => $4)
WHERE id = $1
"""
_PUT_ASIDE = "UPDATE delayed_event SET reason = $2, put_aside_at = now() WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Delay:
    """`pause`: until it is due, in seconds."""

    event: LoggedEvent
    attempts: int
    reason: str | None
    pause: float


async def blocked(tx: Transaction, consumer: str) -> set[UUID]:
    """The keys whose further events have to wait."""
    return {row["order_key"] for row in await tx.fetch(_BLOCKED, consumer)}


async def delay(tx: Transaction, consumer: str, delays: Sequence[Delay]) -> None:
    rows = [
        (new_id(), consumer, *one.event.position, one.event.order_key, one.attempts, one.reason, one.pause)
        for one in delays
    ]
    if rows:
        await tx.executemany(_DELAY, rows)


async def retry(db: Database, consumer: Consumer, pace: Pace) -> bool:
    """Try the first that is due; whether there was one."""
    claimed = await db.fetchrow(_CLAIM, consumer.name, pace.lease)
    if claimed is None:
        return False
    async with db.transaction() as tx:
        await tx.execute(_SILENCE, pace.silence)
        if await tx.fetchrow(_HOLD, claimed["id"], claimed["attempts"]) is None:
            return True
        if claimed["attempts"] > pace.attempts:
            await _put_aside(tx, consumer, claimed["id"], claimed["seq"], claimed["reason"] or LOST)
            return True
        row = await tx.fetchrow(_EVENT, claimed["seq"])
        if row is None:
            await _put_aside(tx, consumer, claimed["id"], claimed["seq"], "The log no longer holds it.")
            return True
        tried = await _try(tx, consumer, claimed["id"], logged(row), claimed["attempts"], pace)
        if tried.reason is None and not tried.is_last:
            await _go_on(tx, consumer, logged(row), pace)
    return True


async def _try(tx: Transaction, consumer: Consumer, id: UUID, event: LoggedEvent, attempts: int, pace: Pace) -> Attempt:
    """`attempts`: with this one."""
    tried = await attempt(tx, consumer, event, pace.handle)
    if tried.reason is None:
        await tx.execute(_DONE, id)
    elif attempts >= pace.attempts:
        await _put_aside(tx, consumer, id, event.seq, tried.reason)
    else:
        await tx.execute(_FAILED, id, attempts, tried.reason, pace.retry * 2 ** min(attempts - 1, 30))
    return tried


async def _go_on(tx: Transaction, consumer: Consumer, after: LoggedEvent, pace: Pace) -> None:
    """With those of the same deal that waited for it, until one fails, one ends it, or it has taken long enough."""
    until = time.monotonic() + pace.batch
    for row in await tx.fetch(_NEXT, consumer.name, after.order_key, *after.position):
        if time.monotonic() > until:
            return
        tried = await _try(tx, consumer, row["id"], logged(row), 1, pace)
        if tried.reason is not None or tried.is_last:
            return


async def _put_aside(tx: Transaction, consumer: Consumer, id: UUID, seq: int, reason: str) -> None:
    log.error("a consumer's event is put aside", consumer=consumer.name, event_seq=seq, reason=reason)
    await tx.execute(_PUT_ASIDE, id, reason)
