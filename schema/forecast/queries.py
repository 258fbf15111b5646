"""Queries for forecasts."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.currencies.rates import InOneCurrency
from app.database import database
from app.deals.money import Money as ExactMoney
from app.deals.money import minor_units
from app.forecast import reading
from app.forecast.model import Spread
from app.forecast.one_currency import Totals, totals
from app.forecast.snapshots import Point, points_of
from app.forecast.standing_submissions import submissions_of
from app.forecast.standing_targets import target_of
from app.periods import LATEST_YEAR, Period, period_of, read_period
from schema.context import Info
from schema.engine.declare import Made, Requester
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.enums import PeriodKind, RollUp
from schema.errors import ClientError
from schema.forecast.filters import LOOKS, FilterArgument, ForecastFilter
from schema.forecast.types import Forecast, ForecastPoint, ForecastTotals, ModelledForecast, PeriodDays, Range
from schema.money import Money, sums
from schema.scalars import CurrencyCode, ForecastPeriod

MOST_PERIODS = 60
_MODELLED = frozenset({"modelled", "modelledParts", "wonDeals"})
_IN_ONE, _POINTS = "inOneCurrency", "snapshots"
_OF_TARGET = frozenset({"target", "gap", "coverage"})


def exact(amount: float | Decimal, currency: str) -> Decimal:
    return round(Decimal(amount), minor_units(currency) or 0)


def range_of(found: Spread, currency: str) -> Range:
    low, expected, high = (exact(one, currency) for one in found)
    return Range(low=low, expected=expected, high=high, currency=CurrencyCode(currency))


def _parts(found: Mapping[str, reading.Modelled]) -> list[ModelledForecast]:
    def money(amount: float | Decimal, currency: str) -> Money:
        return Money(amount=exact(amount, currency), currency=CurrencyCode(currency))

    return [
        ModelledForecast(
            range=range_of(one.range, code),
            closed=money(one.closed, code),
            open=money(one.open, code),
            not_yet_created=money(one.new, code),
        )
        for code, one in found.items()
    ]


def _money(found: ExactMoney | None) -> Money | None:
    return None if found is None else Money(amount=found.amount, currency=CurrencyCode(found.currency))


def _point(one: Point) -> ForecastPoint:
    return ForecastPoint(
        taken_at=one.taken_at,
        closed=sums(one.sums.closed),
        commit=sums(one.sums.commit),
        best_case=sums(one.sums.best_case),
        pipeline=sums(one.sums.pipeline),
        weighted=sums(one.sums.weighted),
        modelled=[range_of(found, code) for code, found in one.modelled.items()],
    )


def _totals(found: Totals | None) -> ForecastTotals | None:
    if found is None:
        return None

    def money(one: InOneCurrency) -> Money | None:
        return None if one.amount is None else Money(amount=one.amount, currency=CurrencyCode(one.currency))

    return ForecastTotals(
        currency=CurrencyCode(found.currency),
        closed=money(found.closed),
        commit=money(found.commit),
        best_case=money(found.best_case),
        pipeline=money(found.pipeline),
        weighted=money(found.weighted),
        modelled=None if found.modelled is None else range_of(found.modelled, found.currency),
        missing=[CurrencyCode(code) for code in found.missing],
    )


async def _forecast(requester: Requester, arguments: Mapping[str, Any], names: Collection[str]) -> Forecast:
    period = read_period(arguments["period"])
    as_of: datetime | None = arguments.get("as_of")
    if as_of is not None and as_of > requester.at:
        raise ClientError("`asOf` is in the future.", argument=("asOf",))
    wanted: ForecastFilter = arguments.get("filter") or ForecastFilter()
    how = arguments.get("roll_up") or RollUp.SINGLE
    viewer, filters, at = requester.viewer, wanted.read(), as_of or requester.at
    asked = (reading.MODELLED,) if (_MODELLED | {_IN_ONE}) & set(names) else ()
    found = await reading.kept_forecast(
        database(), viewer, period, filters, now=requester.at, as_of=as_of, wanted=asked
    )
    target = await target_of(database(), viewer, period, filters) if _OF_TARGET & set(names) else None
    submitted = await submissions_of(database(), viewer, period, filters, at) if "submissions" in names else []
    rolled = found.sums.rolled_up(how)
    together = await totals(database(), rolled, found.modelled, at) if _IN_ONE in names else None
    points = await points_of(database(), viewer, period, at) if _POINTS in names and not filters else []
    parts = _parts(found.modelled)
    return Forecast(
        submission_ids=submitted,
        period=ForecastPeriod(period.key),
        starts_on=period.first,
        ends_on=period.last,
        as_of=at,
        roll_up=how,
        closed=sums(rolled.closed),
        commit=sums(rolled.commit),
        best_case=sums(rolled.best_case),
        pipeline=sums(rolled.pipeline),
        weighted=sums(rolled.weighted),
        closed_deals=rolled.closed_deals,
        open_deals=rolled.open_deals,
        modelled=parts[0].range if len(parts) == 1 else None,
        modelled_parts=parts,
        won_deals=found.won_deals,
        target=_money(target),
        gap=_money(reading.gap(target, found.sums)),
        coverage=reading.coverage(target, found.sums),
        in_one_currency=_totals(together),
        snapshots=[_point(one) for one in points],
    )


async def _periods(requester: Requester, arguments: Mapping[str, Any]) -> list[PeriodDays]:
    before, after = arguments.get("before"), arguments.get("after")
    earlier, later = 4 if before is None else before, 4 if after is None else after
    for name, number in (("before", earlier), ("after", later)):
        if not 0 <= number <= MOST_PERIODS:
            raise ClientError(f"0 to {MOST_PERIODS}.", argument=(name,))
    today = requester.at.astimezone(UTC).date()
    day = arguments.get("day") or today
    if not date(1980, 1, 1) <= day <= date(LATEST_YEAR - 10, 1, 1):
        raise ClientError(f"A day from 1980 to {LATEST_YEAR - 10}.", argument=("day",))
    middle = period_of(arguments["kind"], day)
    return [_days(middle.shifted(by), today) for by in range(-earlier, later + 1)]


def _days(period: Period, today: date) -> PeriodDays:
    return PeriodDays(
        period=ForecastPeriod(period.key),
        kind=period.kind,
        starts_on=period.first,
        ends_on=period.last,
        current=period.first <= today <= period.last,
    )


PeriodArgument = Annotated[ForecastPeriod, strawberry.argument(description="The period.")]


@strawberry.type
class ForecastQuery:
    @root(
        Made(_forecast, rows=50, scan=Scan("opportunity", LOOKS, always=Look.THROUGH), selects=True),
        "The amounts that are won in a period and that are open and expected to close in it, of the opportunities "
        "that the viewer can see, or, with `asOf`, that were theirs then.",
    )
    async def forecast(
        self,
        info: Info,
        period: PeriodArgument,
        filter: FilterArgument = None,
        as_of: Annotated[
            datetime | None,
            strawberry.argument(
                description="A moment of the past; the figures of opportunities and the submissions are as they were "
                "then. The target, and `gap` and `coverage` with it, is today's. Defaults to now."
            ),
        ] = None,
        roll_up: Annotated[
            RollUp | None,
            strawberry.argument(description="The way in which the categories are summed up. Null means `SINGLE`."),
        ] = RollUp.SINGLE,
    ) -> Forecast: ...

    @root(
        Made(_periods, rows=10, scan=Scan("", dict.fromkeys(("kind", "day"), Look.FREE))),
        "Periods before and after a day, for `forecast`, in order.",
    )
    async def forecast_periods(
        self,
        info: Info,
        kind: Annotated[PeriodKind, strawberry.argument(description="The kind of period.")],
        day: Annotated[
            date | None, strawberry.argument(description="The day that is in the middle one; today by default.")
        ] = None,
        before: Annotated[
            int | None, strawberry.argument(description=f"The number of periods before it, at most {MOST_PERIODS}.")
        ] = 4,
        after: Annotated[
            int | None, strawberry.argument(description=f"The number of periods after it, at most {MOST_PERIODS}.")
        ] = 4,
    ) -> list[PeriodDays]: ...
