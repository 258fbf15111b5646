"""The job that recomputes stale recommendations, so that what a change has made void expires unread."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.database import Database, database
from app.jobs import jobs
from app.recommendations.serve import renew

RENEW = "expire_outdated_advice"
AT_ONCE = 200
BEFORE = timedelta(minutes=10)
"""A deal's change may be as much older than its event: timed by another clock, or before it waited for a lock."""

_OUTDATED = """
SELECT o.id FROM opportunity o JOIN recommendation r ON r.opportunity_id = o.id
WHERE o.updated_at > $1 AND r.opportunity_version <> o.version AND o.id > $2
ORDER BY o.id LIMIT $3
"""


async def expire_outdated(database: Database, at: datetime, since: datetime) -> int:
    """Renew the stored answers of deals that have changed since; how many there were."""
    seen, last = 0, UUID(int=0)
    while True:
        ids = [row["id"] for row in await database.fetch(_OUTDATED, since - BEFORE, last, AT_ONCE)]
        if not ids:
            return seen
        await renew(database, ids, at)
        seen, last = seen + len(ids), ids[-1]
        if len(ids) < AT_ONCE:
            return seen


@jobs.task(name=RENEW)
async def expire_later(since: str | None = None, timestamp: int | None = None) -> None:
    """`timestamp`: as a version that looked every minute has enqueued it."""
    at = datetime.now(UTC)
    began = datetime.fromisoformat(since) if since else datetime.fromtimestamp(timestamp or at.timestamp(), UTC)
    await expire_outdated(database(), at, began)
