"""Figures that say what stands behind them: rates, spreads, ranges."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

import strawberry

from app.intervals import Share
from schema.errors import ClientError


@strawberry.input(description="A range of dates, inclusive at both ends.")
class DateRange:
    from_: date | None = strawberry.field(name="from", default=None, description="The first date.")
    to: date | None = strawberry.field(default=None, description="The last date.")


def days_of(range: DateRange | None, name: str, *path: str) -> dict[str, datetime | None]:
    """A range of days as one of instants in UTC, `NAME_from` and `NAME_before`, of which the last doesn't count.
    `path`: of the argument, for a `ClientError` where the range is empty."""
    if range is None:
        return {}
    if range.from_ and range.to and range.from_ > range.to:
        raise ClientError("The range is empty: `from` is after `to`.", argument=path)
    first = datetime.combine(range.from_, time(), UTC) if range.from_ else None
    # The last day that Python knows has no next one, and nothing happens after it.
    bounded = range.to is not None and range.to < date.max
    last = datetime.combine(range.to, time(), UTC) + timedelta(days=1) if range.to and bounded else None
    return {f"{name}_from": first, f"{name}_before": last}


@strawberry.type(description="A share of a number of cases, with its 95 % confidence interval (Wilson).")
class Rate:
    value: float | None = strawberry.field(description="The share from 0 to 1; null if there are no cases.")
    of: int = strawberry.field(description="The number of cases.")
    low: float | None = strawberry.field(description="The lower end of the interval; null if there are no cases.")
    high: float | None = strawberry.field(description="The upper end of the interval; null if there are no cases.")

    @classmethod
    def among(cls, count: int, of: int) -> Self:
        share = Share(count, of)
        return cls(value=share.value, of=of, low=share.low, high=share.high)


@strawberry.type(description="The spread of a number of values; null where there are none.")
class Spread:
    of: int = strawberry.field(description="The number of values.")
    mean: float | None = strawberry.field(description="The arithmetic mean.")
    min: float | None = strawberry.field(description="The smallest value.")
    p20: float | None = strawberry.field(description="The 20th percentile, interpolated linearly.")
    median: float | None = strawberry.field(description="The median: half of the values are above it.")
    p80: float | None = strawberry.field(description="The 80th percentile, interpolated linearly.")
    p95: float | None = strawberry.field(description="The 95th percentile, interpolated linearly.")
    max: float | None = strawberry.field(description="The largest value.")

    @classmethod
    def at(cls, of: int, mean: float | None, points: Sequence[float] | None) -> Self:
        """`points`: minimum, 20th percentile, median, 80th and 95th percentile, maximum."""
        least, p20, median, p80, p95, most = points or (None,) * 6
        return cls(of=of, mean=mean, min=least, p20=p20, median=median, p80=p80, p95=p95, max=most)
