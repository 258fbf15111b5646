"""The rows that a model learns from: closed deals at moments of their past, weighted.

A deal is asked at the entry into each stage and after some days in it, each time with what was known then. Deals that
take long are missing among those that have closed by now; those that are there count for them (inverse probability of
censoring), so that slow endings aren't underrated while a history is short. All rows of a deal count together less
than one row each would, so that long deals don't rule.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.prediction.deal import Deal, stays
from app.prediction.features import Moment, at_moment
from app.prediction.norms import Norms

ASKED_AFTER = (0.0, 1.0, 2.0, 4.0, 7.0, 10.0, 14.0, 21.0, 30.0, 45.0, 60.0, 90.0, 135.0, 200.0, 300.0)
"""Days in a stage."""
HEAVIEST = 8.0
SHARED = 0.5
"""A row of a deal with n rows counts 1 / n ** SHARED."""


@dataclass(frozen=True, slots=True)
class Landmark:
    """`days_left`: to its end. `next`: the stage it went to from where it stood."""

    moment: Moment
    won: bool
    days_left: float
    next: str
    weight: float
    of: str


class Watched:
    """For how long deals could be watched by now: the share that could have been seen to last so many days."""

    def __init__(self, deals: Iterable[Deal], now: float) -> None:
        self._spans = sorted(max(now - deal.created, 0.0) for deal in deals)

    def weight(self, days: float) -> float:
        """How many a deal stands for that took so long."""
        longer = len(self._spans) - bisect_left(self._spans, days - 1e-6)
        return min(len(self._spans) / longer, HEAVIEST) if longer else HEAVIEST


def landmarks(deals: Sequence[Deal], now: float, norms: Norms) -> list[Landmark]:
    """`deals`: as they stand now, those that are open as well."""
    watched = Watched(deals, now)
    return [row for deal in deals if deal.end is not None for row in _of(deal, now, norms, watched)]


def _of(deal: Deal, now: float, norms: Norms, watched: Watched) -> Iterator[Landmark]:
    assert deal.end is not None
    asked = [(at, stay.to or "") for stay in stays(deal, now) for at in _times(stay.since, stay.until)]
    weight = watched.weight(deal.end.at - deal.created) / len(asked) ** SHARED if asked else 0.0
    for at, following in asked:
        moment = at_moment(deal, at, norms)
        yield Landmark(moment, deal.end.won, max(deal.end.at - at, 0.0), following, weight, deal.id)


def _times(since: float, until: float) -> list[float]:
    return [since + after for after in ASKED_AFTER if after == 0.0 or since + after < until]


def numbered(order: Mapping[str, int]) -> list[str]:
    """Stages by their place."""
    return sorted(order, key=lambda stage: (order[stage], stage))
