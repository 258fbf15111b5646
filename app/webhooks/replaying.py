"""The job that tells an endpoint again of what has happened since a place in the log.

A page of the log and how far the replay has come are one transaction, so that whoever is killed, the next worker goes
on where the last one was. A job looks through a few pages, then others have their turn; while an endpoint has enough to
be sent, its replay waits. What its owner may see is judged page by page, and again when it is sent.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.database import Database, Transaction, database
from app.events.log import LoggedEvent, Position, read
from app.jobs import jobs
from app.webhooks.enqueuing import enqueue
from app.webhooks.matching import chosen
from app.webhooks.owners import OWNED, owner_of
from app.webhooks.replays import CANCELLED, REPLAY, have_it_run

PAGE, PAGES = 200, 10
"""Events that are looked at in one transaction, and transactions of one job."""
MOST_WAITING = 1_000
"""Deliveries that an endpoint may have waiting for its replay to go on."""
PAUSE = timedelta(seconds=5)
RESUME = "resume_webhook_replays"

_STANDS = f"""
SELECT e.*, (SELECT count(*) FROM (
  SELECT FROM webhook_delivery w WHERE w.endpoint_id = e.id AND w.due_at IS NOT NULL LIMIT {MOST_WAITING}) n)
  AS waiting, {OWNED}
WHERE e.id = $1 AND e.replay_status = 'RUNNING'
"""  # noqa: S608
# `replay_started_at` tells one replay from the next.
_SAME = "id = $1 AND replay_status = 'RUNNING' AND replay_started_at = $2"
_MOVE = f"""
UPDATE webhook_endpoint SET replay_xid = $5, replay_seq = $6, replay_told = replay_told + $7,
  replay_reached_at = coalesce($8, replay_reached_at), replay_status = CASE WHEN $9 THEN 'DONE' ELSE replay_status END,
  replay_ended_at = CASE WHEN $9 THEN clock_timestamp() END
WHERE {_SAME} AND (replay_xid, replay_seq) = ($3, $4) RETURNING id
"""  # noqa: S608
_CANCEL = f"UPDATE webhook_endpoint SET {CANCELLED} WHERE {_SAME}"  # noqa: S608
_HOLD = "SELECT id FROM webhook_endpoint WHERE id = $1 AND replay_status = 'RUNNING' FOR NO KEY UPDATE"
_RUNNING = "SELECT id FROM webhook_endpoint WHERE replay_status = 'RUNNING'"


async def go_on(db: Database, endpoint_id: UUID, *, pages: int = PAGES, size: int = PAGE) -> timedelta | None:
    """A job's share. How long the rest of it has to wait; None when there is no rest. `size`: events of a page."""
    for _ in range(pages):
        stands = await db.fetchrow(_STANDS, endpoint_id)
        if stands is None:
            return None
        if stands["waiting"] >= MOST_WAITING:
            return PAUSE
        await _page(db, stands, size)
    return timedelta()


async def _page(db: Database, stands: Mapping[str, Any], size: int) -> None:
    """Chosen before the transaction begins: the log waits for whoever writes for long."""
    at, end = (Position(stands[f"{name}_xid"], stands[f"{name}_seq"]) for name in ("replay", "replay_until"))
    if owner_of(stands) is None:
        await db.fetch(_CANCEL, stands["id"], stands["replay_started_at"])
        return
    page = await read(db, after=at, up_to=end, limit=size) if at < end else []
    told = await chosen(db, stands, page)
    is_last = len(page) < size
    async with db.transaction() as tx:
        if await _move(tx, stands, end if is_last else page[-1].position, told, is_last=is_last):
            await enqueue(tx, [(stands["id"], event) for event in told], again=True)


async def _move(
    tx: Transaction, stands: Mapping[str, Any], to: Position, told: Sequence[LoggedEvent], *, is_last: bool
) -> bool:
    """Whether it is still this replay's turn, at this place."""
    before = stands["replay_started_at"], stands["replay_xid"], stands["replay_seq"]
    last: datetime | None = told[-1].at if told else None
    return await tx.fetchrow(_MOVE, stands["id"], *before, *to, len(told), last, is_last) is not None


@jobs.task(name=REPLAY)
async def replay_webhook(endpoint_id: str) -> None:
    """A worker that dies on the way has it run again; what has been told by then isn't looked at any more."""
    rest = await go_on(database(), UUID(endpoint_id))
    if rest is not None:
        await _later(database(), UUID(endpoint_id), rest)


async def _later(db: Database, endpoint_id: UUID, pause: timedelta) -> None:
    async with db.transaction() as tx:
        if await tx.fetchrow(_HOLD, endpoint_id) is not None:
            await have_it_run(tx, endpoint_id, after=pause)


@jobs.periodic(cron="* * * * *")
@jobs.task(name=RESUME, queueing_lock=RESUME, lock=RESUME)
async def resume_every_minute(timestamp: int) -> None:  # noqa: ARG001 # it may have waited
    """Those whose job has failed."""
    for row in await database().fetch(_RUNNING):
        await _later(database(), row["id"], timedelta())
