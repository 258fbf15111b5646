"""The basis is the most detailed one that there is enough for and that the back-test bears out."""

from itertools import pairwise

import pytest

from app.prediction.backtest import CONSTANT, LINEAR, TREES, Asked, Line
from app.prediction.ladder import choose
from app.prediction.report import cuts_from, present
from app.prediction.trainer import train
from app.vocabulary import BacktestPopulation, PredictionBasis
from tests.app.prediction.past import BEGIN, SHAPE, history

AGE = PredictionBasis.STAGE_AND_AGE_RATE.value
OUTCOMES = [True, False] * 200


def line(basis: str, right: float) -> Line:
    """One that says `right` of what happened, and the rest of what didn't."""
    said = [right if outcome else 1 - right for outcome in OUTCOMES]
    return Line(0.0, BacktestPopulation.OPEN, basis, Asked(OUTCOMES, said, [str(n) for n in range(len(OUTCOMES))]))


def lines(age: float, linear: float, trees: float, rate: float = 0.55) -> list[Line]:
    simple = [line(CONSTANT, 0.5), line(PredictionBasis.STAGE_RATE.value, rate)]
    return [*simple, line(AGE, age), line(LINEAR, linear), line(TREES, trees)]


@pytest.mark.parametrize(
    ("deals", "found", "basis"),
    [
        (19, [], PredictionBasis.STAGE_PROBABILITY),
        (20, [], PredictionBasis.STAGE_RATE),
        (400, lines(0.6, 0.7, 0.7), PredictionBasis.MODEL),
        (400, lines(0.6, 0.58, 0.58), PredictionBasis.STAGE_AND_AGE_RATE),
        (400, lines(0.5, 0.5, 0.5), PredictionBasis.STAGE_RATE),
    ],
)
def test_the_ladder(deals: int, found: list[Line], basis: PredictionBasis) -> None:
    choice = choose(deals, deals // 2, found, has_training=True)
    assert choice.basis is basis
    assert bool(choice.missing) is (basis is not PredictionBasis.MODEL)


def test_trees_have_to_be_better_by_more_than_chance() -> None:
    assert choose(400, 200, lines(0.6, 0.7, 0.7001), has_training=True).kind == TREES
    noisy = lines(0.6, 0.7, 0.7)
    noisy[-1].asked.said[0] = 0.72
    assert choose(400, 200, noisy, has_training=True).kind == LINEAR


def test_no_better_than_the_share_of_all_is_said() -> None:
    assert not choose(400, 200, lines(0.5, 0.5, 0.5, 0.5), has_training=True).better_than_baseline
    assert choose(400, 200, lines(0.6, 0.7, 0.7), has_training=True).better_than_baseline


def test_where_nothing_trains_it_says_so() -> None:
    choice = choose(400, 200, lines(0.6, 0.6, 0.6)[:3], has_training=False)
    assert choice.basis is PredictionBasis.STAGE_AND_AGE_RATE
    assert "uv sync --extra training" in " ".join(choice.missing)


def test_a_training_of_few_deals_says_what_is_missing() -> None:
    trained = train(history(15), BEGIN + 150, SHAPE)
    assert trained.model.basis is PredictionBasis.STAGE_PROBABILITY
    assert trained.backtest == []
    assert trained.missing


def test_cuts_are_every_fourth_week_from_the_first_monday_after_seven_weeks() -> None:
    deals = history(300)
    cuts = cuts_from(deals, BEGIN + 190, None)
    assert {round(later - before) for before, later in pairwise(cuts)} == {28}
    assert all(int(cut) % 7 == 4 for cut in cuts), "Mondays"
    assert min(deal.created for deal in deals) + 49 <= cuts[0]


def test_years_after_an_import_count_for_nothing() -> None:
    deals = history(50)
    last = max(deal.end.at for deal in deals if deal.end is not None)
    assert present(deals, BEGIN + 5_000) == last + 28
    assert present(deals, last + 1) == last + 1
