"""Fates of deals by stage and days in it, against counts by hand."""

import pytest

from app.prediction.deal import stays
from app.prediction.stage_rates import PRIOR, exits_of, stage_rates
from tests.app.prediction.past import BEGIN, SHAPE, deal, history


def test_without_censoring_the_share_won_is_a_count() -> None:
    deals = history(300, until=1e6)
    rates = stage_rates((stay for one in deals for stay in stays(one, BEGIN + 1e6)), SHAPE.won, SHAPE.lost)
    wins = sum(one.end is not None and one.end.won for one in deals)
    assert rates.base == pytest.approx(wins / len(deals), abs=0.01)
    proposed = [one for one in deals if any(entry.stage == "propose" for entry in one.entries)]
    won = sum(one.end is not None and one.end.won for one in proposed)
    assert rates.win("propose") == pytest.approx(won / len(proposed), abs=0.01)


def test_deals_that_are_still_there_count_for_as_long_as_they_were_watched() -> None:
    """Ten leave after a day for the next stage, ten are lost after ten days; five were watched for five days alone."""
    deals = [deal((0, "qualify"), (1, "propose"), id=f"a{n}") for n in range(10)]
    deals += [deal((0, "qualify"), (10, "lost"), id=f"b{n}") for n in range(10)]
    watched = [stay for one in deals for stay in stays(one, BEGIN + 30) if stay.stage == "qualify"]
    short = [stay for one in (deal((25, "qualify"), id=f"c{n}") for n in range(5)) for stay in stays(one, BEGIN + 30)]
    exits = exits_of([*watched, *short])
    assert exits.shares(0.0) == pytest.approx({"propose": 10 / 25, "lost": 15 / 25})
    after = exits.shares(2.0)
    assert after["lost"] == pytest.approx((15 + PRIOR * 15 / 25) / (15 + PRIOR))


def test_a_stage_that_nobody_left_says_what_holds_for_all() -> None:
    rates = stage_rates(stays(deal((0, "qualify")), BEGIN + 3), SHAPE.won, SHAPE.lost)
    assert rates.next_stage("qualify", 1.0) == {}
    assert rates.win("qualify") == rates.base == 0.0


def test_deals_that_move_back_are_counted_again_and_again() -> None:
    deals = [
        deal((0, "qualify"), (1, "propose"), (2, "qualify"), (3, "propose"), (4, "won"), id=f"w{n}") for n in range(6)
    ]
    deals += [deal((0, "qualify"), (1, "propose"), (2, "lost"), id=f"l{n}") for n in range(6)]
    rates = stage_rates((stay for one in deals for stay in stays(one, BEGIN + 9)), SHAPE.won, SHAPE.lost)
    assert rates.win("qualify") == pytest.approx(0.5)
    assert rates.win("propose") == pytest.approx(0.5)


def test_deals_that_were_watched_long_after_the_last_one_left_stay_for_good() -> None:
    gone = [deal((0, "qualify"), (5 + n / 10, "lost"), id=f"g{n}") for n in range(40)]
    left = [deal((0, "qualify"), id=f"s{n}") for n in range(40)]
    exits = exits_of([stay for one in (*gone, *left) for stay in stays(one, BEGIN + 100)])
    assert exits.stuck == pytest.approx(0.5)
    assert exits.stuck_at(0.0) == pytest.approx(0.5)
    assert exits.stuck_at(50.0) > 0.85
    assert exits_of([stay for one in (*gone, *left) for stay in stays(one, BEGIN + 10)]).stuck == 0.0
