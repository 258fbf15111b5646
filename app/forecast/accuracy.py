"""Forecasts made so many days before a period ended, against what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from app.analytics.kept import kept_answers
from app.events.log import Reader
from app.forecast.basis import measure
from app.forecast.model import Basis, Spread
from app.forecast.reading import MODELLED, closed_by, forecast
from app.forecast.snapshots import Point, points_of
from app.forecast.sources import said
from app.forecast.sums import Amounts, Sums, added
from app.identity.viewer import Viewer
from app.periods import Period
from app.vocabulary import ForecastMethod

DAYS_BEFORE = (90, 60, 30, 7)
USUAL_PERIODS = 4
"""Looked back at, unless somebody asks for others."""
_A_DAY = timedelta(days=1)
_LAST_MOMENT = timedelta(microseconds=1)
"""Before the end of a period: what happens as it ends is the next one's."""


@dataclass(frozen=True, slots=True)
class Forecasted:
    """In one currency. `error`: of the forecast, as a share of what came; None where nothing did. `within`: whether
    what came is in the 80 % range; None of a method without one."""

    period: Period
    days_before: int
    as_of: datetime
    method: ForecastMethod
    currency: str
    forecast: Decimal
    came: Decimal
    within: bool | None = None

    @property
    def error(self) -> float | None:
        return float((self.forecast - self.came) / self.came) if self.came else None


@dataclass(frozen=True, slots=True)
class Tally:
    """Of a method so many days before: `error` is the median of errors without their sign, `bias` the mean with it, of
    those that have one. `within` of `ranges` ranges held what came."""

    method: ForecastMethod
    days_before: int
    forecasts: int
    error: float | None
    bias: float | None
    within: int
    ranges: int


async def kept_accuracy(
    db: Reader, viewer: Viewer, periods: Sequence[Period], filters: Mapping[str, object], now: datetime
) -> list[Forecasted]:
    """As `accuracy`, or as it was made a while ago, where that is a matter of many deals (`app.analytics.kept`)."""
    asked = ("accuracy", tuple(periods), said(viewer, filters))
    return await kept_answers.answer(viewer, asked, lambda: accuracy(db, viewer, periods, filters, now))


async def accuracy(
    db: Reader, viewer: Viewer, periods: Sequence[Period], filters: Mapping[str, object], now: datetime
) -> list[Forecasted]:
    """Of periods that are over. What was kept each night is taken as it was; the rest is computed from the history of
    deals, and so is what came: the viewer's as they stood at the end of the period, since what is changed, moved or
    reopened later is nothing that a forecast could be right about. Where no deal was there yet, nothing was forecast.
    """
    found: list[Forecasted] = []
    bases: dict[datetime, Basis] = {}
    for period in periods:
        kept = {} if filters else {one.taken_at.date(): one for one in await points_of(db, viewer, period, now)}
        over = period.ends - _LAST_MOMENT
        came = await closed_by(db, viewer, period, filters, over)
        for days in DAYS_BEFORE:
            at = period.ends - timedelta(days=days)
            point = kept.get((at - _A_DAY).date()) or await _computed(db, viewer, period, filters, at, now, bases)
            found += _held_against(period, days, point, came)
    return found


async def _computed(
    db: Reader,
    viewer: Viewer,
    period: Period,
    filters: Mapping[str, object],
    at: datetime,
    now: datetime,
    bases: dict[datetime, Basis],
) -> Point:
    """`bases`: those measured already, by the moment: months that follow each other are forecast at the same ones."""
    if at not in bases:
        bases[at] = await measure(db, viewer, filters, at)
    one = await forecast(db, viewer, period, filters, now=now, as_of=at, wanted=(MODELLED,), basis=bases[at])
    return Point(at, one.sums, {code: made.range for code, made in one.modelled.items()})


def _held_against(period: Period, days: int, point: Point, came: Amounts) -> Iterable[Forecasted]:
    if not (point.sums.open_deals or point.sums.closed_deals or point.modelled):
        return
    for method, amounts in _methods(point.sums, point.modelled).items():
        for currency in sorted({*amounts, *came}):
            amount, really = amounts.get(currency, Decimal(0)), came.get(currency, Decimal(0))
            range = point.modelled.get(currency) if method is ForecastMethod.MODELLED else None
            within = None if range is None else range.low <= float(really) <= range.high
            yield Forecasted(period, days, point.taken_at, method, currency, amount, really, within)


def _methods(sums: Sums, modelled: Mapping[str, Spread]) -> dict[ForecastMethod, Amounts]:
    commit = added(sums.closed, sums.commit)
    best_case = added(commit, sums.best_case)
    return {
        ForecastMethod.COMMIT: commit,
        ForecastMethod.BEST_CASE: best_case,
        ForecastMethod.PIPELINE: added(best_case, sums.pipeline),
        ForecastMethod.WEIGHTED: sums.weighted,
        ForecastMethod.MODELLED: {code: Decimal(str(range.expected)) for code, range in modelled.items()},
    }


def tallies(found: Iterable[Forecasted]) -> list[Tally]:
    """By method, and by how many days before, most first."""
    grouped: dict[tuple[ForecastMethod, int], list[Forecasted]] = {}
    for one in found:
        grouped.setdefault((one.method, one.days_before), []).append(one)
    order = {method: nth for nth, method in enumerate(ForecastMethod)}
    return [
        _tally(method, days, grouped[method, days])
        for method, days in sorted(grouped, key=lambda key: (order[key[0]], -key[1]))
    ]


def _tally(method: ForecastMethod, days: int, found: Sequence[Forecasted]) -> Tally:
    errors = [one.error for one in found if one.error is not None]
    ranges = [one.within for one in found if one.within is not None]
    return Tally(
        method,
        days,
        forecasts=len(found),
        error=median(map(abs, errors)) if errors else None,
        bias=sum(errors) / len(errors) if errors else None,
        within=sum(ranges),
        ranges=len(ranges),
    )
