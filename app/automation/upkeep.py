"""The nightly upkeep: runs that ended long ago go, with their steps."""

from datetime import UTC, datetime, timedelta

from app.database import Database, database
from app.jobs import jobs
from app.settings import settings

FORGET = "forget_automation_runs"
AT_ONCE = 2_000
_OLD = """
WITH old AS (
  SELECT r.id FROM automation_run r WHERE r.started_at < $1 AND r.finished_at < $1
  ORDER BY r.started_at, r.id LIMIT $2)
DELETE FROM automation_run r USING old WHERE r.id = old.id RETURNING 1
"""


async def forget_old(source: Database, at: datetime) -> int:
    """How many runs have gone. Those that haven't ended stay."""
    gone, before = 0, at - timedelta(days=settings().automation_run_days)
    while rows := await source.fetch(_OLD, before, AT_ONCE):
        gone += len(rows)
    return gone


@jobs.periodic(cron="27 2 * * *")
@jobs.task(name=FORGET, queueing_lock=FORGET, lock=FORGET)
async def forget_every_night(timestamp: int) -> None:  # noqa: ARG001 # it may have waited
    await forget_old(database(), datetime.now(UTC))
