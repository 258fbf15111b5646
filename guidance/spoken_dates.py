"""Dates as people write them, in English, German, French and Spanish: whether a span tells of a day."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

NAMES = tuple(
    frozenset(names.split())
    for names in (
        "january jan januar jänner janvier janv enero ene",
        "february feb februar février fevrier févr fév febrero",
        "march mar märz maerz mär mars marzo",
        "april apr avril avr abril abr",
        "may mai mayo",
        "june jun juni juin junio",
        "july jul juli juillet juil julio",
        "august aug août aout agosto ago",
        "september sep sept septembre septiembre",
        "october oct oktober okt octobre octubre",
        "november nov novembre noviembre",
        "december dec dezember dez décembre decembre déc diciembre dic",
    )
)
"""Of the months, with what they are shortened to."""
NUMBERED = (
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?\b"),
    re.compile(r"\b(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4}|\d{2})?(?!\d)"),
    re.compile(r"(?<![\d./])(?P<month>\d{1,2})[./](?P<year>\d{4})\b"),
)
NAMED = re.compile(
    r"(?:\b(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s+(?:of\s+|de\s+)?)?"
    rf"\b(?P<name>{'|'.join(sorted(frozenset().union(*NAMES), key=len, reverse=True))})\b\.?"
    r"(?:\s+(?P<after>\d{1,2})(?:st|nd|rd|th)?\b(?!\d))?(?:,?\s+(?:de\s+)?(?P<year>\d{4}))?"
)
QUARTER = re.compile(r"\b(?:q|t)(?P<quarter>[1-4])\b(?:[\s/]*(?P<year>\d{4}))?")


def tells_of(span: str, day: date) -> bool:
    """Whether a date in `span` is this very day, or a month or quarter that begins with it. Without a year, any."""
    text = unicodedata.normalize("NFKC", span).casefold()
    return any(
        year in (None, day.year) and month == day.month and (1 if said is None else said) == day.day
        for year, month, said in _dates(text)
    )


def _dates(text: str) -> Iterator[tuple[int | None, int, int | None]]:
    for pattern in NUMBERED:
        for found in pattern.finditer(text):
            named = found.groupdict()
            yield _year(named.get("year")), int(named["month"]), _number(named.get("day"))
    for found in NAMED.finditer(text):
        if (month := month_of(found["name"])) is not None:
            yield _year(found["year"]), month, _number(found["day"] or found["after"])
    for found in QUARTER.finditer(text):
        yield _year(found["year"]), 3 * int(found["quarter"]) - 2, None


def month_of(name: str) -> int | None:
    return next((n for n, names in enumerate(NAMES, 1) if name in names), None)


def _year(text: str | None) -> int | None:
    return None if not text else int(text) + (2000 if len(text) == 2 else 0)


def _number(text: str | None) -> int | None:
    return int(text) if text else None
