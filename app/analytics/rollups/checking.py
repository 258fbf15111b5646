"""Roll-ups compared with the deals that they are of, and put right where they differ.

A comparison is one statement, so it sees deals, roll-ups and what is yet to be folded as of one moment, whatever
servers and workers do meanwhile. Mending adds the difference, under the lock under which roll-ups are changed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.analytics.rollups.folding import fold_all
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
from app.database import Database
from app.events.log import Reader

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
_SUMS = ", ".join(EXPECTED_SUMS)
_EXPECTED = f"""
SELECT {EXPECTED_KEY}, {", ".join(f"sum({name}) AS {name}" for name in EXPECTED_SUMS)} FROM (
  {expected_sums(_signed(expected_key, SPANS, expected("{0}")))}
  UNION ALL SELECT {EXPECTED_KEY}, {", ".join(f"-{name}" for name in EXPECTED_SUMS)} FROM expected_rollup) both_sides
GROUP BY {EXPECTED_KEY} HAVING {" OR ".join(f"sum({name}) <> 0" for name in EXPECTED_SUMS)}
"""
_DIFFERENCES = {
    "deal_rollup": _DEALS,
    "age_rollup": _AGES,
    "expected_rollup": _EXPECTED,
}
_MENDING = (
    f"INSERT INTO deal_rollup AS r ({DEAL_KEY}, deals, amount) {_DEALS} ON CONFLICT ({DEAL_KEY}) DO UPDATE"
    " SET deals = r.deals + excluded.deals, amount = r.amount + excluded.amount RETURNING 1",
    f"INSERT INTO age_rollup AS r ({AGE_KEY}, deals) {_AGES} ON CONFLICT ({AGE_KEY}) DO UPDATE"
    " SET deals = r.deals + excluded.deals RETURNING 1",
    f"INSERT INTO expected_rollup AS r ({EXPECTED_KEY}, {_SUMS}) {_EXPECTED} {ADD_EXPECTED} RETURNING 1",
)
_TIDYING = (
    "DELETE FROM deal_rollup WHERE deals = 0 AND amount = 0",
    "DELETE FROM age_rollup WHERE deals = 0",
    f"DELETE FROM expected_rollup WHERE ({_SUMS}) = (0, 0, 0, 0, 0)",
)

_HOLD = "SELECT pg_advisory_xact_lock($1)"


async def check(db: Reader) -> list[Compared]:
    """Every roll-up; nothing is changed. Raises nothing where they differ."""
    found = []
    for table, difference in _DIFFERENCES.items():
        rows = await db.fetch(difference)
        found.append(Compared(table, len(rows), tuple(_said(row) for row in rows[:MOST_SHOWN])))
    return found


async def rebuild(db: Database) -> list[Compared]:
    """Work everything out from the deals and put right what differs; how much of each that was. Servers and workers may
    run meanwhile: they change and read deals as ever, and only folding waits."""
    await fold_all(db)
    mended = []
    async with db.transaction() as tx:
        await tx.execute(_HOLD, LOCK)
        for table, mending in zip(_DIFFERENCES, _MENDING, strict=True):
            mended.append(Compared(table, len(await tx.fetch(mending))))
    await tidy(db)
    return mended


async def tidy(db: Database) -> None:
    """Drop rows that have come to nothing."""
    async with db.transaction() as tx:
        await tx.execute(_HOLD, LOCK)
        for statement in _TIDYING:
            await tx.execute(statement)


def _said(row: object) -> str:
    return " ".join(f"{name}={value}" for name, value in dict(row).items())  # type: ignore[call-overload]
