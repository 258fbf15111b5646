"""The accuracy of past forecasts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry

from app.database import database
from app.deals.money import minor_units
from app.forecast.accuracy import DAYS_BEFORE, USUAL_PERIODS, Forecasted, Tally, kept_accuracy, tallies
from app.periods import period_of
from schema.context import Info
from schema.engine.declare import Made, Requester
from schema.engine.ids import decode_given
from schema.engine.scans import Each, Look, Scan
from schema.engine.serve.resolvers import root
from schema.enums import ForecastMethod, PeriodKind
from schema.errors import ClientError
from schema.figures import Rate
from schema.forecast.filters import LOOKS
from schema.money import Money
from schema.scalars import CurrencyCode, ForecastPeriod

MOST_PERIODS = 12


@strawberry.input(description="The periods to look back at, and conditions on opportunities, all of which must hold.")
class ForecastAccuracyFilter:
    kind: PeriodKind = strawberry.field(default=PeriodKind.QUARTER, description="The kind of period.")
    periods: int = strawberry.field(
        default=USUAL_PERIODS, description=f"The number of the latest periods that are over, at most {MOST_PERIODS}."
    )
    playbook_key: str | None = strawberry.field(
        default=None, description="Opportunities on this playbook, in any version."
    )
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Opportunities of this partner.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Opportunities owned by this user.")

    def read(self) -> dict[str, object]:
        """By the names that `app.deals.queries` knows; absent ones left out."""
        if not 1 <= self.periods <= MOST_PERIODS:
            raise ClientError(f"1 to {MOST_PERIODS} periods.", argument=("filter", "periods"))
        values = {
            "playbook_key": self.playbook_key,
            "partner_id": decode_given(self.partner_id, "ptr", "filter", "partnerId"),
            "owner_id": decode_given(self.owner_id, "usr", "filter", "ownerId"),
        }
        return {name: value for name, value in values.items() if value is not None}


@strawberry.type(description="The forecast of a method some days before the end of a period, against the outcome.")
class ForecastAccuracyPoint:
    period: ForecastPeriod = strawberry.field(description="The period.")
    days_before: int = strawberry.field(description="The number of days before the end of the period.")
    as_of: datetime = strawberry.field(description="The moment as of which it was forecast.")
    method: ForecastMethod = strawberry.field(description="The method.")
    forecast: Money = strawberry.field(description="The forecast of what is won in the period.")
    actual: Money = strawberry.field(
        description="The amount that was won in the period, in the same currency, as it stood at the end of the period."
    )
    error: float | None = strawberry.field(
        description="The forecast's excess over what was won, as a share of it: 0.25 is a quarter too much. Null if "
        "nothing was won."
    )
    within_range: bool | None = strawberry.field(
        description="Whether what was won is within the 80 % range; null for methods without a range."
    )


@strawberry.type(description="The accuracy of a method some days before the ends of periods.")
class ForecastMethodAccuracy:
    method: ForecastMethod = strawberry.field(description="The method.")
    days_before: int = strawberry.field(description="The number of days before the end of the period.")
    forecasts: int = strawberry.field(description="The number of forecasts, one for each period and currency.")
    median_error: float | None = strawberry.field(
        description="The median error without its sign, as a share of what was won; null if nothing was."
    )
    bias: float | None = strawberry.field(
        description="The mean error with its sign: above 0, the method promises too much. Null if nothing was won."
    )
    within_range: Rate = strawberry.field(
        description="The share of 80 % ranges that held what was won: about 0.8 for a good one. `of` is 0 for methods "
        "without a range."
    )


@strawberry.type(
    description="The accuracy of the methods in past periods. Whichever has the smallest `medianError` so many days "
    "before deserves the most trust."
)
class ForecastAccuracy:
    methods: list[ForecastMethodAccuracy] = strawberry.field(
        description="By method, and by the number of days before, most first."
    )
    points: list[ForecastAccuracyPoint] = strawberry.field(
        description="Each forecast, by period, latest first. None where there were no opportunities yet."
    )


def _point(one: Forecasted) -> ForecastAccuracyPoint:
    digits = minor_units(one.currency) or 0
    code = CurrencyCode(one.currency)
    return ForecastAccuracyPoint(
        period=ForecastPeriod(one.period.key),
        days_before=one.days_before,
        as_of=one.as_of,
        method=one.method,
        forecast=Money(amount=round(one.forecast, digits), currency=code),
        actual=Money(amount=round(one.came, digits), currency=code),
        error=one.error,
        within_range=one.within,
    )


def _method(one: Tally) -> ForecastMethodAccuracy:
    return ForecastMethodAccuracy(
        method=one.method,
        days_before=one.days_before,
        forecasts=one.forecasts,
        median_error=one.error,
        bias=one.bias,
        within_range=Rate.among(one.within, one.ranges),
    )


async def _accuracy(requester: Requester, arguments: Mapping[str, Any]) -> ForecastAccuracy:
    wanted: ForecastAccuracyFilter = arguments.get("filter") or ForecastAccuracyFilter()
    filters = wanted.read()
    current = period_of(wanted.kind, requester.at.astimezone(UTC).date())
    periods = [current.shifted(-nth) for nth in range(1, wanted.periods + 1)]
    found = await kept_accuracy(database(), requester.viewer, periods, filters, requester.at)
    return ForecastAccuracy(methods=[_method(one) for one in tallies(found)], points=[_point(one) for one in found])


_SCAN = Scan(
    "opportunity",
    LOOKS,
    always=Look.THROUGH,
    times=len(DAYS_BEFORE),
    each=Each("filter", "periods", usual=USUAL_PERIODS, most=MOST_PERIODS),
)


@strawberry.type
class ForecastAccuracyQuery:
    @root(
        Made(_accuracy, rows=200, scan=_SCAN),
        "The forecasts made 90, 60, 30 and 7 days before the ends of past periods against the outcomes, by method. "
        "What was kept each night is taken as it was; the rest is computed from the history of opportunities.",
    )
    async def forecast_accuracy(
        self,
        info: Info,
        filter: Annotated[
            ForecastAccuracyFilter | None, strawberry.argument(description="The periods and opportunities.")
        ] = None,
    ) -> ForecastAccuracy: ...
