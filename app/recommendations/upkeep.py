"""Looking after stored advice without anybody reading it: what a change has made void expires within a minute."""

from datetime import UTC, datetime
from uuid import UUID

from app.database import Database, database
from app.jobs import jobs
from app.recommendations.serve import renew

AT_ONCE = 200
RECENT = "10 minutes"
FOR_CERTAIN = "2 days"
"""The nightly look, in case no worker ran for a while."""

_OUTDATED = """
SELECT o.id FROM opportunity o JOIN recommendation r ON r.opportunity_id = o.id
WHERE o.updated_at > $1::timestamptz - $2::text::interval AND r.opportunity_version <> o.version
  AND o.id > $4
ORDER BY o.id LIMIT $3
"""


async def expire_outdated(database: Database, at: datetime, span: str = RECENT) -> int:
    """Renew the stored answers of deals that changed within `span` before `at`; how many there were."""
    seen, last = 0, UUID(int=0)
    while True:
        ids = [row["id"] for row in await database.fetch(_OUTDATED, at, span, AT_ONCE, last)]
        if not ids:
            return seen
        await renew(database, ids, at)
        seen, last = seen + len(ids), ids[-1]
        if len(ids) < AT_ONCE:
            return seen


@jobs.periodic(cron="* * * * *")
@jobs.task(name="expire_outdated_advice", queueing_lock="expire_outdated_advice")
async def every_minute(timestamp: int) -> None:
    await expire_outdated(database(), datetime.fromtimestamp(timestamp, UTC))


@jobs.periodic(cron="29 3 * * *")
@jobs.task(name="expire_outdated_advice_nightly", queueing_lock="expire_outdated_advice_nightly")
async def every_night(timestamp: int) -> None:
    await expire_outdated(database(), datetime.fromtimestamp(timestamp, UTC), FOR_CERTAIN)
