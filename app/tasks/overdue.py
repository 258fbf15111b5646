"""Telling that tasks are overdue, once for each due date, by a job every minute. An index holds those of which it is to
be told; the others cost nothing."""

from datetime import UTC, datetime

from app.database import Database, database
from app.events import append, facts, wake
from app.jobs import jobs
from app.vocabulary import EventType, TaskStatus

LOOK = "tell_overdue_tasks"
AT_ONCE = 500
_OVERDUE = f"""
UPDATE task SET overdue_at = $1 WHERE id IN (
  SELECT t.id FROM task t
  WHERE t.due_at < $1 AND t.status IN ('OPEN', 'IN_PROGRESS') AND t.overdue_at IS NULL
  ORDER BY t.due_at, t.id LIMIT {AT_ONCE} FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id, opportunity_id, registration_id, assignee_id, organization_id, status
"""  # noqa: S608 (a constant)


async def tell_overdue(source: Database, at: datetime) -> int:
    """How many became overdue since it was last asked."""
    told = 0
    while True:
        async with source.transaction() as tx:
            rows = await tx.fetch(_OVERDUE, at)
            events = [
                facts.task_changed(
                    EventType.TASK_OVERDUE,
                    row["id"],
                    opportunity_id=row["opportunity_id"],
                    registration_id=row["registration_id"],
                    assignee_id=row["assignee_id"],
                    organization_id=row["organization_id"],
                    status=TaskStatus(row["status"]),
                    fields=[],
                    actor_id=None,
                )
                for row in sorted(rows, key=lambda row: row["id"])
            ]
            await append(tx, *events)
        told += len(rows)
        if len(rows) < AT_ONCE:
            break
    if told:
        wake()
    return told


@jobs.periodic(cron="* * * * *")
@jobs.task(name=LOOK, queueing_lock=LOOK, lock=LOOK)
async def every_minute(timestamp: int) -> None:  # noqa: ARG001 # it may have waited
    await tell_overdue(database(), datetime.now(UTC))
