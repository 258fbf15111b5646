"""Scalars of the API, read and written exactly as documented. The engine writes the same texts in SQL."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal as ExactDecimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig

from app.deals.money import MAX_TEXT_LENGTH, PLAIN_NUMBER
from app.periods import NoSuchPeriod, read_period

Cursor = NewType("Cursor", str)
CurrencyCode = NewType("CurrencyCode", str)
ForecastPeriod = NewType("ForecastPeriod", str)

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")
MAX_CURSOR = 1_000


def write_datetime(at: datetime) -> str:
    """RFC 3339 in UTC, with as many digits of the second as it has: `2026-03-01T09:30:00.5+00:00`."""
    text = at.astimezone(UTC).isoformat()
    if "." not in text:
        return text
    seconds, zone = text[:-6], text[-6:]
    return seconds.rstrip("0") + zone


def read_datetime(text: object) -> datetime:
    if not isinstance(text, str) or not DATE_TIME.fullmatch(text):
        raise GraphQLError("Not a date and time: write RFC 3339 with an offset, such as 2026-03-01T09:30:00Z.")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise GraphQLError(f"Not a date and time: {text[:40]} does not exist.") from wrong


def read_date(text: object) -> date:
    if not isinstance(text, str) or not DATE.fullmatch(text):
        raise GraphQLError("Not a date: write it as 2026-03-01.")
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise GraphQLError(f"Not a date: {text} does not exist.") from wrong


def read_decimal(text: object) -> ExactDecimal:
    if not isinstance(text, str) or len(text) > MAX_TEXT_LENGTH or not PLAIN_NUMBER.fullmatch(text):
        raise GraphQLError('Not a decimal: write digits with a point, in quotes, such as "1250.50".')
    return ExactDecimal(text)


def read_cursor(text: object) -> str:
    if not isinstance(text, str) or len(text) > MAX_CURSOR:
        raise GraphQLError("Not a cursor: pass one back as you received it.")
    return text


def read_currency(text: object) -> str:
    if not isinstance(text, str) or not re.fullmatch("[A-Z]{3}", text):
        raise GraphQLError("Not a currency: write its ISO 4217 code, such as EUR.")
    return text


def read_period_key(text: object) -> str:
    try:
        return read_period(text if isinstance(text, str) else "").key
    except NoSuchPeriod as wrong:
        raise GraphQLError(str(wrong)) from wrong


def _scalar(name: str, description: str, write: Any, read: Any, specified_by: str | None = None) -> Any:
    return strawberry.scalar(
        name=name, description=description, serialize=write, parse_value=read, specified_by_url=specified_by
    )


SCALARS: dict[object, Any] = {
    datetime: _scalar(
        "DateTime",
        "A date and time in RFC 3339 format, always in UTC with its offset: `2026-03-01T09:30:00+00:00`.",
        write_datetime,
        read_datetime,
        "https://datatracker.ietf.org/doc/html/rfc3339",
    ),
    date: _scalar("Date", "A calendar date: `2026-03-01`.", lambda day: day.isoformat(), read_date),
    ExactDecimal: _scalar(
        "Decimal",
        'An exact decimal number as a string: `"1250.50"`. Numbers without quotes are rejected.',
        lambda number: format(number, "f"),
        read_decimal,
    ),
    Cursor: _scalar(
        "Cursor",
        "A position in a list or in the event log. Opaque: pass it back as received.",
        str,
        read_cursor,
    ),
    CurrencyCode: _scalar("CurrencyCode", "An ISO 4217 currency code: `EUR`.", str, read_currency),
    ForecastPeriod: _scalar(
        "ForecastPeriod",
        "A month (`2026-03`), a quarter of the fiscal year (`2026-Q1`) or a fiscal year (`2026`), which is called by "
        "the calendar year that it ends in. `forecastPeriods` has their first and last days.",
        str,
        read_period_key,
    ),
}


def configuration() -> StrawberryConfig:
    return StrawberryConfig(scalar_map=SCALARS, sort_schema=True)
