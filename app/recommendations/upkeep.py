"""The jobs that recompute stale recommendations, so that what a change has made void expires unread, and every open
deal has advice of the day (UTC): lists over all deals rank what is stored.

The work is bounded: batch by batch, with rests, so that what is left of the machine is for those who wait for answers.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from app.database import Database, database
from app.database.failures import is_unreachable
from app.jobs import defer, jobs
from app.recommendations.serve import renew
from app.recommendations.store import FRESH_FOR
from catalogues import LANGUAGES

log = structlog.get_logger(__name__)

RENEW = "expire_outdated_advice"
ADVISE = "advise_open_deals"
AT_ONCE = 200
BEFORE = timedelta(minutes=10)
"""A deal's change may be as much older than its event: timed by another clock, or before it waited for a lock."""

BATCH = 25
SECONDS = 45.0
"""For how long one run goes on; what is left then waits for the next minute's."""
REST_OF_WAITED_FOR, REST_OF_OLD = 1.0, 9.0
"""The pause after a batch, as a multiple of what it took: half of the time goes into deals that have no advice on what
they are now, a tenth into those whose advice is old."""

_OUTDATED = """
SELECT o.id FROM opportunity o JOIN recommendation r ON r.opportunity_id = o.id
WHERE o.updated_at > $1 AND r.opportunity_version <> o.version AND o.id > $2
ORDER BY o.id LIMIT $3
"""
_NEW = """
SELECT o.id FROM opportunity o WHERE o.updated_at > $1 AND o.status = 'OPEN' AND o.id > $2
  AND NOT EXISTS (SELECT FROM recommendation r WHERE r.opportunity_id = o.id)
ORDER BY o.id LIMIT $3
"""
# Whoever dismisses or completes an action ends the time of the answer that it was part of.
_ANSWERED = """
SELECT r.opportunity_id AS id FROM recommendation r
WHERE r.fresh_until BETWEEN $1 AND $4 AND r.fresh_until < r.generated_at + $5::interval AND r.opportunity_id > $2
ORDER BY 1 LIMIT $3
"""
_WAITING = """
WITH spoken AS (
  SELECT u.organization_id, g.kind = 'VENDOR' AS is_vendor,
    array_agg(DISTINCT split_part(lower(u.language), '-', 1)) AS languages
  FROM user_account u JOIN organization g ON g.id = u.organization_id
  WHERE u.active AND split_part(lower(u.language), '-', 1) = ANY ($5::text[]) GROUP BY 1, 2
)
SELECT id, current FROM (
  SELECT o.id, r.generated_at, r.basis_at, p.updated_at,
    coalesce(r.opportunity_version = o.version
      AND (r.fresh_until > $1 OR r.fresh_until >= r.generated_at + $2::interval)
      AND r.languages @> coalesce(ours.languages, '{}') AND r.languages @> coalesce(theirs.languages, '{}'),
      FALSE) AS current
  FROM opportunity o JOIN playbook p ON p.id = o.playbook_id LEFT JOIN recommendation r ON r.opportunity_id = o.id
  LEFT JOIN spoken ours ON ours.is_vendor LEFT JOIN spoken theirs ON theirs.organization_id = o.partner_id
  WHERE o.status = 'OPEN') AS deal
WHERE NOT current OR generated_at < $3 OR basis_at <= greatest(updated_at,
  (SELECT max(c.updated_at) FROM content c), (SELECT max(u.updated_at) FROM guidance_rule u))
ORDER BY current, generated_at NULLS FIRST LIMIT $4
"""


async def expire_outdated(database: Database, at: datetime, since: datetime) -> int:
    """Renew the stored answers of deals that have changed since; how many there were."""
    return await _renew_all(database, at, _OUTDATED, since - BEFORE)


async def follow_up(database: Database, at: datetime, since: datetime) -> int:
    """Work out the first advice on deals that have come since, and what comes after advice that was answered; how many
    there were."""
    new = await _renew_all(database, at, _NEW, since - BEFORE, told=True)
    return new + await _renew_all(database, at, _ANSWERED, since - BEFORE, at, FRESH_FOR)


async def _renew_all(
    database: Database, at: datetime, statement: str, since: datetime, *more: object, told: bool = False
) -> int:
    seen, last = 0, UUID(int=0)
    while True:
        ids = [row["id"] for row in await database.fetch(statement, since, last, AT_ONCE, *more)]
        if not ids:
            return seen
        for n in range(0, len(ids), BATCH):
            started = perf_counter()
            await renew(database, ids[n : n + BATCH], at, read=False, told=told)
            await asyncio.sleep(REST_OF_WAITED_FOR * (perf_counter() - started))
        seen, last = seen + len(ids), ids[-1]
        if len(ids) < AT_ONCE:
            return seen


@jobs.task(name=RENEW)
async def expire_later(since: str | None = None, timestamp: int | None = None) -> None:
    """`timestamp`: as a version that looked every minute has enqueued it."""
    at = datetime.now(UTC)
    began = datetime.fromisoformat(since) if since else datetime.fromtimestamp(timestamp or at.timestamp(), UTC)
    await expire_outdated(database(), at, began)
    await follow_up(database(), at, began)


async def advise_open_deals(database: Database, at: datetime, *, seconds: float = SECONDS, rest: bool = True) -> int:
    """Work out what open deals have no advice on, or old; first what waits longest. How many there were.

    `seconds`: no batch begins later than that. `rest`: pause between batches.
    """
    began, seen = perf_counter(), 0
    today = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = (at, FRESH_FOR, today, AT_ONCE, list(LANGUAGES))
    while waiting := await database.fetch(_WAITING, *asked):
        for n in range(0, len(waiting), BATCH):
            started = perf_counter()
            if started - began > seconds:
                return seen
            batch = waiting[n : n + BATCH]
            await _renew_each(database, [row["id"] for row in batch], at)
            seen += len(batch)
            if rest:
                await asyncio.sleep(_share(batch) * (perf_counter() - started))
        if len(waiting) < AT_ONCE:
            break
    return seen


async def _renew_each(database: Database, ids: Sequence[UUID], at: datetime) -> None:
    """A deal whose advice can't be worked out doesn't keep others from theirs; it is logged, and tried again."""
    try:
        await renew(database, ids, at, read=False)
    except Exception as failure:
        if is_unreachable(failure):
            raise
        if len(ids) == 1:
            log.exception("guidance.deal_failed", deal=str(ids[0]))
            return
        for id in ids:
            await _renew_each(database, [id], at)


def _share(batch: Sequence[Any]) -> float:
    return REST_OF_OLD if all(row["current"] for row in batch) else REST_OF_WAITED_FOR


async def advise_soon(database: Database) -> None:
    """Have a worker look now, and not at the next minute."""
    with suppress(asyncpg.UniqueViolationError):  # such a look waits already
        async with database.transaction() as tx:
            await defer(tx, ADVISE, lock=ADVISE, queueing_lock=ADVISE, timestamp=int(datetime.now(UTC).timestamp()))


@jobs.periodic(cron="* * * * *")
@jobs.task(name=ADVISE, queueing_lock=ADVISE, lock=ADVISE)
async def every_minute(timestamp: int) -> None:  # noqa: ARG001 # when it was enqueued: it may have waited
    await advise_open_deals(database(), datetime.now(UTC))
