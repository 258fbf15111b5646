"""Folding: what has changed since goes from `rollup_change` into the roll-ups, by one process at a time."""

import asyncio
from datetime import timedelta

import structlog

from app.analytics.rollups.shape import AGE_KEY, AGE_LEVELS, DEAL_KEY, LEVELS, LOCK, age_key, deal_key
from app.analytics.rollups.stays import refresh
from app.database import Database, Transaction
from app.database.failures import is_unreachable
from app.database.incidents import met

log = structlog.get_logger(__name__)

AT_ONCE = 10_000
"""Changes that are folded in one transaction."""
EVERY, STAYS_EVERY = timedelta(seconds=2), timedelta(seconds=20)
"""What isn't folded is added by who reads; a deal's stays are worked out once for all that has happened meanwhile."""

_WAITS = "SELECT EXISTS (SELECT FROM {}) AS some"
_CHANGES, _STAYS = _WAITS.format("rollup_change"), _WAITS.format("stay_due")
_TRY = "SELECT pg_try_advisory_xact_lock($1) AS held"

# Found in the order in which they came, by the key of the table.
_FOLD = f"""
WITH taken AS (
  DELETE FROM rollup_change WHERE seq IN (SELECT seq FROM rollup_change ORDER BY seq LIMIT $1) RETURNING *
), due AS (
  INSERT INTO stay_due (opportunity_id) SELECT DISTINCT opportunity_id FROM taken
), deals AS (
  INSERT INTO deal_rollup AS r ({DEAL_KEY}, deals, amount)
  SELECT {DEAL_KEY}, sum(sign), sum(sign * coalesce(amount, 0))
  FROM (SELECT {deal_key("c")}, c.sign, c.amount FROM taken c CROSS JOIN {LEVELS}) keyed
  GROUP BY {DEAL_KEY} HAVING sum(sign) <> 0 OR sum(sign * coalesce(amount, 0)) <> 0 ORDER BY {DEAL_KEY}
  ON CONFLICT ({DEAL_KEY}) DO UPDATE SET deals = r.deals + excluded.deals, amount = r.amount + excluded.amount
), ages AS (
  INSERT INTO age_rollup AS r ({AGE_KEY}, deals)
  SELECT {AGE_KEY}, sum(sign) FROM (
    SELECT {age_key("c")}, c.sign FROM taken c CROSS JOIN {AGE_LEVELS} WHERE c.status = 'OPEN') keyed
  GROUP BY {AGE_KEY} HAVING sum(sign) <> 0 ORDER BY {AGE_KEY}
  ON CONFLICT ({AGE_KEY}) DO UPDATE SET deals = r.deals + excluded.deals
)
SELECT count(*) AS folded FROM taken
"""


async def fold(db: Database, at_once: int = AT_ONCE) -> bool:
    """Fold what there is, unless somebody else is at it; whether there may be more at once."""
    async with db.transaction() as tx:
        return await _is_mine(tx, _CHANGES) and await _folded(tx, at_once) == at_once


async def look_again(db: Database) -> bool:
    """Work out the stays of deals that have changed, likewise."""
    async with db.transaction() as tx:
        return await _is_mine(tx, _STAYS) and await refresh(tx)


async def fold_all(db: Database) -> None:
    """Until nothing is left that nobody else is at."""
    while await fold(db) or await look_again(db):
        pass


async def keep_folded(db: Database) -> None:
    """Until cancelled, in as many processes as one likes."""
    now = asyncio.get_running_loop().time
    looked_at = now()
    while True:
        try:
            more = await fold(db)
            if now() - looked_at > STAYS_EVERY.total_seconds():
                if await look_again(db):
                    more = True
                else:
                    looked_at = now()
        except Exception as error:  # noqa: BLE001 # told; whatever it is, what is left is added by who reads
            if _is_cancelled():  # the lost connection's farewell has taken the place of what cancelled us
                return
            _tell(error)
            more = False
        if not more:
            await asyncio.sleep(EVERY.total_seconds())


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _tell(error: Exception) -> None:
    if is_unreachable(error):
        met(error, by="folding changes into roll-ups")
    else:
        log.error("roll-ups are not folded", exc_info=error)


async def _is_mine(tx: Transaction, waits: str) -> bool:
    """Whether there is something to do, and nobody else does it."""
    row = await tx.fetchrow(waits)
    if row is None or not row["some"]:
        return False
    row = await tx.fetchrow(_TRY, LOCK)
    return row is not None and bool(row["held"])


async def _folded(tx: Transaction, at_once: int) -> int:
    row = await tx.fetchrow(_FOLD, at_once)
    assert row is not None
    found: int = row["folded"]
    return found
