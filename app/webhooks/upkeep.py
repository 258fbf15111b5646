"""The nightly upkeep: what has been kept long enough goes, and secrets are sealed under the key in use."""

from collections.abc import Sequence

from app.database import Database, database
from app.jobs import jobs
from app.settings import settings
from app.webhooks.secrets import Unreadable, is_sealed_anew, open_secret, seal_secret

AT_ONCE = 5_000

_OLD = """
WITH old AS (
  SELECT d.id FROM webhook_delivery d WHERE d.due_at IS NULL AND d.at < now() - make_interval(days => $1) LIMIT $2)
DELETE FROM webhook_delivery d USING old WHERE d.id = old.id RETURNING 1
"""
_OF_REMOVED = """
WITH old AS (
  SELECT d.id FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id
  WHERE e.removed_at IS NOT NULL LIMIT $1)
DELETE FROM webhook_delivery d USING old WHERE d.id = old.id RETURNING 1
"""
_REMOVED = "DELETE FROM webhook_endpoint WHERE removed_at < now() - interval '1 hour'"
_SECRETS = "SELECT id, secret, former_secret FROM webhook_endpoint WHERE removed_at IS NULL"
_SEAL = """
UPDATE webhook_endpoint SET secret = $2, former_secret = $3 WHERE id = $1 AND secret = $4
"""


async def tidy(db: Database, *, days: int) -> None:
    """`days`: for how long deliveries are kept that have come to an end."""
    while len(await db.fetch(_OLD, days, AT_ONCE)) == AT_ONCE:
        pass
    while len(await db.fetch(_OF_REMOVED, AT_ONCE)) == AT_ONCE:
        pass
    await db.fetch(_REMOVED)
    await seal_anew(db)


async def seal_anew(db: Database) -> Sequence[str]:
    """The endpoints whose secrets can't be read: they are sealed under a key that the server has no more."""
    lost = []
    for row in await db.fetch(_SECRETS):
        kept = [row["secret"], row["former_secret"]]
        if all(one is None or is_sealed_anew(one, row["id"]) for one in kept):
            continue
        try:
            sealed = [one and seal_secret(open_secret(one, row["id"]), row["id"]) for one in kept]
        except Unreadable:
            lost.append(f"whe_{row['id']}")
            continue
        await db.fetch(_SEAL, row["id"], *sealed, row["secret"])
    return lost


@jobs.periodic(cron="47 2 * * *")
@jobs.task(name="tidy_webhooks", queueing_lock="tidy_webhooks")
async def tidy_every_night(timestamp: int) -> None:  # noqa: ARG001 # every periodic task is given its time
    await tidy(database(), days=settings().webhook_retention_days)
