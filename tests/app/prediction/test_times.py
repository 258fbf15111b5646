"""The interval in which a deal is decided, of a history that is shorter than deals last."""

from math import log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.prediction.deal import Deal
from app.prediction.times import FURTHEST, Ends, Times, times_of
from tests.app.prediction.past import BEGIN, deal

MEAN, WATCHED = 20.0, 30.0
DAYS = st.lists(st.floats(0.01, 500), min_size=1, max_size=30).map(lambda days: tuple(sorted(days)))
SHARES = st.floats(0.0, 1.0)


def lasting(days: float, number: int) -> Deal:
    """Of a market in which deals last as long as it happens, seen for `WATCHED` days."""
    created = WATCHED * number / 3_000
    end = [(created + days, "won" if number % 2 else "lost")] if created + days <= WATCHED else []
    return deal((created, "qualify"), *end, id=f"d{number}")


def test_the_latest_day_counts_deals_that_outlast_the_history() -> None:
    chance = Random(7)
    times = times_of([lasting(chance.expovariate(1 / MEAN), number) for number in range(3_000)], BEGIN + WATCHED)
    found = times.interval("qualify", 0.0, 0.5)
    assert found is not None
    assert found.high == pytest.approx(MEAN * log(1 / 0.1), rel=0.15)
    assert max(times.ends["qualify"][0].won) < WATCHED < found.high


@given(DAYS, DAYS, SHARES, SHARES, SHARES, st.floats(0.0, 600))
def test_an_interval_holds_its_middle_and_ends_somewhere(
    won: tuple[float, ...], lost: tuple[float, ...], decided: float, share: float, win: float, age: float
) -> None:
    ends = Ends(won, decided * share, lost, decided * (1 - share))
    found = Times({"s": (0.0,)}, {"s": (ends,)}).interval("s", age, win)
    if found is not None:
        last = max(won[-1], lost[-1]) - age
        assert 0.0 <= found.low <= found.median <= found.high <= (1 + FURTHEST) * last + 1e-6


def test_where_all_are_decided_nothing_is_added() -> None:
    ends = Ends((1.0, 2.0, 3.0, 4.0), 0.5, (1.0, 2.0, 3.0, 4.0), 0.5)
    found = Times({"s": (0.0,)}, {"s": (ends,)}).interval("s", 0.0, 0.5)
    assert found is not None
    assert found.high <= 4.0
