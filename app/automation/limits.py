"""How deep, and how often: what ends a loop and bounds a bomb."""

from datetime import datetime, timedelta
from uuid import UUID

from app.automation.definition import Stored
from app.database import Transaction
from app.events.log import LoggedEvent, Reader
from app.settings import settings
from app.vocabulary import EventType

MOST_DEPTH = 5
"""So many automations act one because of the other; the next is not begun, and says so."""
FOLLOWING = frozenset(
    {
        EventType.RECOMMENDATIONS_UPDATED,
        EventType.TASK_CREATED,
        EventType.TASK_UPDATED,
        EventType.TASK_COMPLETED,
        EventType.TASK_OVERDUE,
    }
)
FOLLOWS_WITHIN = timedelta(minutes=10)

_DEPTH = "SELECT depth FROM automation_cause WHERE xid = $1"
_LATELY = """
SELECT max(r.depth) + 1 AS depth FROM automation_run r
WHERE r.opportunity_id = $1 AND r.started_at >= $2 AND r.status <> 'SKIPPED'
"""
_CAUSE = """
INSERT INTO automation_cause (xid, depth) VALUES (pg_current_xact_id()::text::bigint, $1)
ON CONFLICT (xid) DO UPDATE SET depth = greatest(automation_cause.depth, excluded.depth)
"""
_FORGET = "DELETE FROM automation_cause WHERE at < $1"
_OF_DEAL = """
SELECT count(*) AS n FROM (SELECT FROM automation_run r
  WHERE r.opportunity_id = $1 AND r.started_at >= date_trunc('day', $2::timestamptz, 'UTC') AND r.status <> 'SKIPPED'
  LIMIT $3) counted
"""
_OF_AUTOMATION = """
SELECT count(*) AS n FROM (SELECT FROM automation_run r
  WHERE r.automation_id = $1 AND r.started_at >= date_trunc('hour', $2::timestamptz, 'UTC') AND r.status <> 'SKIPPED'
  LIMIT $3) counted
"""


async def depth_of(db: Reader, event: LoggedEvent, deal_id: UUID | None) -> int:
    """How many automations have led to it: 0 for a person's. What the product does because of changes, such as to make
    advice anew, may follow from what an automation has just done in the deal."""
    row = await db.fetchrow(_DEPTH, event.xid)
    if row is None and event.actor_id is None and event.type in FOLLOWING and deal_id is not None:
        row = await db.fetchrow(_LATELY, deal_id, event.at - FOLLOWS_WITHIN)
    return 0 if row is None else row["depth"] or 0


async def caused(tx: Transaction, depth: int) -> None:
    """What the transaction logs is an automation's doing, at this depth."""
    await tx.execute(_CAUSE, depth)


async def forget(tx: Transaction, before: datetime) -> None:
    await tx.execute(_FORGET, before)


async def reached(tx: Transaction, automation: Stored, deal_id: UUID | None, at: datetime) -> tuple[str, str] | None:
    """Why no further run is begun now, and the moment under which that is said once; None when one may be."""
    most = settings().automation_runs_per_hour
    row = await tx.fetchrow(_OF_AUTOMATION, automation.id, at, most)
    if row is not None and row["n"] >= most:
        moment = f"limit/hour/{at:%Y-%m-%dT%H}"
        return f"The automation has run {most} times in this hour; what else happens in it is left out.", moment
    if deal_id is None:
        return None
    most = settings().automation_runs_per_deal
    row = await tx.fetchrow(_OF_DEAL, deal_id, at, most)
    if row is not None and row["n"] >= most:
        moment = f"limit/deal/{deal_id}/{at:%Y-%m-%d}"
        return f"Automations have run {most} times in this deal today; what else happens is left out.", moment
    return None
