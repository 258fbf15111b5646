"""Types of forecasts."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from schema.engine.declare import to_one
from schema.enums import PeriodKind, RollUp
from schema.forecast.targets import ForecastSubmission
from schema.money import Money
from schema.scalars import CurrencyCode, ForecastPeriod


@strawberry.type(description="A period, with the days that it begins and ends with.")
class PeriodDays:
    period: ForecastPeriod = strawberry.field(description="The period.")
    kind: PeriodKind = strawberry.field(description="The kind of period.")
    starts_on: date = strawberry.field(description="The first day.")
    ends_on: date = strawberry.field(description="The last day.")
    current: bool = strawberry.field(description="Whether today (UTC) is in it.")


@strawberry.type(description="An 80 % range: one time in ten what comes is below it, one time in ten above it.")
class Range:
    low: Decimal = strawberry.field(description="The lower end.")
    expected: Decimal = strawberry.field(description="The expected value, the mean.")
    high: Decimal = strawberry.field(description="The upper end.")
    currency: CurrencyCode = strawberry.field(description="The ISO 4217 currency code.")


@strawberry.type(description="The modelled forecast in one currency, and what it is made of.")
class ModelledForecast:
    range: Range = strawberry.field(description="The range of what is won in the period, all parts together.")
    closed: Money = strawberry.field(description="The amount that is won already.")
    open: Money = strawberry.field(description="The expected amount of open opportunities.")
    not_yet_created: Money = strawberry.field(
        description="The expected amount of opportunities that don't exist yet, at the pace of the last twelve months."
    )


@strawberry.type(description="The figures of a forecast as they were kept at the end of a day.")
class ForecastPoint:
    taken_at: datetime = strawberry.field(description="The date and time as of which they are.")
    closed: list[Money] = strawberry.field(description="The won amount.")
    commit: list[Money] = strawberry.field(description="Open opportunities in the category `COMMIT`.")
    best_case: list[Money] = strawberry.field(description="Open opportunities in the category `BEST_CASE`.")
    pipeline: list[Money] = strawberry.field(description="Open opportunities in the category `PIPELINE`.")
    weighted: list[Money] = strawberry.field(description="The amount weighted by the win probabilities of stages.")
    modelled: list[Range] = strawberry.field(description="The modelled range, one for each currency.")


@strawberry.type(
    description="The sums of a forecast in the programme's reporting currency, at the rates in force on the day of "
    "`asOf`. A sum is null where the rate of one of its currencies isn't known."
)
class ForecastTotals:
    currency: CurrencyCode = strawberry.field(description="The ISO 4217 code of the reporting currency.")
    closed: Money | None = strawberry.field(description="The won amount.")
    commit: Money | None = strawberry.field(description="Open opportunities in the category `COMMIT`.")
    best_case: Money | None = strawberry.field(description="Open opportunities in the category `BEST_CASE`.")
    pipeline: Money | None = strawberry.field(description="Open opportunities in the category `PIPELINE`.")
    weighted: Money | None = strawberry.field(description="The amount weighted by the win probabilities of stages.")
    modelled: Range | None = strawberry.field(
        description="The modelled range of all currencies together, as if they were independent; null also if there is "
        "nothing to forecast."
    )
    missing: list[CurrencyCode] = strawberry.field(description="The currencies whose rate isn't known.")


@strawberry.type(
    description="The amounts that are won in a period and that are open and expected to close in it, one for each "
    "currency. Opportunities that are open count by their expected close date, won ones by the date of closing (UTC)."
)
class Forecast:
    submission_ids: strawberry.Private[list[UUID]]
    period: ForecastPeriod = strawberry.field(description="The period.")
    starts_on: date = strawberry.field(description="The first day of the period.")
    ends_on: date = strawberry.field(description="The last day of the period.")
    as_of: datetime = strawberry.field(
        description="The moment as of which the figures are. `target` is today's whatever it is."
    )
    roll_up: RollUp = strawberry.field(description="The way in which the categories are summed up.")
    closed: list[Money] = strawberry.field(description="The won amount.")
    commit: list[Money] = strawberry.field(description="Open opportunities in the category `COMMIT`.")
    best_case: list[Money] = strawberry.field(description="Open opportunities in the category `BEST_CASE`.")
    pipeline: list[Money] = strawberry.field(description="Open opportunities in the category `PIPELINE`.")
    weighted: list[Money] = strawberry.field(
        description="The won amount, and open opportunities in any of these categories by stage's win probability."
    )
    closed_deals: int = strawberry.field(description="The number of opportunities that are won in the period.")
    open_deals: int = strawberry.field(
        description="The number of open opportunities in any of these categories that are expected to close in it."
    )
    modelled: Range | None = strawberry.field(
        default=None,
        description="The modelled forecast. Null if there is nothing to forecast, or amounts in several currencies: "
        "see `modelledParts`.",
    )
    modelled_parts: list[ModelledForecast] = strawberry.field(
        default_factory=list, description="The modelled forecast and its parts, one for each currency."
    )
    won_deals: int = strawberry.field(
        default=0,
        description="The number of won opportunities that the modelled forecast learned from, of the last two years. "
        "It is only as good as they are many.",
    )
    target: Money | None = strawberry.field(
        default=None,
        description="The target: of the partner or person that the filter names, otherwise the viewer's own. Where the "
        "period has none, the sum of those of its months or quarters. Null without one, and if the filter has anything "
        "else. Always today's: former versions aren't kept, and `asOf` changes nothing of it.",
    )
    gap: Money | None = strawberry.field(
        default=None,
        description="The amount missing of the target beyond what is won, negative where it is exceeded. Null without "
        "a target, and if opportunities are in another currency. With `asOf`, what was won then is held against "
        "today's target.",
    )
    coverage: float | None = strawberry.field(
        default=None,
        description="The open amount of all these categories divided by `gap`; null if there is no gap. With `asOf`, "
        "what was open then, and `gap` as it says.",
    )
    in_one_currency: ForecastTotals | None = strawberry.field(
        default=None,
        description="The sums in the programme's reporting currency; null if it has none.",
    )
    submissions: list[ForecastSubmission] = to_one(
        "The submissions for the period until `asOf`, newest first, at most 20.",
        column="submission_ids",
        rows=5,
    )
    snapshots: list[ForecastPoint] = strawberry.field(
        default_factory=list,
        description="The figures at the end of each day, oldest first, as they were computed then; the last 400. Kept "
        "for forecasts without a filter of the vendor and of partners' managers; empty for others.",
    )
