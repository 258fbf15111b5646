"""The rule for figures over more than a partner's own deals."""

from datetime import date
from random import Random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database import Database
from app.deals.benchmarks.rule import (
    CROWD,
    DEALS,
    PARTNERS,
    RELEASED,
    claim,
    is_released,
    settled,
    settled_all,
    weight,
)

CROWDS = st.lists(st.integers(1, 120), max_size=12)
FIGURES = st.floats(0.001, 1e5)


@pytest.mark.parametrize(
    ("deals", "released"),
    [
        ([], False),
        ([1_000] * 5, False),  # five with the reader's own: four others
        ([10] * 6, True),
        ([9] * 6, False),  # 45 besides the largest
        ([10, 10, 10, 10, 9, 10], False),
        ([10, 10, 10, 10, 9, 11], False),
        ([11, 11, 10, 10, 10, 9], True),
        ([1_000, 30, 5, 5, 5, 5], False),  # without the largest the next is over half, and counts 20 of its 30
        ([1_000, 30, 7, 6, 6, 6], True),
    ],
)
def test_when_a_figure_is_told(deals: list[int], released: bool) -> None:
    assert is_released(deals) is released


async def test_in_sql_it_is_the_same_rule(database: Database) -> None:
    chance = Random(4)
    crowds = [[chance.choice((1, 5, 10, 11, 30, 200)) for _ in range(chance.randrange(4, 9))] for _ in range(200)]
    rows = await database.fetch(
        f"SELECT g.n, {RELEASED} AS released FROM (SELECT n, {CROWD} FROM jsonb_array_elements($1::text::jsonb)"
        " WITH ORDINALITY AS c(crowd, n), LATERAL (SELECT d::int AS deals FROM jsonb_array_elements_text(crowd) d) e"
        " GROUP BY n) g ORDER BY g.n",
        orjson.dumps(crowds).decode(),
    )
    told = [row["released"] for row in rows]
    assert told == [is_released(deals) for deals in crowds]
    assert {True, False} == set(told)


@given(CROWDS, st.integers(0, 11), st.integers(0, 500))
def test_more_deals_never_take_a_figure_away(deals: list[int], whose: int, more: int) -> None:
    grown = [n + more if place == whose else n for place, n in enumerate(deals)]
    if whose >= len(deals) and more:
        grown.append(more)
    assert is_released(grown) >= is_released(deals)


@given(CROWDS)
def test_whoever_leaves_a_figure_leaves_enough_others_behind(deals: list[int]) -> None:
    if is_released(deals):
        for place in range(len(deals)):
            others = [*deals[:place], *deals[place + 1 :]]
            assert len(others) >= PARTNERS
            assert weight(others) >= DEALS


@given(FIGURES)
def test_a_figure_has_two_digits(measured: float) -> None:
    told = settled(measured)
    assert float(f"{told:.2g}") == pytest.approx(told, rel=1e-12)
    assert told == pytest.approx(measured, rel=0.051)


@given(FIGURES, FIGURES)
def test_yesterdays_figure_stands_until_todays_is_a_step_away(before: float, measured: float) -> None:
    told = settled(measured, settled(before))
    assert told in (settled(before), settled(measured))
    assert told == pytest.approx(measured, rel=0.11)


def test_a_deal_more_near_an_edge_does_not_show() -> None:
    assert (settled(13.4), settled(13.6)) == (13, 14)
    assert settled(13.6, 13) == 13
    assert settled(14.1, 13) == 14


@given(st.lists(FIGURES, min_size=21, max_size=21), st.lists(FIGURES, min_size=21, max_size=21))
def test_quantiles_rise_whatever_stood_before(before: list[float], measured: list[float]) -> None:
    told = settled_all(sorted(measured), settled_all(sorted(before)))
    assert told == sorted(told)


async def test_a_day_is_measured_once(database: Database) -> None:
    days = [date(2026, 3, 1), date(2026, 3, 1), date(2026, 2, 28), date(2026, 3, 2)]
    claims = []
    for day in days:
        async with database.transaction() as tx:
            claims.append(await claim(tx, "some", day))
    assert claims == [True, False, False, True]
    async with database.transaction() as tx:
        assert await claim(tx, "others", days[0])
