"""Predictions and their models, as clients see them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry

from app import nouns
from app.database import database
from app.identity.scopes import scope_of
from app.prediction import reading
from app.prediction.backtest import TREES
from schema.engine.declare import Requester, column, computed, entity, expression, to_one
from schema.enums import BacktestPopulation, ModelAudience, PredictionBasis, PredictionTrend
from schema.figures import Rate
from schema.identity.types import Partner
from schema.node import Node
from schema.prediction.figures import exactly, rounded, warned


@strawberry.type(description="A part of the difference between a win probability and the base rate.")
class PredictionReason:
    text: str = strawberry.field(
        description="The reason as a sentence in the viewer's language; English where there is no translation."
    )
    feature: str = strawberry.field(description="The key of the fact: `days_in_stage`.")
    value: str = strawberry.field(description="The value of the fact: “34 days”. Untrusted: escape it.")
    points: float = strawberry.field(
        description="The percentage points by which it raises the win probability, negative where it lowers it."
    )


@strawberry.type(description="The quality of predictions of one basis for opportunities whose outcome came later.")
class BacktestLine:
    cut: date = strawberry.field(
        description="The date up to which everything was known; outcomes after it were predicted."
    )
    population: BacktestPopulation = strawberry.field(description="The opportunities and moments asked about.")
    basis: PredictionBasis | None = strawberry.field(
        description="The basis; null for the constant share of all opportunities."
    )
    deals: int = strawberry.field(description="The number of opportunities whose outcome is known by now.")
    wins: int = strawberry.field(description="The number of those that were won.")
    auc: float | None = strawberry.field(
        description="The share of pairs of a won and a lost one in which the won one had the higher probability; 0.5 "
        "is chance. Null without wins or losses."
    )
    brier: float | None = strawberry.field(description="The mean squared error of the probability; lower is better.")
    log_loss: float | None = strawberry.field(description="The mean logarithmic loss; lower is better.")
    calibration_error: float | None = strawberry.field(
        description="The mean difference between predicted and observed shares, over ten groups by probability."
    )
    interval_coverage: float | None = strawberry.field(
        description="The share that closed within the 80 % interval of its closing date."
    )
    median_days_error: float | None = strawberry.field(
        description="The median difference in days between the predicted and the actual closing."
    )
    next_stage_log_loss: float | None = strawberry.field(
        description="The mean logarithmic loss of the prediction of the next stage."
    )
    won_in_30_days_auc: float | None = strawberry.field(
        description="As `auc`, for being won within 30 days, over all opportunities that were asked about."
    )


@strawberry.type(description="Opportunities with similar win probabilities in the back-test, and how many were won.")
class CalibrationBin:
    low: float = strawberry.field(description="The lowest predicted win probability among them.")
    high: float = strawberry.field(description="The highest.")
    predicted: float = strawberry.field(description="The mean of the predicted win probabilities.")
    observed: Rate = strawberry.field(description="The share that was won.")


async def _backtest(
    requester: Requester, keys: Sequence[UUID], __: Mapping[str, Any]
) -> Mapping[UUID, list[BacktestLine]]:
    found = await reading.backtests(database(), scope_of(requester.viewer), keys)
    return {key: [_line(one) for one in found.get(key, ())] for key in keys}


def _line(one: Mapping[str, Any]) -> BacktestLine:
    basis: str | None = one["basis"]
    figures: dict[str, float | None] = {name: one.get(name) for name in reading.FIGURES}
    return BacktestLine(
        cut=date.fromisoformat(one["cut"]),
        population=BacktestPopulation(one["population"]),
        basis=None if basis is None else PredictionBasis("MODEL" if basis == TREES else basis),
        deals=one["deals"],
        wins=one["wins"],
        **figures,
    )


async def _calibration(
    requester: Requester, keys: Sequence[UUID], __: Mapping[str, Any]
) -> Mapping[UUID, list[CalibrationBin]]:
    found = await reading.calibrations(database(), scope_of(requester.viewer), keys)
    return {key: [_bin(one) for one in found.get(key, ())] for key in keys}


def _bin(one: Mapping[str, Any]) -> CalibrationBin:
    observed = Rate.among(one["wins"], one["deals"])
    return CalibrationBin(low=one["low"], high=one["high"], predicted=one["predicted"], observed=observed)


async def _reasons(
    requester: Requester, keys: Sequence[UUID], __: Mapping[str, Any]
) -> Mapping[UUID, list[PredictionReason]]:
    found = await reading.reasons(database(), keys, requester.viewer.language)
    return {
        key: [
            PredictionReason(text=said.text, feature=said.feature, value=said.value, points=said.points)
            for said in found.get(key, ())
        ]
        for key in keys
    }


@entity(
    nouns.PREDICTION_MODEL,
    description="A trained model that predicts the outcome of opportunities on a playbook, with its back-test. Of the "
    "model of all partners, partners see only the current version, rounded figures and no back-test. Partner sellers "
    "see no figures of their organization's own model.",
)
class PredictionModel(Node):
    playbook_key: str = column("The key of the playbook, whose versions count together.")
    version: int = column("The number of the training, counted for each playbook from 1.")
    audience: ModelAudience = column("The opportunities that it was trained on.")
    partner: Partner | None = to_one("The partner on whose opportunities alone it was trained; otherwise null.")
    basis: PredictionBasis = column("The basis of its predictions: the most detailed one that the data supports.")
    trained_at: datetime = column("The date and time of the training.")
    deals: int | None = expression(
        rounded("deals"),
        "The number of closed opportunities that it was trained on. For partners rounded to two digits if the audience "
        "is `PARTNERS`; null for partner sellers if it is `PARTNER`.",
    )
    wins: int | None = expression(rounded("wins"), "The number of those that were won, rounded or null likewise.")
    backtest: list[BacktestLine] = computed(
        _backtest,
        "The back-test: each basis at several dates in the past, by what was known then. Empty where there are too few "
        "closed opportunities, for partners if the audience is `PARTNERS`, and for partner sellers.",
        personal=False,
        rows=50,
    )
    calibration: list[CalibrationBin] = computed(
        _calibration,
        "Predicted and observed shares in the back-test, by rising probability. Empty wherever `backtest` is.",
        personal=False,
        rows=10,
    )
    warnings: list[str] = expression(
        warned,
        "The reasons to be careful with it: drift, and data that was left out. Empty for partners if the audience is "
        "`PARTNERS`, and for partner sellers.",
    )
    better_than_baseline: bool | None = expression(
        exactly("better_than_baseline"),
        "Whether it predicted better in the back-test than the share of all opportunities alone, by more than chance. "
        "Null for partner sellers if the audience is `PARTNER`.",
    )
    missing: list[str] = column("The data that it takes to reach the next basis; empty for the most detailed one.")
    current: bool = column("Whether it is the model that is used.")


@entity(
    nouns.PREDICTION,
    description="A prediction of whether and when an open opportunity will be won. Visible to the vendor and to the "
    "partner that leads the opportunity.",
)
class Prediction(Node):
    win_probability: float = column("The probability of winning it, from 0 to 1, rounded to 0.001.")
    low: float = column("The lower end of the 80 % interval of the probability.")
    high: float = column("The upper end.")
    base_rate: float = column(
        "The share won of all opportunities that the model was trained on, from 0 to 1. The points of `reasons` add up "
        "to the difference from it."
    )
    basis: PredictionBasis = column("The basis of this prediction.")
    reasons: list[PredictionReason] = computed(
        _reasons,
        "The reasons, the weightiest first. Their points add up to the difference between `winProbability` and "
        "`baseRate`.",
        personal=False,
        rows=5,
    )
    expected_close_date: date | None = column(
        "The median date of being won or lost (UTC); null where too few opportunities have closed."
    )
    earliest: date | None = column("The first day of the 80 % interval of that date.", name="earliest_close_date")
    latest: date | None = column("The last day of it.", name="latest_close_date")
    as_of: datetime = column("The date and time of the computation.")
    previous: float | None = column(
        "The win probability a week before, by the same model; null for younger opportunities."
    )
    trend: PredictionTrend = column("The change since then.")
    model: PredictionModel = to_one("The model.")
