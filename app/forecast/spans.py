"""Spans of days that roll-ups are read by: whole weeks wherever an open deal's chance changes evenly over the week.

The chance that a deal is won in a window depends on its stage and on a day, that of its expected closing or of its
making. Over a week it rises or falls by about the same from day to day, so that the sums of a week, and of its amounts
times their days, tell what its days would. Where it doesn't, by more than `TOLERANCE`, days are read one by one.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.forecast.model import Odds, chance

WEEK = 7
TOLERANCE = 0.002
"""Of a deal's chance, and of its variance."""
STAGES = (0.1, 0.5, 0.9)
"""Chances of stages for which it is tried."""
EVER = 2_000_000_000


class Span(NamedTuple):
    """Roll-ups of `days` days that begin on the days from `begins` to `until`, as days since 1970. `share` and `ratio`
    as of `Odds`, on the first day of each, and on the last."""

    days: int
    dated: bool
    begins: int
    until: int
    share: float
    ratio: float
    last_share: float
    last_ratio: float


class Series(NamedTuple):
    """Odds by day, from the day `begins` on. Before it and after the last one they are as on these."""

    begins: int
    share: Sequence[float]
    ratio: Sequence[float]

    def at(self, day: int) -> tuple[float, float]:
        place = min(max(day - self.begins, 0), len(self.share) - 1)
        return self.share[place], self.ratio[place]


def by_expected_day(odds: Odds, today: int, earliest: int) -> Series:
    """`today`: days since 1970. `earliest`: how far off the first day is."""
    return Series(today + earliest, odds.share, odds.ratio)


def by_first_day(odds: Odds, today: int) -> Series:
    """Of odds by age."""
    return Series(today - len(odds.share) + 1, odds.share[::-1], odds.ratio[::-1])


def spans(series: Series, *, dated: bool, tolerance: float = TOLERANCE) -> Iterator[Span]:
    """All that deals can be won in."""
    last = series.begins + len(series.share) - 1
    first_week = WEEK * ((series.begins - WEEK + 1) // WEEK) + WEEK
    yield from _constant(series, dated, -EVER, first_week - WEEK)
    week = first_week
    while week < last:
        yield from _week(series, dated, week, tolerance)
        week += WEEK
    yield from _constant(series, dated, week, EVER)


def _constant(series: Series, dated: bool, begins: int, until: int) -> Iterator[Span]:
    odds = series.at(begins)
    if odds[0] > 0:
        yield Span(WEEK, dated, begins, until, *odds, *odds)


def _week(series: Series, dated: bool, week: int, tolerance: float) -> Iterator[Span]:
    odds = [series.at(week + day) for day in range(WEEK)]
    if not any(share for share, _ in odds):
        return
    if _is_even(odds, tolerance):
        yield Span(WEEK, dated, week, week, *odds[0], *odds[-1])
        return
    for day, (share, ratio) in enumerate(odds, week):
        if share > 0:
            yield Span(1, dated, day, day, share, ratio, share, ratio)


def _is_even(odds: Sequence[tuple[float, float]], tolerance: float) -> bool:
    for stage in STAGES:
        chances = [chance(stage, share, ratio) for share, ratio in odds]
        variances = [one * (1 - one) for one in chances]
        if not (_is_straight(chances, tolerance) and _is_straight(variances, tolerance)):
            return False
    return True


def _is_straight(values: Sequence[float], tolerance: float) -> bool:
    first, steps = values[0], len(values) - 1
    rise = (values[-1] - first) / steps
    return all(abs(value - first - rise * nth) <= tolerance for nth, value in enumerate(values))
