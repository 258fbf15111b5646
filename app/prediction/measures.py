"""Measures of predictions, in plain Python: `outcomes` are what happened, `said` the probabilities, in one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import median

SURE = 1e-4
"""No probability counts as closer to 0 or 1 than this."""
BINS = 10


def auc(outcomes: Sequence[bool], said: Sequence[float]) -> float | None:
    """The share of pairs in which what happened had the higher probability; ties count half. None without pairs."""
    happened = sum(outcomes)
    others = len(outcomes) - happened
    if not happened or not others:
        return None
    order = sorted(range(len(said)), key=said.__getitem__)
    ranks, place = 0.0, 0
    while place < len(order):
        end = place
        while end < len(order) and said[order[end]] == said[order[place]]:
            end += 1
        rank = (place + 1 + end) / 2
        ranks += rank * sum(outcomes[index] for index in order[place:end])
        place = end
    return (ranks - happened * (happened + 1) / 2) / (happened * others)


def brier(outcomes: Sequence[bool], said: Sequence[float]) -> float | None:
    return _mean([(one - p) ** 2 for one, p in zip(outcomes, said, strict=True)])


def log_loss(outcomes: Sequence[bool], said: Sequence[float]) -> float | None:
    return _mean([-log(max(p if one else 1 - p, SURE)) for one, p in zip(outcomes, said, strict=True)])


def calibration(outcomes: Sequence[bool], said: Sequence[float]) -> list[tuple[float, float, float, int, int]]:
    """By ten equal groups of rising probability: lowest, highest, mean of it, wins, and how many there are."""
    order = sorted(range(len(said)), key=lambda index: (said[index], index))
    groups = [order[len(order) * n // BINS : len(order) * (n + 1) // BINS] for n in range(BINS)]
    return [
        (
            said[of[0]],
            said[of[-1]],
            sum(said[index] for index in of) / len(of),
            sum(outcomes[index] for index in of),
            len(of),
        )
        for of in groups
        if of
    ]


def calibration_error(outcomes: Sequence[bool], said: Sequence[float]) -> float | None:
    groups = calibration(outcomes, said)
    if not groups:
        return None
    return sum(abs(predicted * of - wins) for _, _, predicted, wins, of in groups) / len(said)


@dataclass(frozen=True, slots=True)
class Gain:
    mean: float
    error: float

    @property
    def is_more_than_chance(self) -> bool:
        return self.mean > self.error


def gain(outcomes: Sequence[bool], before: Sequence[float], after: Sequence[float], of: Sequence[str]) -> Gain:
    """By how much the Brier score falls from `before` to `after`. `of`: whose each is; those of one deal count as one
    in its standard error."""
    by_deal: dict[str, float] = {}
    for one, was, now, deal in zip(outcomes, before, after, of, strict=True):
        by_deal[deal] = by_deal.get(deal, 0.0) + (one - was) ** 2 - (one - now) ** 2
    rows, deals = len(outcomes), len(by_deal)
    if deals < 2:
        return Gain(0.0, float("inf"))
    mean = sum(by_deal.values()) / rows
    share = rows / deals
    spread = sum((total - mean * share) ** 2 for total in by_deal.values()) / (deals - 1)
    return Gain(mean, sqrt(spread / deals) / share)


def median_error(actual: Sequence[float], said: Sequence[float]) -> float | None:
    errors = [abs(one - other) for one, other in zip(actual, said, strict=True)]
    return median(errors) if errors else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
