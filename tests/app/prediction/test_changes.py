"""The change that would raise a win probability most, made on the deal and asked of the same model."""

from dataclasses import replace

import pytest

from app.prediction.changes import CLOSE_DATE, DONE, SILENCE, Change, most_valuable
from app.prediction.deal import Deal
from app.prediction.explaining import shown
from app.prediction.learning import learn
from app.prediction.linear import Linear, Term
from app.prediction.model import Model
from app.prediction.scoring import scored
from app.vocabulary import PredictionBasis
from tests.app.prediction.past import BEGIN, SHAPE, deal, history

NOW = BEGIN + 200.0
SIMPLE = learn(history(200), NOW, SHAPE).simple


def weighing(**weights: float) -> Model:
    terms = tuple(Term(feature, None, 1.0, 1.0, weight) for feature, weight in weights.items())
    return replace(SIMPLE, basis=PredictionBasis.MODEL, linear=Linear(-1.0, terms))


def asked(model: Model, of: Deal) -> Change | None:
    return most_valuable(model, of, NOW, model.said(of, NOW))


QUIET = deal((150, "propose"), touches=(BEGIN + 155,))
LATE = replace(QUIET, close_dates=((BEGIN + 151, NOW - 20.0),))


@pytest.mark.parametrize(
    ("weights", "of", "lever"),
    [
        ({"silence": -0.5, "done": 0.1}, QUIET, SILENCE),
        ({"silence": -0.01, "done": 0.5}, QUIET, DONE),
        ({"close_date_passed": -0.5, "silence": -0.1}, LATE, CLOSE_DATE),
        ({"close_date_passed": -0.5, "close_date_put_off": -4.0, "silence": -0.1}, LATE, SILENCE),
        ({"silence": 0.5}, QUIET, None),
        ({"close_date_passed": -0.5}, QUIET, None),
        ({"amount": 2.0, "age": -2.0}, LATE, None),
    ],
    ids=["silence", "work", "date", "a delay more costs more", "silence helps", "no date", "nothing to change"],
)
def test_the_lever_is_that_which_raises_it_most(weights: dict[str, float], of: Deal, lever: str | None) -> None:
    found = asked(weighing(**weights), of)
    assert (found and found.lever) == lever


def test_its_figure_is_what_the_model_says_of_the_changed_deal() -> None:
    model = weighing(silence=-0.5)
    found = asked(model, QUIET)
    changed = replace(QUIET, touches=(*QUIET.touches, NOW))
    assert found is not None
    assert found.win == shown(model.said(changed, NOW).win) > scored(model, QUIET, NOW, "Propose").win


@pytest.mark.parametrize("basis", [one for one in PredictionBasis if one is not PredictionBasis.MODEL])
def test_stage_and_age_alone_know_of_no_change(basis: PredictionBasis) -> None:
    model = replace(weighing(silence=-0.5), basis=basis)
    assert scored(model, QUIET, NOW, "Propose").change is None


def test_usual_is_what_becomes_of_deals_that_come_to_the_stage() -> None:
    said = scored(weighing(silence=-0.5), QUIET, NOW, "Propose")
    stuck = SIMPLE.rates.stuck("propose", 0.0)
    assert said.usual == shown(SIMPLE.rates.win("propose") * (1 - stuck))
