"""Warnings that the present is no longer like the past that a model was made of."""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, pstdev

from app.prediction import measures
from app.prediction.backtest import Asked
from app.prediction.deal import Deal
from app.prediction.features import FEATURES, at_moment
from app.prediction.learning import Learnt
from app.prediction.words import named

QUARTER = 91.0
FEW = 30
SURE = 3.0
"""Standard errors; standard deviations, of a feature's mean, are `SHIFTED`."""
SHIFTED = 0.5
OFF = 0.08
"""A calibration error on the last quarter that is worth a warning."""


def drift(learnt: Learnt, asked: Asked | None) -> list[str]:
    """Of the win rate, the mix of features and the calibration on the last quarter."""
    since = learnt.at - QUARTER
    return [*_win_rate(learnt.deals, since), *_mix(learnt, since), *_calibration(asked)]


def _win_rate(deals: Sequence[Deal], since: float) -> list[str]:
    late = [deal.end.won for deal in deals if deal.end is not None and deal.end.at > since]
    early = [deal.end.won for deal in deals if deal.end is not None and deal.end.at <= since]
    if min(len(late), len(early)) < FEW:
        return []
    now, before, share = fmean(late), fmean(early), fmean([*late, *early])
    error = sqrt(share * (1 - share) * (1 / len(late) + 1 / len(early)))
    if error == 0 or abs(now - before) < SURE * error:
        return []
    return [f"The share won was {now:.0%} in the last quarter, and {before:.0%} before."]


def _mix(learnt: Learnt, since: float) -> list[str]:
    norms, shifted = learnt.simple.norms, []
    late = [at_moment(deal, deal.entries[0].at, norms) for deal in learnt.deals if deal.entries[0].at > since]
    early = [at_moment(deal, deal.entries[0].at, norms) for deal in learnt.deals if deal.entries[0].at <= since]
    for feature in FEATURES:
        now = [value for one in late if (value := feature.read(one)) is not None]
        before = [value for one in early if (value := feature.read(one)) is not None]
        if min(len(now), len(before)) < FEW:
            continue
        spread = pstdev([*now, *before])
        if spread > 0 and abs(fmean(now) - fmean(before)) > SHIFTED * spread:
            shifted.append(feature.key)
    return [f"New opportunities differ from earlier ones in: {named(shifted)}."] if shifted else []


def _calibration(asked: Asked | None) -> list[str]:
    if asked is None or len(asked.outcomes) < 10 * FEW:
        return []
    error = measures.calibration_error(asked.outcomes, asked.said) or 0.0
    return [f"In the back-test, probabilities were off by {error:.0%} on average."] if error > OFF else []
