"""Roll-ups compared with the deals that they are of, and put right where they differ.

A comparison is one statement, so it sees deals, roll-ups and what is yet to be folded as of one moment, whatever
servers and workers do meanwhile. Mending adds the difference, under the lock under which roll-ups are changed.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import UUID

from app.analytics.rollups.folding import fold_all
from app.analytics.rollups.shape import (
    AGE_KEY,
    AGE_LEVELS,
    DEAL_KEY,
    FUNNEL_KEY,
    LEVELS,
    LOCK,
    STAY_KEY,
    age_key,
    deal_key,
)
from app.analytics.rollups.stays import ADD_FUNNELS, ADD_STAYS, COLUMNS, funnels_by_key, stays_by_key, stays_of
from app.database import Database
from app.events.log import Reader

DEALS_AT_ONCE = 20_000
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """A roll-up. `wrong`: how many of its rows differ from what the deals amount to; `shown`: some of them."""

    table: str
    wrong: int
    shown: tuple[str, ...] = ()


def _signed(key: Callable[[str], str], levels: str, condition: str) -> str:
    """Deals as they are, less what is yet to be folded of them: what a roll-up should hold."""
    return f"""
    SELECT {key("o")}, 1 AS sign, o.amount FROM opportunity o CROSS JOIN {levels} WHERE {condition.format("o")}
    UNION ALL
    SELECT {key("c")}, -c.sign, c.amount FROM rollup_change c CROSS JOIN {levels} WHERE {condition.format("c")}
    """


_DEALS = f"""
SELECT {DEAL_KEY}, sum(deals) AS deals, sum(amount) AS amount FROM (
  SELECT {DEAL_KEY}, sign AS deals, sign * coalesce(amount, 0) AS amount
  FROM ({_signed(deal_key, LEVELS, "TRUE")}) signed
  UNION ALL SELECT {DEAL_KEY}, -deals, -amount FROM deal_rollup) both_sides
GROUP BY {DEAL_KEY} HAVING sum(deals) <> 0 OR sum(amount) <> 0
"""
_AGES = f"""
SELECT {AGE_KEY}, sum(deals) AS deals FROM (
  SELECT {AGE_KEY}, sign AS deals FROM ({_signed(age_key, AGE_LEVELS, "{}.status = 'OPEN'")}) signed
  UNION ALL SELECT {AGE_KEY}, -deals FROM age_rollup) both_sides
GROUP BY {AGE_KEY} HAVING sum(deals) <> 0
"""
_STAYS = f"""
SELECT {STAY_KEY}, sum(stays) AS stays, sum(seconds) AS seconds FROM (
  {stays_by_key("(SELECT *, 1 AS sign FROM deal_stay)")}
  UNION ALL SELECT {STAY_KEY}, -stays, -seconds FROM stay_rollup) both_sides
GROUP BY {STAY_KEY} HAVING sum(stays) <> 0 OR sum(seconds) <> 0
"""
_FUNNELS = f"""
SELECT {FUNNEL_KEY}, sum(deals) AS deals FROM (
  {funnels_by_key("(SELECT *, 1 AS sign FROM deal_stay)")}
  UNION ALL SELECT {FUNNEL_KEY}, -deals FROM funnel_rollup) both_sides
GROUP BY {FUNNEL_KEY} HAVING sum(deals) <> 0
"""

_DIFFERENCES = {"deal_rollup": _DEALS, "age_rollup": _AGES, "stay_rollup": _STAYS, "funnel_rollup": _FUNNELS}
_MENDING = (
    f"INSERT INTO deal_rollup AS r ({DEAL_KEY}, deals, amount) {_DEALS} ON CONFLICT ({DEAL_KEY}) DO UPDATE"
    " SET deals = r.deals + excluded.deals, amount = r.amount + excluded.amount RETURNING 1",
    f"INSERT INTO age_rollup AS r ({AGE_KEY}, deals) {_AGES} ON CONFLICT ({AGE_KEY}) DO UPDATE"
    " SET deals = r.deals + excluded.deals RETURNING 1",
    f"INSERT INTO stay_rollup AS r ({STAY_KEY}, stays, seconds) {_STAYS} {ADD_STAYS} RETURNING 1",
    f"INSERT INTO funnel_rollup AS r ({FUNNEL_KEY}, deals) {_FUNNELS} {ADD_FUNNELS} RETURNING 1",
)
_TIDYING = (
    "DELETE FROM deal_rollup WHERE deals = 0 AND amount = 0",
    "DELETE FROM age_rollup WHERE deals = 0",
    "DELETE FROM stay_rollup WHERE stays = 0 AND seconds = 0",
    "DELETE FROM funnel_rollup WHERE deals = 0",
)

# Of deals that are due to be looked at again, nothing is said; nor of those that have gone while they are due.
_OF_DEALS = f"""
WITH part AS (
  SELECT id FROM opportunity WHERE id > $1 ORDER BY id LIMIT $2
), due AS (
  SELECT opportunity_id AS id FROM stay_due UNION SELECT opportunity_id FROM rollup_change
), deal AS (
  SELECT id FROM part EXCEPT SELECT id FROM due
), {stays_of("SELECT d.id FROM deal d")}, stored AS (
  SELECT {COLUMNS} FROM deal_stay WHERE opportunity_id IN (SELECT id FROM deal)
), wrong AS (
  SELECT DISTINCT opportunity_id FROM (
    (SELECT {COLUMNS} FROM fresh EXCEPT ALL SELECT {COLUMNS} FROM stored)
    UNION ALL (SELECT {COLUMNS} FROM stored EXCEPT ALL SELECT {COLUMNS} FROM fresh)) both_sides
)
SELECT (SELECT max(id::text)::uuid FROM part) AS last, (SELECT count(*) FROM part) AS deals,
  (SELECT array_agg(opportunity_id) FROM wrong) AS wrong
"""
_GONE = """
SELECT DISTINCT s.opportunity_id AS id FROM deal_stay s
WHERE NOT EXISTS (SELECT FROM opportunity o WHERE o.id = s.opportunity_id)
  AND NOT EXISTS (SELECT FROM rollup_change c WHERE c.opportunity_id = s.opportunity_id)
  AND NOT EXISTS (SELECT FROM stay_due d WHERE d.opportunity_id = s.opportunity_id)
"""
_HOLD = "SELECT pg_advisory_xact_lock($1)"
_DUE = "INSERT INTO stay_due (opportunity_id) SELECT unnest($1::uuid[])"


async def check(db: Reader) -> list[Compared]:
    """Every roll-up; nothing is changed. Raises nothing where they differ."""
    found = []
    for table, difference in _DIFFERENCES.items():
        rows = await db.fetch(difference)
        found.append(Compared(table, len(rows), tuple(_said(row) for row in rows[:MOST_SHOWN])))
    wrong = [id async for id in _wrong_stays(db)]
    found.append(Compared("deal_stay", len(wrong), tuple(f"deal {id}" for id in wrong[:MOST_SHOWN])))
    return found


async def rebuild(db: Database) -> list[Compared]:
    """Work everything out from the deals and put right what differs; how much of each that was. Servers and workers may
    run meanwhile: they change and read deals as ever, and only folding waits."""
    wrong = [id async for id in _wrong_stays(db)]
    async with db.transaction() as tx:
        await tx.execute(_DUE, wrong)
    await fold_all(db)
    mended = []
    async with db.transaction() as tx:
        await tx.execute(_HOLD, LOCK)
        for table, mending in zip(_DIFFERENCES, _MENDING, strict=True):
            mended.append(Compared(table, len(await tx.fetch(mending))))
    await tidy(db)
    return [*mended, Compared("deal_stay", len(wrong))]


async def tidy(db: Database) -> None:
    """Drop rows that have come to nothing."""
    async with db.transaction() as tx:
        await tx.execute(_HOLD, LOCK)
        for statement in _TIDYING:
            await tx.execute(statement)


async def _wrong_stays(db: Reader) -> AsyncIterator[UUID]:
    """Deals whose stays aren't what their moves say, part by part."""
    last: UUID | None = UUID(int=0)
    while last is not None:
        (row,) = await db.fetch(_OF_DEALS, last, DEALS_AT_ONCE)
        for id in row["wrong"] or ():
            yield id
        last = row["last"]
    for row in await db.fetch(_GONE):
        yield row["id"]


def _said(row: object) -> str:
    return " ".join(f"{name}={value}" for name, value in dict(row).items())  # type: ignore[call-overload]
