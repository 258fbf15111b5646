"""A logistic model as data: what each feature adds to the logarithm of the odds.

It begins with what stage and days in it say (`base`), so that it can only put that right. A feature that isn't known
stands at its mean and adds nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from app.prediction.features import CATEGORIES, FEATURES, Moment
from app.prediction.stage_rates import StageRates

Column = tuple[str, str | None, str | None]
"""A feature, the stage in which alone it counts, and the word of a category for which it stands."""
BASE = "base"
FURTHEST = 6.0
"""No probability is nearer to 0 or 1 than that of these log odds."""


def logit(probability: float) -> float:
    inner = min(max(probability, 1e-3), 1 - 1e-3)
    return log(inner / (1 - inner))


def expit(odds: float) -> float:
    return 1 / (1 + exp(-min(max(odds, -FURTHEST), FURTHEST)))


@dataclass(frozen=True, slots=True)
class Term:
    """`weight` for each of a feature's standard deviation `scale` from its `mean`; in one stage, or (None) in all.
    `word`: of a category, for deals of which it holds."""

    feature: str
    stage: str | None
    mean: float
    scale: float
    weight: float
    word: str | None = None


def values(moment: Moment, rates: StageRates) -> dict[str, float | str | None]:
    """All features, and the log odds by stage and days in it."""
    deal = moment.deal
    found: dict[str, float | str | None] = {BASE: logit(rates.win(deal.stage, moment.days_in_stage))}
    found |= {feature.key: feature.read(moment) for feature in FEATURES}
    found |= {category.key: category.read(moment) for category in CATEGORIES}
    return found


@dataclass(frozen=True, slots=True)
class Linear:
    intercept: float
    terms: tuple[Term, ...]

    def parts(self, stage: str, known: Mapping[str, float | str | None]) -> dict[str, float]:
        """What each feature adds to the log odds; with the intercept under `base`."""
        found = {BASE: self.intercept}
        for term in self.terms:
            if term.stage is not None and term.stage != stage:
                continue
            value = known.get(term.feature)
            if value is None:
                continue
            number = float(value == term.word) if term.word is not None else float(value)
            found[term.feature] = found.get(term.feature, 0.0) + term.weight * (number - term.mean) / term.scale
        return found


def columns(stages: Sequence[str], words: Mapping[str, Sequence[str]]) -> list[Column]:
    """Feature, stage and word of each term, in the order of `row`."""
    found: list[Column] = [(BASE, None, None)]
    found += [(BASE, stage, None) for stage in stages]
    for feature in FEATURES:
        found.append((feature.key, None, None))
        if feature.by_stage:
            found += [(feature.key, stage, None) for stage in stages]
    found += [(category.key, None, word) for category in CATEGORIES for word in words.get(category.key, ())]
    return found


def row(stage: str, known: Mapping[str, float | str | None], of: Sequence[Column]) -> list[float]:
    """NaN where it says nothing."""
    return [_cell(stage, known, *column) for column in of]


def _cell(
    stage: str, known: Mapping[str, float | str | None], feature: str, only: str | None, word: str | None
) -> float:
    value = known.get(feature)
    if value is None or (only is not None and only != stage):
        return float("nan")
    return float(value == word) if word is not None else float(value)
