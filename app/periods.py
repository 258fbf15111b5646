"""Periods of forecasts, targets and figures: calendar months, and quarters and years of the fiscal year.

    2026-03   March 2026
    2026-Q1   the first quarter of fiscal year 2026
    2026      fiscal year 2026

A fiscal year begins with the month that the setting `fiscal_year_start` names, and is called by the calendar year that
it ends in: with a start in July, 2026-Q1 is July to September 2025. Days are UTC dates.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.settings import settings
from app.vocabulary import PeriodKind

EARLIEST_YEAR, LATEST_YEAR = 1970, 2200
WRITTEN = "Write a month as 2026-03, a quarter as 2026-Q1, a fiscal year as 2026."
_TEXT = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?", re.ASCII)
_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}


class NoSuchPeriod(ValueError):
    """The text names no period."""


@dataclass(frozen=True, slots=True)
class Period:
    """`first` and `last` are the days that it begins and ends with."""

    key: str
    kind: PeriodKind
    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def ends(self) -> datetime:
        """The instant after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)

    @property
    def months(self) -> int:
        return _MONTHS[self.kind]

    def shifted(self, by: int) -> "Period":
        """So many periods of its kind later, or earlier."""
        return period_of(self.kind, _day(_nth(self.first) + by * self.months))


def read_period(text: str) -> Period:
    """Raises `NoSuchPeriod`, with a message that says how one is written."""
    found = _TEXT.fullmatch(text)
    if found is None or not EARLIEST_YEAR <= int(found[1]) <= LATEST_YEAR:
        raise NoSuchPeriod(f"Not a period from {EARLIEST_YEAR} to {LATEST_YEAR}. {WRITTEN}")
    year, quarter, month = int(found[1]), found[2], found[3]
    if month is not None:
        return period_of(PeriodKind.MONTH, date(year, int(month), 1))
    first = _first_of_year(year)
    if quarter is None:
        return period_of(PeriodKind.YEAR, _day(first))
    return period_of(PeriodKind.QUARTER, _day(first + 3 * (int(quarter) - 1)))


def period_of(kind: PeriodKind, day: date) -> Period:
    """The period of that kind which the day is in."""
    month = _nth(day)
    into = (month - _first_of_year(day.year)) % 12  # the fiscal year
    length = _MONTHS[kind]
    first = month if kind is PeriodKind.MONTH else month - into % length
    year, last = (month - into + 11) // 12, _day(first + length) - timedelta(days=1)
    match kind:
        case PeriodKind.MONTH:
            key = f"{day:%Y-%m}"
        case PeriodKind.QUARTER:
            key = f"{year}-Q{into // 3 + 1}"
        case PeriodKind.YEAR:
            key = str(year)
    return Period(key, kind, _day(first), last)


def _first_of_year(year: int) -> int:
    """The month that fiscal year `year` begins with."""
    start = settings().fiscal_year_start
    return year * 12 if start == 1 else (year - 1) * 12 + start - 1


def _nth(day: date) -> int:
    """Months as numbers, so that they can be added."""
    return day.year * 12 + day.month - 1


def _day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)
