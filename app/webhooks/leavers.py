"""The job that looks for endpoints whose owner left. PostgreSQL disables them together with the change of the owner;
their organisation is told here, and those of a partner that was ended are found here."""

from app.database import Database, database
from app.jobs import jobs
from app.webhooks.disabling import OWNERLESS, disable

TELL = "tell_of_endpoints_without_owner"

_LEFT = """
SELECT e.id FROM webhook_endpoint e JOIN user_account u ON u.id = e.owner_id
JOIN organization o ON o.id = u.organization_id
WHERE e.removed_at IS NULL AND (e.owner_left
  OR (e.enabled AND (NOT u.active OR o.status = 'ENDED' OR u.organization_id <> e.organization_id)))
ORDER BY e.id LIMIT 100 FOR NO KEY UPDATE OF e SKIP LOCKED
"""


async def tell_of_leavers(db: Database) -> int:
    """How many there were."""
    async with db.transaction() as tx:
        found = [row["id"] for row in await tx.fetch(_LEFT)]
        await disable(tx, dict.fromkeys(found, OWNERLESS))
    return len(found)


@jobs.periodic(cron="* * * * *")
@jobs.task(name=TELL, queueing_lock=TELL, lock=TELL)
async def tell_every_minute(timestamp: int) -> None:  # noqa: ARG001 # it may have waited
    await tell_of_leavers(database())
