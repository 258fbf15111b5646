"""All that time does to notifications: deals that stall, digests and quiet hours that end, what is old."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.database import Database, Transaction, database
from app.database.sql import Slot, sql
from app.deals.queries import stall_after_days
from app.jobs import defer_missing, jobs
from app.notifications.addresses import seal_anew
from app.notifications.counter import lock_free_inboxes, lock_inboxes, mark_stale, recount, set_aside
from app.notifications.notify import DELIVER, Notice, notify
from app.notifications.people import people
from app.notifications.recipients import of_deal
from app.settings import settings
from app.vocabulary import NotificationKind

STALLING, SWEEP, FORGET = "tell_of_stalled_deals", "deliver_due_notifications", "forget_notifications"
AT_ONCE = 200
FRESH = timedelta(days=2)
"""How long ago a deal may have begun to stall to be news: who begins to use the product isn't told of years."""
KEPT_MESSAGES = timedelta(days=30)

# Those that began to stall lately and of which nobody was told yet.
_STALLED = sql(
    "SELECT o.id, o.entered_stage_at FROM opportunity o JOIN stage s ON s.id = o.stage_id"  # noqa: S608 (constants)
    f" CROSS JOIN LATERAL (SELECT o.entered_stage_at + make_interval(secs => 86400 * ({stall_after_days('o', 's')}))"
    "  AS since) x WHERE o.status = 'OPEN' AND s.kind = 'OPEN' AND o.id > {} AND x.since <= {}::timestamptz"
    " AND x.since > {}::timestamptz AND NOT EXISTS (SELECT FROM notification n WHERE n.opportunity_id = o.id"
    f"  AND n.kind = '{NotificationKind.DEAL_STALLED}' AND n.at >= x.since) ORDER BY o.id LIMIT {AT_ONCE}",
    *(Slot("after"), Slot("at"), Slot("since")),
).statement()
_DUE = """
SELECT d.user_id FROM notification_delivery d WHERE d.due_at <= $1
UNION SELECT m.user_id FROM notification_message m WHERE m.due_at <= $1
"""
_OLD = "SELECT DISTINCT user_id FROM notification WHERE at < $1"
_FORGET = "DELETE FROM notification WHERE user_id = $1 AND at < $2 RETURNING 1"
_STALE = f"SELECT user_id FROM inbox WHERE standing IS NULL LIMIT {AT_ONCE}"  # noqa: S608 (a constant)
_OLD_MESSAGES = "DELETE FROM notification_message WHERE due_at IS NULL AND made_at < $1"
NOTHING = UUID(int=0)


async def tell_of_stalled(source: Database, at: datetime) -> int:
    """How many deals began to stall."""
    found, last = 0, NOTHING
    while True:
        arguments = _STALLED.arguments({"after": last, "at": at, "since": at - FRESH})
        rows = await source.fetch(_STALLED.text, *arguments)
        for row in rows:
            last = row["id"]
            async with source.transaction() as tx:
                await _tell_of(tx, row["id"], row["entered_stage_at"], at)
        found += len(rows)
        if len(rows) < AT_ONCE:
            return found


async def _tell_of(tx: Transaction, deal: UUID, entered: datetime, at: datetime) -> None:
    concerned = await of_deal(tx, deal)
    to = concerned.of("owner_id", "channel_manager_id") or concerned.of("managers")
    key = f"stalled/{deal}/{entered.isoformat()}"
    details = {"days": (at - entered).days}
    await notify(tx, Notice(NotificationKind.DEAL_STALLED, key, to, opportunity_id=deal, details=details), at)


async def sweep(source: Database, at: datetime) -> int:
    """Has whatever is due delivered; to how many people."""
    ids = [row["user_id"] for row in await source.fetch(_DUE, at)]
    for begin in range(0, len(ids), AT_ONCE):
        some = ids[begin : begin + AT_ONCE]
        async with source.transaction() as tx:
            held = await lock_free_inboxes(tx, some)  # who holds another delivers, or the next sweep does
            await defer_missing(tx, DELIVER, {f"{DELIVER}/{id}": {"user_id": str(id)} for id in held})
    return len(ids)


async def count_stale(source: Database) -> None:
    """Counts what was marked stale, one inbox after the other. Of whoever can't sign in, nothing is to be counted until
    they can again, and ask."""
    for row in await source.fetch(_STALE):
        async with source.transaction() as tx:
            found = await people(tx, [row["user_id"]])
            await recount(tx, [one.viewer for one in found])
            if not found:
                await set_aside(tx, row["user_id"])


async def forget_old(source: Database, at: datetime) -> int:
    """How many notifications have gone. One person's after the other's, so that no two inboxes are held at once."""
    gone, before = 0, at - timedelta(days=settings().notification_days)
    for row in await source.fetch(_OLD, before):
        async with source.transaction() as tx:
            await lock_inboxes(tx, [row["user_id"]])
            gone += len(await tx.fetch(_FORGET, row["user_id"], before))
            await mark_stale(tx, [row["user_id"]])
    async with source.transaction() as tx:
        await tx.execute(_OLD_MESSAGES, at - KEPT_MESSAGES)
    return gone


@jobs.periodic(cron="*/15 * * * *")
@jobs.task(name=STALLING, queueing_lock=STALLING, lock=STALLING)
async def tell_every_quarter(timestamp: int) -> None:  # noqa: ARG001 # it may have waited
    await tell_of_stalled(database(), datetime.now(UTC))


@jobs.periodic(cron="* * * * *")
@jobs.task(name=SWEEP, queueing_lock=SWEEP, lock=SWEEP)
async def sweep_every_minute(timestamp: int) -> None:  # noqa: ARG001 # likewise
    await sweep(database(), datetime.now(UTC))
    await count_stale(database())


@jobs.periodic(cron="47 2 * * *")
@jobs.task(name=FORGET, queueing_lock=FORGET, lock=FORGET)
async def forget_every_night(timestamp: int) -> None:  # noqa: ARG001 # likewise
    await forget_old(database(), datetime.now(UTC))
    await seal_anew(database())
