"""The models of the basis MODEL from what was known at a moment, where there is enough of it."""

from collections.abc import Mapping
from dataclasses import replace

from app.prediction import training
from app.prediction.backtest import LINEAR, TREES
from app.prediction.crowd import everyone
from app.prediction.learning import Learnt
from app.prediction.model import Model
from app.prediction.shape import Shape
from app.vocabulary import PredictionBasis

ENOUGH_DEALS, ENOUGH_OF_EACH = 200, 40
"""Closed deals that a model takes, and of them won ones as well as lost ones."""
ENOUGH_FOR_TREES = 500


def is_enough(learnt: Learnt) -> bool:
    wins = learnt.wins
    return learnt.ended >= ENOUGH_DEALS and min(wins, learnt.ended - wins) >= ENOUGH_OF_EACH


def fit(learnt: Learnt, shape: Shape) -> Mapping[str, Model]:
    """Raises `ModuleNotFoundError` where scikit-learn isn't installed."""
    if not is_enough(learnt):
        return {}
    left_out = learnt.simple.left_out
    rows, rates, crowd = learnt.rows, learnt.simple.rates, learnt.crowd
    ways = training.lead(rows, rates, shape.order, left_out, crowd)
    simple = replace(learnt.simple, basis=PredictionBasis.MODEL, ways=ways)
    found = {LINEAR: replace(simple, linear=training.fit(rows, rates, shape.order, left_out, crowd))}
    # The deals in a leaf of a tree may be anybody's.
    if learnt.ended >= ENOUGH_FOR_TREES and crowd is everyone:
        found[TREES] = replace(simple, trees=training.grow(rows, rates, shape.order, left_out))
    return found
