"""Kaplan and Meier's estimate: ours in Python and in SQL, and scipy's."""

from collections.abc import Sequence
from random import Random

import asyncpg
import orjson
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from app.deals import survival
from app.deals.survival import STEPS, quantiles

LENGTHS = st.lists(st.integers(0, 12).map(float), max_size=30)


def by_scipy(completed: Sequence[float], running: Sequence[float]) -> list[float | None]:
    found = ecdf(CensoredData(uncensored=completed, right=running)).cdf
    steps = list(zip(found.quantiles, found.probabilities, strict=True))
    reached = [next((float(x) for x, p in steps if p >= step / STEPS - 1e-9), None) for step in range(STEPS + 1)]
    # Of nothing at all having left, ours is the first length at which something does.
    return [min(completed), *reached[1:]]


@given(LENGTHS.filter(bool), LENGTHS)
def test_quantiles_are_scipy_s(completed: list[float], running: list[float]) -> None:
    assert list(quantiles(completed, running)) == by_scipy(completed, running)


def test_whoever_counts_completed_stays_alone_is_misled() -> None:
    left, still_there = [1.0, 2.0, 3.0], [30.0] * 7
    assert quantiles(left, [])[STEPS // 2] == 2.0
    assert quantiles(left, still_there)[STEPS // 2] is None


def test_a_stay_counts_as_at_risk_for_as_long_as_it_has_lasted() -> None:
    # Of four, one leaves at 1; of the two that are there at 2, after one was lost sight of, one does: 3/4 and 3/8.
    assert quantiles([1.0, 2.0], [1.5, 9.0])[STEPS // 2] == 2.0
    assert quantiles([1.0, 2.0], [2.0, 9.0])[STEPS // 2] == 2.0
    assert quantiles([1.0, 2.0, 2.0], [2.0, 2.0, 9.0])[STEPS // 2] == 2.0
    assert quantiles([1.0, 2.0], [2.0, 2.0, 9.0])[STEPS // 2] is None


async def test_sql_says_the_same(postgres: str) -> None:
    chance = Random(7)
    cells = [
        ([chance.choice((0.5, chance.expovariate(0.2))) for _ in range(chance.randrange(1, 60))],
         [chance.expovariate(0.2) for _ in range(chance.randrange(0, 60))])
        for _ in range(40)
    ]  # fmt: skip
    rows = [
        (cell, days, ended)
        for cell, both in enumerate(cells)
        for ended, lengths in zip((True, False), both, strict=True)
        for days in lengths
    ]
    stays = "SELECT * FROM unnest($1::int[], $2::float8[], $3::bool[]) AS s(cell, days, ended)"
    connection = await asyncpg.connect(postgres)
    try:
        found = await connection.fetch(survival.points("cell", stays), *zip(*rows, strict=True))
    finally:
        await connection.close()
    told = {row["cell"]: (row["ends"], orjson.loads(row["points"])) for row in found}
    for cell, (completed, running) in enumerate(cells):
        points = [max(completed) if point is None else point for point in quantiles(completed, running)]
        points[-1] = max(completed)
        assert told[cell] == (len(completed), points)
