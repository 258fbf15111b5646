"""The modelled forecast, from plain data: against simulating every deal, and against what came in simulated worlds."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.forecast.model import (
    EARLY,
    ONE_BY_ONE,
    Arrivals,
    Basis,
    Drawn,
    New,
    StageRecord,
    Window,
    chance,
    new_deals,
    odds_by_age,
    odds_by_day,
    spread,
    stage_chance,
)

QUARTER = Window(0, 90)
NONE = New(0, 0, 0, 0)
Deals = Sequence[tuple[float, float]]


def drawn(deals: Deals) -> Drawn:
    """As PostgreSQL sums them up."""
    ordered = sorted(deals, key=lambda deal: deal[0] ** 2 * deal[1] * (1 - deal[1]), reverse=True)
    rest = ordered[ONE_BY_ONE:]
    return Drawn(ordered[:ONE_BY_ONE], sum(a * p for a, p in rest), sum(a * a * p * (1 - p) for a, p in rest))


def simulated(deals: Deals, draws: int, random: Random) -> list[float]:
    """Each deal tossed by itself, in order."""
    return sorted(sum(amount for amount, won in deals if random.random() < won) for _ in range(draws))


@pytest.mark.parametrize(("number", "skew"), [(3, 0.5), (25, 1.5), (60, 2.0), (400, 1.0)])
def test_the_range_is_that_of_tossing_each_deal(number: int, skew: float) -> None:
    random = Random(number)
    deals = [(1000 * random.lognormvariate(0, skew), random.uniform(0.05, 0.9)) for _ in range(number)]
    sums = simulated(deals, 2_000, random)
    found = spread(0.0, drawn(deals), NONE, "seed")
    assert found.expected == pytest.approx(sum(a * p for a, p in deals))
    below = [sum(one < edge for one in sums) / len(sums) for edge in (found.low, found.high)]
    at_most = [sum(one <= edge for one in sums) / len(sums) for edge in (found.low, found.high)]
    # The place of each end among the sums: with few deals, a sum comes up many times.
    assert below[0] - 0.03 <= 0.1 <= at_most[0] + 0.03
    assert below[1] - 0.03 <= 0.9 <= at_most[1] + 0.03


def test_the_range_is_the_same_for_the_same_seed_alone() -> None:
    deals = drawn([(100.0 * n, 0.4) for n in range(1, 80)])
    new = New(4.0, 900.0, 250_000.0, 10_000.0)
    assert spread(50.0, deals, new, "2026-Q1") == spread(50.0, deals, new, "2026-Q1")
    assert spread(50.0, deals, new, "2026-Q1") != spread(50.0, deals, new, "2026-Q2")


def test_nothing_open_is_certain() -> None:
    assert spread(120.0, Drawn(), NONE, "seed") == (120.0, 120.0, 120.0)


amounts = st.floats(1, 1e9)
chances = st.floats(0, 1)


@settings(max_examples=40)
@given(st.lists(st.tuples(amounts, chances), max_size=60), st.floats(0, 1e9))
def test_a_range_begins_with_what_is_closed_and_ends_with_all(deals: Deals, closed: float) -> None:
    found = spread(closed, drawn(deals), NONE, "seed")
    possible = closed + sum(amount for amount, _ in deals)
    slack = 1e-6 * possible
    assert closed <= found.low <= found.high
    assert closed - slack <= found.expected <= possible + slack
    if len(deals) <= ONE_BY_ONE:  # none of them is drawn from a distribution without an end
        assert found.high <= possible + slack


def test_chances_follow_from_days_that_are_left() -> None:
    """Of two deals won, on their day and ten days later; and of two lost, on their day and a hundred days later."""
    basis = Basis(won_slips={0: 500, 10: 500}, lost_slips={0: 500, 100: 500})
    found = odds_by_day(basis, Window(0, 4))

    def at(day: int) -> tuple[float, float]:
        return found.share[day - EARLY], found.ratio[day - EARLY]

    share, ratio = at(3)  # expected in three days: half of the won ones come within the window
    assert [share, ratio] == pytest.approx([0.5, 1.0], abs=0.01)
    share, ratio = at(-5)  # five days overdue: all won ones that are left come in five days, after the window
    assert [share, ratio] == pytest.approx([0.0, 1.0], abs=0.02)
    share, _ = at(-8)  # in two days
    assert share == pytest.approx(1.0, abs=0.02)
    _, ratio = at(-50)  # longer overdue than nearly any that was won
    assert ratio > 50
    assert chance(0.5, 1.0, ratio) < 0.03


def test_a_deal_older_than_any_that_was_won_is_won_no_more() -> None:
    found = odds_by_age(Basis(won_ages={30: 900}, lost_ages={90: 900}), Window(0, 30))
    assert found.share[400] == 0
    assert chance(0.9, found.share[400], found.ratio[400]) == 0


@given(chances, st.floats(0, 1), st.floats(0, 1e6))
def test_a_chance_is_one(stage: float, share: float, ratio: float) -> None:
    assert 0 <= chance(stage, share, ratio) <= 1


def test_an_empty_window_brings_nothing() -> None:
    for odds in (odds_by_day(Basis(), Window(0, -1)), odds_by_age(Basis(), Window(0, -1))):
        assert set(odds.share) == {0.0}
    assert new_deals([Arrivals(10, 5, 500.0, 50_000.0)], 365, Window(0, -1))[:2] == (0, 0)


def test_a_stated_chance_gives_way_to_what_is_known() -> None:
    assert stage_chance(0.5, None)[0] == 0.5
    assert stage_chance(0.5, StageRecord(980, 98))[0] == pytest.approx(0.108)
    assert stage_chance(0.5, StageRecord(980, 98))[1] < stage_chance(0.5, None)[1]


def test_new_deals_come_as_often_as_before() -> None:
    """One a day, won when it is ten days old: of the next thirty days, twenty-one bring one."""
    arrivals = [Arrivals(10, 100, 100 * 50.0, 100 * 2_500.0)]
    found = new_deals(arrivals, 100, Window(0, 30))
    assert found.deals == pytest.approx(21)
    assert found.mean == pytest.approx(21 * 50)
    later = new_deals(arrivals, 100, Window(61, 90))
    assert later.deals == pytest.approx(30)


def world(random: Random) -> tuple[Basis, Deals, float]:
    """A hundred open deals, what is known from closed ones like them, and what the quarter really brings: of them, and
    of deals that are made in it."""
    won_share, pace = random.uniform(0.15, 0.5), random.uniform(0.3, 1.5)

    def slip() -> int:
        return round(random.gauss(12, 25))

    def life() -> int:
        return random.randint(10, 120)

    won = [slip() for _ in range(300)]
    lost = [slip() + random.randint(0, 60) for _ in range(600)]
    closed = 400
    record = StageRecord(closed, sum(random.random() < won_share for _ in range(closed)))
    arrivals: dict[int, list[float]] = {}
    for _ in range(365):
        for _ in range(poisson(random, pace)):
            if random.random() < won_share:
                arrivals.setdefault(life(), []).append(random.lognormvariate(8, 1))
    basis = Basis(
        won_slips=Counter(won),
        lost_slips=Counter(lost),
        stages={("p", "s"): record},
        arrivals={"EUR": [Arrivals(age, len(a), sum(a), sum(x * x for x in a)) for age, a in sorted(arrivals.items())]},
        days=365,
    )
    deals: list[tuple[float, float]] = []
    came = 0.0
    while len(deals) < 100:
        day, amount = random.randint(-20, 150), random.lognormvariate(8, 1)
        wins = random.random() < won_share
        closes = day + (slip() if wins else slip() + random.randint(0, 60))
        if closes < 0:
            continue  # it is closed already
        deals.append((amount, float(day)))
        came += amount if wins and closes <= QUARTER.last else 0
    for day in range(QUARTER.last + 1):
        for _ in range(poisson(random, pace)):
            amount, closes = random.lognormvariate(8, 1), day + life()
            came += amount if random.random() < won_share and closes <= QUARTER.last else 0
    return basis, deals, came


def poisson(random: Random, mean: float) -> int:
    number, total = 0, random.expovariate(mean)
    while total < 1:
        number, total = number + 1, total + random.expovariate(mean)
    return number


def modelled(basis: Basis, deals: Deals, seed: str) -> tuple[float, float]:
    odds = odds_by_day(basis, QUARTER)
    stage, variance = stage_chance(0.3, basis.stages["p", "s"])
    tossed = []
    for amount, day in deals:
        place = int(day) - EARLY
        tossed.append((amount, chance(stage, odds.share[place], odds.ratio[place])))
    found = drawn(tossed)
    found.shared = (sum(amount * won for amount, won in tossed) / stage) ** 2 * variance
    range = spread(0.0, found, new_deals(basis.arrivals["EUR"], basis.days, QUARTER), seed)
    return range.low, range.high


@pytest.mark.parametrize("worlds", [120, pytest.param(1_500, marks=pytest.mark.soak)])
def test_four_of_five_worlds_end_within_their_range(worlds: int) -> None:
    random = Random(18)
    within = 0
    for nth in range(worlds):
        basis, deals, came = world(random)
        low, high = modelled(basis, deals, str(nth))
        within += low <= came <= high
    noise = 3 * (0.8 * 0.2 / worlds) ** 0.5
    assert 0.8 - noise <= within / worlds <= 0.8 + noise
