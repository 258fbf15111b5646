"""Bounds of depth and number, which end a loop and bound a bomb."""

from datetime import datetime, timedelta
from uuid import UUID

from app.automation.definition import Stored
from app.automation.store import BY_SOMEBODY
from app.database import Transaction
from app.events.log import LoggedEvent, Reader
from app.nouns import TASK
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
FOLLOWS_WITHIN = timedelta(hours=1)

_DEPTH = "SELECT depth FROM automation_cause WHERE xid = $1"
_OF_TASK = "SELECT depth FROM task WHERE id = $1"
_BEFORE = f"""
SELECT max(r.depth) + 1 AS depth FROM automation_run r JOIN automation_step_run s ON s.run_id = r.id
WHERE r.opportunity_id = $1 AND s.status = 'DONE' AND s.finished_at >= $2 AND s.finished_at > coalesce((
  SELECT max(e.at) FROM event e WHERE e.opportunity_id = $1 AND e.at >= $2 AND {BY_SOMEBODY}), '-infinity')
"""  # noqa: S608 (constants)
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
_OF_REGISTRATION = """
SELECT count(*) AS n FROM (SELECT FROM automation_run r
  WHERE r.registration_id = $1 AND r.started_at >= date_trunc('day', $2::timestamptz, 'UTC') AND r.status <> 'SKIPPED'
  LIMIT $3) counted
"""
_OF_AUTOMATION = """
SELECT count(*) AS n FROM (SELECT FROM automation_run r
  WHERE r.automation_id = $1 AND r.started_at >= date_trunc('hour', $2::timestamptz, 'UTC') AND r.status <> 'SKIPPED'
  LIMIT $3) counted
"""


async def depth_of(db: Reader, event: LoggedEvent, deal_id: UUID | None) -> int:
    """How many automations have led to it: 0 for a person's. What the product does because of changes, such as to make
    advice anew, follows from what automations have done in the deal since a person did; what becomes of a task, from
    how it was made."""
    row = await db.fetchrow(_DEPTH, event.xid)
    if row is not None or event.actor_id is not None or event.type not in FOLLOWING:
        return 0 if row is None else row["depth"]
    led = []
    if (task_id := event.id_of(TASK)) is not None:
        led.append(await db.fetchrow(_OF_TASK, task_id))
    if deal_id is not None and event.type is not EventType.TASK_OVERDUE:
        led.append(await db.fetchrow(_BEFORE, deal_id, event.at - FOLLOWS_WITHIN))
    return max((one["depth"] or 0 for one in led if one is not None), default=0)


async def caused(tx: Transaction, depth: int) -> None:
    """What the transaction logs is an automation's doing, at this depth."""
    await tx.execute(_CAUSE, depth)


async def forget(tx: Transaction, before: datetime) -> None:
    await tx.execute(_FORGET, before)


async def room(tx: Transaction, automation: Stored, at: datetime) -> int:
    """How many runs of it may still begin in this hour."""
    most = settings().automation_runs_per_hour
    row = await tx.fetchrow(_OF_AUTOMATION, automation.id, at, most)
    return most if row is None else most - row["n"]


async def reached(
    tx: Transaction, automation: Stored, deal_id: UUID | None, registration_id: UUID | None, at: datetime
) -> tuple[str, str] | None:
    """Why no further run is begun now, and the moment under which that is said once; None when one may be."""
    if await room(tx, automation, at) <= 0:
        return hour_reached(is_timed=automation.trigger.is_timed), f"limit/hour/{at:%Y-%m-%dT%H}"
    for name, statement, id in (("deal", _OF_DEAL, deal_id), ("registration", _OF_REGISTRATION, registration_id)):
        if id is None:
            continue
        most = settings().automation_runs_per_deal
        row = await tx.fetchrow(statement, id, at, most)
        if row is not None and row["n"] >= most:
            return deal_reached(name), f"limit/{name}/{id}/{at:%Y-%m-%d}"
    return None


def hour_reached(*, is_timed: bool) -> str:
    rest = "it goes on in the next one" if is_timed else "what else happens in it is left out"
    return f"The automation has run {settings().automation_runs_per_hour} times in this hour; {rest}."


def deal_reached(name: str) -> str:
    most = settings().automation_runs_per_deal
    return f"Automations have run {most} times in this {name} today; what else happens is left out."
