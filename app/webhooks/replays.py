"""Replays of endpoints, as their rows keep them: asked for, one at a time, and cancelled where nothing may be sent."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.audit import Entry, add
from app.database import Transaction, database
from app.deals.editing import within
from app.events.log import START, CursorUnknown, Position, locate, position
from app.identity.viewer import Viewer
from app.jobs import defer_missing
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode
from app.webhooks.rights import enabled

REPLAY = "replay_webhook"
MOST = 3
"""Replays of one organisation at once."""
BEHIND = -10
"""The priority of its jobs: behind those of others, who wait for something."""
UNDER_WAY = "A replay is under way: wait for its end, or disable the endpoint to cancel it."

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('webhook replays ' || $1::uuid, 7329))"
_COUNT = """
SELECT count(*) AS n FROM webhook_endpoint
WHERE organization_id = $1 AND replay_status = 'RUNNING' AND removed_at IS NULL
"""
_BEGIN = """
UPDATE webhook_endpoint SET replay_status = 'RUNNING', replay_started_at = clock_timestamp(), replay_ended_at = NULL,
  replay_xid = $2, replay_seq = $3, replay_until_xid = $4, replay_until_seq = $5, replay_told = 0,
  replay_reached_at = NULL
WHERE id = $1
"""


def cancelled_if(condition: str) -> str:
    """SQL for `UPDATE webhook_endpoint SET …`: what is under way ends where the condition holds."""
    ends = f"{condition} AND replay_status = 'RUNNING'"
    return (
        f"replay_status = CASE WHEN {ends} THEN 'CANCELLED' ELSE replay_status END,"
        f" replay_ended_at = CASE WHEN {ends} THEN clock_timestamp() ELSE replay_ended_at END"
    )


CANCELLED = cancelled_if("TRUE")


@dataclass(frozen=True, slots=True)
class ReplayBegun:
    endpoint_id: UUID


async def replay(by: Viewer, endpoint_id: UUID, after: int, *, tx: Transaction | None = None) -> ReplayBegun | Refused:
    """Tell the endpoint again of all that has happened after event `after` and that it listens to; a job does so. 0:
    since the log begins. Of what happens from now on, the consumer tells."""
    faults = Faults()
    begin, end = START, await position(database())
    try:
        begin = await locate(database(), after)
    except CursorUnknown:
        message = "The log no longer holds this cursor; choose a later one, or leave it out."
        faults.note(refused(ErrorCode.INVALID, message, "after"))
    async with within(tx) as own:
        row = await enabled(own, by, endpoint_id)
        if isinstance(row, Refused):
            return faults.beside(row)
        await own.fetch(_TURN, row["organization_id"])
        faults.note(await _no_room(own, row["organization_id"], is_running=row["replay_status"] == "RUNNING"))
        if faults:
            return faults.refused()
        await _begin(own, endpoint_id, begin, end)
        await add(own, Entry("WEBHOOK_REPLAYED", by.user_id, f"whe_{endpoint_id}", {"after": after}))
    return ReplayBegun(endpoint_id)


async def _no_room(tx: Transaction, organization_id: UUID, *, is_running: bool) -> Refused | None:
    if is_running:
        return refused(ErrorCode.INVALID, UNDER_WAY, "endpointId")
    there = await tx.fetchrow(_COUNT, organization_id)
    if there is not None and there["n"] >= MOST:
        message = f"The organisation has {MOST} replays under way, which is the most: wait until one has ended."
        return refused(ErrorCode.INVALID, message, "endpointId")
    return None


async def _begin(tx: Transaction, endpoint_id: UUID, begin: Position, end: Position) -> None:
    await tx.execute(_BEGIN, endpoint_id, *begin, *end)
    await have_it_run(tx, endpoint_id)


async def have_it_run(tx: Transaction, endpoint_id: UUID, *, after: timedelta | None = None) -> None:
    """When nothing else has to. The transaction holds the endpoint."""
    job = {f"{REPLAY} {endpoint_id}": {"endpoint_id": str(endpoint_id)}}
    await defer_missing(tx, REPLAY, job, after=after, priority=BEHIND)
