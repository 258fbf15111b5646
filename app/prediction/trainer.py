"""A training: from the deals of a group to a model, its back-test, and what there is to say about both."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from app.prediction.backtest import WEEKS_4, Fit, backtest
from app.prediction.crowd import Crowd, everyone
from app.prediction.deal import Deal
from app.prediction.drift import drift
from app.prediction.fitting import fit
from app.prediction.ladder import RUNGS, Choice, calibration, choose, pooled
from app.prediction.learning import Learnt, learn, with_basis
from app.prediction.model import Model
from app.prediction.shape import Shape
from app.prediction.words import named
from app.vocabulary import PredictionBasis

MOST_CUTS, ENOUGH_BEFORE = 6, 60


@dataclass(frozen=True, slots=True)
class Trained:
    """`backtest` and `calibration` as JSON."""

    model: Model
    deals: int
    wins: int
    better_than_baseline: bool
    backtest: list[dict[str, Any]] = field(default_factory=list)
    calibration: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def cuts(deals: Sequence[Deal], now: float) -> list[float]:
    """Every fourth week, back from four weeks ago, as long as enough deals had closed by then."""
    ends = sorted(deal.end.at for deal in deals if deal.end is not None)
    found = []
    for number in range(1, MOST_CUTS + 1):
        cut = now - number * WEEKS_4
        if sum(end <= cut for end in ends) < ENOUGH_BEFORE:
            break
        found.append(cut)
    return found[::-1]


def train(deals: Sequence[Deal], now: float, shape: Shape, crowd: Crowd = everyone) -> Trained:
    learnt = learn(deals, now, shape, crowd)
    fitting = able()
    lines = backtest(learnt.deals, cuts(learnt.deals, now), now, shape, fitting, crowd)
    choice = choose(learnt.ended, learnt.wins, lines, has_training=fitting is fit)
    asked = pooled(lines).get(choice.kind or "")
    model = _made(learnt, choice, fitting(learnt, shape) if choice.kind in RUNGS[2:] else {})
    return Trained(
        model=model,
        deals=learnt.ended,
        wins=learnt.wins,
        better_than_baseline=choice.better_than_baseline,
        backtest=[line.as_json() for line in lines],
        calibration=calibration(asked) if asked is not None else [],
        warnings=[*_left_out(model), *drift(learnt, asked)],
        missing=list(choice.missing),
    )


def able() -> Fit:
    """Fits models where scikit-learn is installed, else none."""
    return fit if find_spec("sklearn") is not None else _nothing


def _made(learnt: Learnt, choice: Choice, fitted: Any) -> Model:
    if choice.kind in fitted:
        made: Model = fitted[choice.kind]
        return made
    return with_basis(learnt.simple, choice.basis)


def _nothing(_: Learnt, __: Shape) -> dict[str, Model]:
    return {}


def _left_out(model: Model) -> list[str]:
    if not model.left_out or model.basis is not PredictionBasis.MODEL:
        return []
    of = named(model.left_out)
    return [f"Left out, since open, won and lost opportunities differ in having it filled in at all: {of}."]
