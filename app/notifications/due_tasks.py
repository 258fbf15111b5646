"""Telling people of their tasks on the day that they are due, in the time zone of each. What is due at midnight, or
before the first look of a day would tell of it, is due at the end of the day before."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.database import Database, database
from app.jobs import jobs
from app.notifications.notify import Notice, notify
from app.notifications.schedule import zone_of
from app.vocabulary import NotificationKind

LOOK = "tell_of_due_tasks"
AT_ONCE = 200
LONGEST_DAY = timedelta(hours=25)
"""When the clocks go back."""
EVERY = timedelta(minutes=15)

_DUE = f"""
SELECT t.id, t.due_at, t.created_at, t.assignee_id, t.opportunity_id, t.registration_id, u.time_zone,
  (SELECT max(n.at) FROM notification n WHERE n.task_id = t.id AND n.user_id = t.assignee_id
    AND n.kind = '{NotificationKind.TASK_DUE}') AS told_at
FROM task t JOIN user_account u ON u.id = t.assignee_id
WHERE (t.due_at, t.id) > ($1::timestamptz, $2::uuid) AND t.due_at <= $3 AND t.status IN ('OPEN', 'IN_PROGRESS')
ORDER BY t.due_at, t.id LIMIT {AT_ONCE}
"""  # noqa: S608 (constants)
LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


async def tell_of_due(source: Database, at: datetime) -> int:
    """How many people are told. Nobody is of a task that was made on the day itself, nor of one whose time has come:
    that one is overdue."""
    told, after = 0, (at, LAST_ID)
    while True:
        rows = await source.fetch(_DUE, *after, at + LONGEST_DAY + EVERY)
        for row in rows:
            after = row["due_at"], row["id"]
            if _is_news(row, at):
                async with source.transaction() as tx:
                    told += len(await notify(tx, _notice(row), at))
        if len(rows) < AT_ONCE:
            return told


def _is_news(row: Mapping[str, Any], at: datetime) -> bool:
    zone = zone_of(row["time_zone"])
    made, today, due = (time.astimezone(zone).date() for time in (row["created_at"], at, row["due_at"] - EVERY))
    is_told = row["told_at"] is not None and row["told_at"].astimezone(zone).date() == today
    return made < today == due and not is_told


def _notice(row: Mapping[str, Any]) -> Notice:
    return Notice(
        NotificationKind.TASK_DUE,
        f"due/{row['id']}/{row['due_at'].isoformat()}",
        [row["assignee_id"]],
        opportunity_id=row["opportunity_id"],
        registration_id=row["registration_id"],
        task_id=row["id"],
    )


@jobs.periodic(cron="*/15 * * * *")
@jobs.task(name=LOOK, queueing_lock=LOOK, lock=LOOK)
async def tell_every_quarter(timestamp: int) -> None:  # noqa: ARG001 # it may have waited
    await tell_of_due(database(), datetime.now(UTC))
