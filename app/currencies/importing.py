"""Taking in rates: as a whole or not at all, and as often as one likes."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import audit
from app.currencies.ecb import Row
from app.database import Transaction

_TAKE = """
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::date[], $3::numeric[]) AS g (currency, day, per_euro)
), taken AS (
  INSERT INTO currency_rate AS r (id, currency, day, per_euro)
  SELECT gen_random_uuid(), currency, day, per_euro FROM given
  ON CONFLICT (currency, day) DO UPDATE SET per_euro = excluded.per_euro WHERE r.per_euro <> excluded.per_euro
  RETURNING xmax = 0 AS added
)
SELECT count(*) FILTER (WHERE added) AS added, count(*) FILTER (WHERE NOT added) AS changed FROM taken
"""


@dataclass(frozen=True, slots=True)
class RatesTaken:
    """How many rates were new, how many replaced another, and how many were here already."""

    added: int
    changed: int
    unchanged: int


async def take(tx: Transaction, rows: Sequence[Row]) -> RatesTaken:
    """The file's word is the last: a rate of the same currency and day is replaced."""
    columns: list[list[object]] = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    row = await tx.fetchrow(_TAKE, *columns)
    assert row is not None
    taken = RatesTaken(row["added"], row["changed"], len(rows) - row["added"] - row["changed"])
    if taken.added or taken.changed:
        await audit.add(tx, audit.Entry("RATES_IMPORTED", detail={"added": taken.added, "changed": taken.changed}))
    return taken
