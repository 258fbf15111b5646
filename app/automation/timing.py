"""The job that looks, every minute, for deals whose time has come for an automation."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from app.automation import facts as known
from app.automation import limits, store
from app.automation.beginning import Moment, begin, concerns, run_soon
from app.automation.definition import Stored
from app.automation.language import Facts
from app.automation.moments import Found, find
from app.database import Database, Transaction, database
from app.database.failures import is_unreachable
from app.deals.fields import change
from app.jobs import jobs

log = structlog.get_logger(__name__)

LOOK = "look_for_automation_moments"
REMEMBERED = timedelta(days=7)
"""For which it is known what an automation has caused: far longer than any consumer lags behind."""


async def look(source: Database, at: datetime) -> int:
    """How many runs were begun."""
    begun = 0
    for automation in await store.timed(source):
        try:
            while True:
                number, more = await _page(source, automation.id, at)
                begun += number
                if not more:
                    break
        except Exception as failure:
            if is_unreachable(failure):
                raise
            log.exception("automation.look_failed", automation=automation.definition.key)
    return begun


async def _page(source: Database, id: UUID, at: datetime) -> tuple[int, bool]:
    """One page of deals and how far the look has come with them, together; whether there may be more."""
    async with source.transaction() as tx:
        automation = await store.by_id(tx, id, lock=True)
        if automation is None or not automation.enabled or (automation.looked_until or at) > at:
            return 0, False
        found = await find(tx, automation, at)
        begun, seen = await _begin(tx, found, automation, at)
        if seen == len(found.deals):
            await change(tx, "automation", id, {"looked_until": found.until, "looked_id": found.id})
        elif seen:
            last = found.deals[seen - 1]
            await change(tx, "automation", id, {"looked_until": last.until, "looked_id": last.id})
        if begun:
            await run_soon(tx)
    return begun, found.more and seen == len(found.deals)


async def _begin(tx: Transaction, found: Found, automation: Stored, at: datetime) -> tuple[int, int]:
    """How many runs it has begun, and of how many deals it has got to: what an hour has no room for waits for the
    next."""
    rows = await known.deals(tx, [due.id for due in found.deals])
    begun, room = 0, await limits.room(tx, automation, at)
    for place, due in enumerate(found.deals):
        if due.id not in rows or not concerns(
            automation, Facts(known.of_deal(rows[due.id], at, automation.trigger.zone))
        ):
            continue
        new = await begin(tx, automation, Moment(due.key, at, due.id), at) is not None
        if begun >= room:
            return begun, place
        begun += new
    return begun, len(found.deals)


@jobs.periodic(cron="* * * * *")
@jobs.task(name=LOOK, queueing_lock=LOOK, lock=LOOK)
async def every_minute(timestamp: int) -> None:  # noqa: ARG001 # it may have waited
    now = datetime.now(UTC)
    await look(database(), now)
    async with database().transaction() as tx:
        await limits.forget(tx, now - REMEMBERED)
