"""The prediction of an open deal as it is stored, by the model that is meant for it."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.prediction.changes import Change, most_valuable
from app.prediction.deal import Deal, moment
from app.prediction.explaining import TENTHS, Reason, reasons, shown
from app.prediction.linear import values
from app.prediction.model import Model
from app.vocabulary import PredictionBasis, PredictionTrend

WEEK = 7.0
NOTABLE = 30
"""A change of so many tenths of a percentage point within a week is one for the better or the worse."""
FURTHEST = timedelta(days=3_650)


@dataclass(frozen=True, slots=True)
class Scored:
    """Probabilities in tenths of a percentage point. `usual`: of all deals that come to its stage."""

    basis: PredictionBasis
    win: int
    low: int
    high: int
    base: int
    usual: int
    reasons: list[Reason]
    expected: date | None
    earliest: date | None
    latest: date | None
    previous: int | None
    trend: PredictionTrend
    change: Change | None = None


def scored(model: Model, deal: Deal, at: float, stage_name: str) -> Scored:
    """`deal`: open at `at`, having entered a stage before."""
    said = model.said(deal, at)
    low, high = said.interval()
    closing = model.closing(said)
    win = shown(said.win)
    previous = shown(model.said(deal, at - WEEK).win) if deal.entries[0].at <= at - WEEK else None
    told = reasons(said, values(said.moment, model.rates), stage_name)
    return Scored(
        basis=model.basis,
        win=win,
        low=min(shown(low), win),
        high=max(shown(high), win),
        base=shown(said.base),
        usual=shown(model.usual(said.moment.deal.stage)),
        reasons=told,
        expected=_day(at, closing.median) if closing else None,
        earliest=_day(at, closing.low) if closing else None,
        latest=_day(at, closing.high) if closing else None,
        previous=previous,
        trend=_trend(win, previous),
        change=most_valuable(model, deal, at, said),
    )


def _day(at: float, later: float) -> date:
    return (moment(at) + min(timedelta(days=later), FURTHEST)).date()


def _trend(win: int, previous: int | None) -> PredictionTrend:
    if previous is None:
        return PredictionTrend.TOO_EARLY
    if win - previous >= NOTABLE:
        return PredictionTrend.IMPROVING
    return PredictionTrend.DECLINING if previous - win >= NOTABLE else PredictionTrend.STEADY


def probability(tenths: int) -> float:
    return tenths / TENTHS
