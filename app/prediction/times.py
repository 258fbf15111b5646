"""The days that are left until a deal is decided, by stage and days in it, apart for deals that are won and lost.

Both kinds of end compete, and deals that are still open count for as long as they were watched (Aalen–Johansen, for the
deals that were still in a stage after so many days). What is left of a deal is a mixture of the two by its own
probability, so whatever raises that probability also moves the date.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.prediction.crowd import Crowd, everyone
from app.prediction.deal import Deal, Stay, stays
from app.prediction.landmarks import ASKED_AFTER

POINTS = 100
FEWEST = 30
LOWER, UPPER = 0.1, 0.9
"""The interval of 80 %."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from now."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Ends:
    """Of the deals that were still in one stage after so many days: days from the entry to the end, ascending, each for
    an equal part of the share `won_share` or `lost_share`; the rest isn't decided as far as was seen."""

    won: tuple[float, ...]
    won_share: float
    lost: tuple[float, ...]
    lost_share: float

    def left(self, age: float, win: float) -> list[tuple[float, float]]:
        """Days left and their weights, ascending; empty for a deal that is older than any that ended."""
        found: list[tuple[float, float]] = []
        for points, share in ((self.won, win), (self.lost, 1.0 - win)):
            later = [point - age for point in points if point > age]
            found += [(days, share / len(later)) for days in later]
        return sorted(found)

    def won_within(self, age: float, days: float) -> float:
        """Of deals that are open after `age` days, the share won by `days` later."""
        gone = _part(self.won, age) * self.won_share + _part(self.lost, age) * self.lost_share
        going = 1.0 - gone
        if going <= 1e-9:
            return 0.0
        return min((_part(self.won, age + days) - _part(self.won, age)) * self.won_share / going, 1.0)


def _part(points: Sequence[float], until: float) -> float:
    return bisect_right(points, until) / len(points) if points else 0.0


@dataclass(frozen=True, slots=True)
class Times:
    """`ages[stage][i]` days belong to `ends[stage][i]`."""

    ages: Mapping[str, tuple[float, ...]]
    ends: Mapping[str, tuple[Ends, ...]]

    def interval(self, stage: str, age: float, win: float) -> Interval | None:
        ends = self._of(stage, age)
        left = ends.left(age, win) if ends is not None else []
        if not left:
            return None
        return Interval(_quantile(left, 0.5), _quantile(left, LOWER), _quantile(left, UPPER))

    def won_within(self, stage: str, age: float, days: float) -> float:
        ends = self._of(stage, age)
        return ends.won_within(age, days) if ends is not None else 0.0

    def _of(self, stage: str, age: float) -> Ends | None:
        known = self.ages.get(stage)
        return self.ends[stage][max(bisect_right(known, age) - 1, 0)] if known else None


def times_of(deals: Iterable[Deal], now: float, crowd: Crowd = everyone) -> Times:
    """`deals`: as they stand now. Nothing is said of stages and ages after which too few ended for `crowd`."""
    by_stage = defaultdict[str, list[tuple[Stay, Deal]]](list)
    for deal in deals:
        for stay in stays(deal, now):
            by_stage[stay.stage].append((stay, deal))
    ages: dict[str, tuple[float, ...]] = {}
    ends: dict[str, tuple[Ends, ...]] = {}
    for stage, of_stage in by_stage.items():
        if found := _by_age(of_stage, now, crowd):
            ages[stage], ends[stage] = tuple(found), tuple(found.values())
    return Times(ages, ends)


def _by_age(of_stage: Sequence[tuple[Stay, Deal]], now: float, crowd: Crowd) -> dict[float, Ends]:
    found: dict[float, Ends] = {}
    for age in ASKED_AFTER:
        there = [(stay, deal) for stay, deal in of_stage if stay.until - stay.since > age or age == 0.0]
        ended = crowd(deal for _, deal in there if deal.end is not None)
        if (len(there) < FEWEST and found) or (not ended and crowd is not everyone):
            break
        there = [(stay, deal) for stay, deal in there if deal.end is None or deal.id in ended]
        found[age] = _ends([_seen(stay, deal, now) for stay, deal in there])
    return found


def _seen(stay: Stay, deal: Deal, now: float) -> tuple[float, int]:
    """Days from the entry, and 1 for won, -1 for lost, 0 for open."""
    if deal.end is None:
        return now - stay.since, 0
    return max(deal.end.at - stay.since, 0.0), 1 if deal.end.won else -1


def _ends(seen: Sequence[tuple[float, int]]) -> Ends:
    staying, at_risk = 1.0, len(seen)
    won: list[tuple[float, float]] = []
    lost: list[tuple[float, float]] = []
    for days, group in groupby(sorted(seen), key=lambda one: one[0]):
        kinds = [kind for _, kind in group]
        for kind, points in ((1, won), (-1, lost)):
            if number := kinds.count(kind):
                points.append((days, staying * number / at_risk))
        staying *= 1.0 - (len(kinds) - kinds.count(0)) / at_risk
        at_risk -= len(kinds)
    return Ends(_points(won), sum(share for _, share in won), _points(lost), sum(share for _, share in lost))


def _points(pairs: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """At most `POINTS`, each for an equal share of the weight."""
    count = min(POINTS, len(pairs))
    return tuple(round(_quantile(pairs, (n + 0.5) / count), 3) for n in range(count))


def _quantile(pairs: Sequence[tuple[float, float]], share: float) -> float:
    """Of values with their weights, ascending; between two of them by their distance."""
    total = sum(weight for _, weight in pairs)
    wanted, passed, before = share * total, 0.0, None
    for value, weight in pairs:
        middle = passed + weight / 2
        if middle >= wanted:
            if before is None:
                return value
            at, was = before
            return was + (value - was) * (wanted - at) / (middle - at)
        before = (middle, value)
        passed += weight
    return pairs[-1][0]
