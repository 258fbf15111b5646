"""Folding: what has changed since goes from `rollup_change` into the roll-ups, by one process at a time."""

import asyncio
from datetime import timedelta

import structlog

from app.analytics.rollups.shape import (
    ADD_EXPECTED,
    AGE_KEY,
    AGE_LEVELS,
    DEAL_KEY,
    EXPECTED_KEY,
    EXPECTED_SUMS,
    LEVELS,
    LOCK,
    SPANS,
    age_key,
    deal_key,
    expected,
    expected_key,
    expected_sums,
)
from app.database import Database, Transaction
from app.database.failures import is_unreachable
from app.database.incidents import met

log = structlog.get_logger(__name__)

AT_ONCE = 10_000
"""Changes that are folded in one transaction."""
EVERY = timedelta(seconds=2)
"""What isn't folded is added by who reads."""

_WAITS = "SELECT EXISTS (SELECT FROM rollup_change) AS some"
_TRY = "SELECT pg_try_advisory_xact_lock($1) AS held"

_EXPECTED = f"SELECT {expected_key('c')}, c.sign, c.amount FROM taken c CROSS JOIN {SPANS} WHERE {expected('c')}"
# Found in the order in which they came, by the key of the table.
_FOLD = f"""
WITH taken AS (
  DELETE FROM rollup_change WHERE seq IN (SELECT seq FROM rollup_change ORDER BY seq LIMIT $1) RETURNING *
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
), expected AS (
  INSERT INTO expected_rollup AS r ({EXPECTED_KEY}, {", ".join(EXPECTED_SUMS)})
  SELECT * FROM ({expected_sums(_EXPECTED)}) s WHERE ({", ".join(EXPECTED_SUMS)}) <> (0, 0, 0, 0, 0)
  ORDER BY {EXPECTED_KEY} {ADD_EXPECTED}
)
SELECT count(*) AS folded FROM taken
"""


async def fold(db: Database, at_once: int = AT_ONCE) -> bool:
    """Fold what there is, unless somebody else is at it; whether there may be more at once."""
    async with db.transaction() as tx:
        return await _is_mine(tx) and await _folded(tx, at_once) == at_once


async def fold_all(db: Database) -> None:
    """Until nothing is left that nobody else is at."""
    while await fold(db):
        pass


async def keep_folded(db: Database) -> None:
    """Until cancelled, in as many processes as one likes."""
    while True:
        try:
            more = await fold(db)
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


async def _is_mine(tx: Transaction) -> bool:
    """Whether there is something to do, and nobody else does it."""
    row = await tx.fetchrow(_WAITS)
    if row is None or not row["some"]:
        return False
    row = await tx.fetchrow(_TRY, LOCK)
    return row is not None and bool(row["held"])


async def _folded(tx: Transaction, at_once: int) -> int:
    row = await tx.fetchrow(_FOLD, at_once)
    assert row is not None
    found: int = row["folded"]
    return found
