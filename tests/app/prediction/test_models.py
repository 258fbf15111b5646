"""A model is data: it says after JSON what it said before, and what scikit-learn would say."""

from collections.abc import Mapping
from datetime import date
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier

from app.prediction import codec, training
from app.prediction.deal import Deal
from app.prediction.explaining import reasons, shown
from app.prediction.fitting import fit
from app.prediction.learning import Learnt, learn, with_basis
from app.prediction.linear import row, values
from app.prediction.model import Model, Said
from app.prediction.scoring import scored
from app.vocabulary import PredictionBasis, PredictionTrend
from tests.app.prediction.past import BEGIN, SHAPE, deal, history

NOW = BEGIN + 200.0
DEALS = history(550)


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    return learn(DEALS, NOW, SHAPE)


@pytest.fixture(scope="module")
def fitted(learnt: Learnt) -> Mapping[str, Model]:
    return fit(learnt, SHAPE)


@pytest.fixture(scope="module")
def models(learnt: Learnt, fitted: Mapping[str, Model]) -> dict[str, Model]:
    return {basis.value: with_basis(learnt.simple, basis) for basis in PredictionBasis if basis.value != "MODEL"} | {
        **fitted
    }


def open_deals() -> list[Deal]:
    return [one for one in DEALS if one.end is None and one.entries[0].at <= NOW]


def test_what_is_learnt_is_that_small_deals_are_won(fitted: Mapping[str, Model]) -> None:
    small, large = (deal((190, "propose"), amount=amount) for amount in (100.0, 10_000.0))
    for model in fitted.values():
        assert model.said(small, NOW).win > model.said(large, NOW).win + 0.05


def test_json_changes_nothing(models: dict[str, Model]) -> None:
    for name, model in models.items():
        again = codec.read(codec.written(model))
        assert again == model, name
        one = open_deals()[0]
        assert again.said(one, NOW).win == model.said(one, NOW).win


def test_trees_say_in_plain_python_what_scikit_learn_says(learnt: Learnt, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[HistGradientBoostingClassifier] = []
    whole = HistGradientBoostingClassifier.fit

    def remembered(self: HistGradientBoostingClassifier, *given: object) -> HistGradientBoostingClassifier:
        kept.append(self)
        return whole(self, *given)

    monkeypatch.setattr(HistGradientBoostingClassifier, "fit", remembered)
    trees = training.grow(learnt.rows, learnt.simple.rates, SHAPE.order)
    some = learnt.rows[::40]
    known = [values(one.moment, learnt.simple.rates) for one in some]
    cells = [row(one.moment.deal.stage, found, trees.columns) for one, found in zip(some, known, strict=True)]
    theirs = kept[0].decision_function(np.array(cells))
    ours = [sum(trees.parts(one.moment.deal.stage, found).values()) for one, found in zip(some, known, strict=True)]
    assert ours == pytest.approx(list(theirs), abs=1e-9)


def test_points_sum_exactly_whatever_the_basis(models: dict[str, Model]) -> None:
    for name, model in models.items():
        for one in open_deals()[:20]:
            said = scored(model, one, NOW, "Stage")
            assert sum(reason.points for reason in said.reasons) == said.win - said.base, (name, one.id)
            assert said.low <= said.win <= said.high


@settings(max_examples=60)
@given(
    base=st.floats(0.01, 0.99),
    decided=st.floats(0.0025, 0.9975),
    stuck=st.floats(0, 1),
    parts=st.lists(st.floats(-3, 3), min_size=1, max_size=8),
)
def test_points_sum_exactly_whatever_the_parts(base: float, decided: float, stuck: float, parts: list[float]) -> None:
    given_parts = {f"f{number}": part for number, part in enumerate(parts)}
    moment = learn([], 0.0, SHAPE).simple.said(deal((0, "qualify")), NOW).moment
    said = Said(moment, base, decided, decided * (1 - stuck), given_parts, 10.0)
    points = sum(one.points for one in reasons(said, {}, "Stage"))
    assert points == shown(said.win) - shown(said.base)


def test_the_future_of_a_deal_changes_nothing_of_what_is_said(models: dict[str, Model]) -> None:
    whole = deal((0, "qualify"), (5, "propose"), (90, "negotiate"), (120, "won"))
    then = whole.as_of(BEGIN + 50)
    for model in models.values():
        assert model.said(whole, BEGIN + 50).win == model.said(then, BEGIN + 50).win


def test_a_week_ago_is_asked_of_the_same_model(models: dict[str, Model]) -> None:
    young, old = deal((195, "qualify")), deal((100, "qualify"), (199.5, "negotiate"))
    model = models["STAGE_RATE"]
    assert scored(model, young, NOW, "Qualify").trend is PredictionTrend.TOO_EARLY
    moved = scored(model, old, NOW, "Negotiate")
    assert moved.trend is PredictionTrend.IMPROVING
    assert moved.previous == shown(model.said(old, NOW - 7).win)


def test_the_close_date_is_within_its_interval(models: dict[str, Model]) -> None:
    dated = 0
    for one in open_deals()[:20]:
        said = scored(models["MODEL"], one, NOW, "Stage")
        if said.expected is not None:
            assert said.earliest is not None
            assert said.latest is not None
            assert date(2024, 1, 1) < said.earliest <= said.expected <= said.latest
            dated += 1
    assert dated


def test_next_stages_are_shares(models: dict[str, Model]) -> None:
    drawn = Random(5)
    for one in drawn.sample(open_deals(), 10):
        for model in models.values():
            assert sum(model.next_stage(model.said(one, NOW)).values()) == pytest.approx(1.0)
