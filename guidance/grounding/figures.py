"""Numbers, amounts, percentages and dates: each must stand in what the model was told."""

import re
from calendar import day_name, month_name
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from guidance.grounding.faults import Code
from guidance.grounding.sources import folded

SMALL = frozenset(map(Decimal, (1, 2, 3)))
"""May be said freely where they are neither money nor a share."""

NUMBER = re.compile(
    r"(?<![\w.,])(?P<digits>\d+(?:[.,'’]\d+|[ \u00a0\u202f]\d{3}(?!\d))*)"
    r"(?P<scale>\s?(?:k|m|mio|bn|million|thousand)\b)?",
    re.IGNORECASE,
)
SCALES = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "mio": 1_000_000, "million": 1_000_000, "bn": 1_000_000_000}
CURRENCY = (
    r"(?:[€$£¥₹₽₩]|\b(?:EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|AUD|CAD|BRL|MXN|ZAR|SGD)\b"
    r"|\b(?:euros?|dollars?|pounds?|francs?|yen|cents?|bucks)\b)"
)
LONGEST_CURRENCY = 12
MONEY_BEFORE = re.compile(CURRENCY + r"\s*$", re.IGNORECASE)
MONEY_AFTER = re.compile(r"\s*" + CURRENCY, re.IGNORECASE)
SHARE_AFTER = re.compile(r"\s*(?:%|‰|percent\b|per cent\b|pct\b|percentage points?\b)", re.IGNORECASE)

SPELLED = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety|hundred|thousand|million|billion|half|quarter|third)"
)
SPELLED_AMOUNT = re.compile(
    rf"\b{SPELLED}[\s-]+(?:{CURRENCY}|percent\b|per cent\b|%|grand\b)|\b(?:hundreds?|thousands?|millions?|billions?)\b"
    rf"|\b{SPELLED}[\s-]off\b",
    re.IGNORECASE,
)

MONTHS = tuple(name.lower() for name in month_name[1:])
MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
DATES = (
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b"),
    re.compile(
        r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?" + MONTH + r"\b(?:,?\s+(?P<year>\d{4}))?",
        re.IGNORECASE,
    ),
    re.compile(r"\b" + MONTH + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year>\d{4}))?", re.IGNORECASE),
    re.compile(r"\b(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4}|\d{2})?\b"),
)
SPOKEN = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\btomorrow\b|\btonight\b|\btoday\b"
    r"|\b(?:this|next|coming|following)\s+(?:week|month|quarter|year)\b"
    r"|\bend\s+of\s+(?:the\s+|this\s+|next\s+)?(?:day|week|month|quarter|year)\b"
    r"|\b(?:in|within)\s+(?:an?|one|two|three|four|five|six|ten|fourteen|a\s+few)\s+(?:hours?|days?|weeks?|months?)\b"
    r"|\bq[1-4]\b"
    r"|\b(?:january|february|april|june|july|august|september|october|november|december)\b"
    r"|\b(?:in|by|until|before|during|since|of)\s+(?:march|may)\b",
    re.IGNORECASE,
)
WEEKDAYS = tuple(name.lower() for name in day_name)


class Sort(Enum):
    MONEY = "money"
    SHARE = "share"
    PLAIN = "plain"


Readings = frozenset[Decimal]


@dataclass(frozen=True, slots=True)
class Known:
    """`numbers` has those of every sort: money that was told may be spoken of without its currency."""

    numbers: Readings
    amounts: Readings
    shares: Readings
    dates: frozenset[date]
    text: str

    def allowed(self, sort: Sort) -> Readings:
        return {Sort.MONEY: self.amounts, Sort.SHARE: self.shares, Sort.PLAIN: self.numbers | SMALL}[sort]


@lru_cache(maxsize=8)
def known_in(given: str) -> Known:
    found = [(_sort(given, match), _readings(match)) for match in NUMBER.finditer(given)]
    whole = (_whole(match) for pattern in DATES for match in pattern.finditer(given))
    return Known(
        numbers=NONE.union(*(readings for _, readings in found)),
        amounts=NONE.union(*(readings for sort, readings in found if sort is Sort.MONEY)),
        shares=NONE.union(*(readings for sort, readings in found if sort is Sort.SHARE)),
        dates=frozenset(one for one in whole if one is not None),
        text=folded(given),
    )


NONE: Readings = frozenset()


def without_dates(text: str) -> str:
    """Blanks in place of whatever reads as a date."""
    for pattern in (*DATES, SPOKEN):
        text = pattern.sub(lambda found: " " * len(found[0]), text)
    return text


def unknown_figures(text: str, known: Known) -> Iterator[tuple[Code, str]]:
    """Each figure of `text` that isn't known, as what it is and how it stands there."""
    left = text
    for pattern in DATES:
        for found in pattern.finditer(left):
            if not _is_known(found, known):
                yield Code.DATE, found[0]
        left = pattern.sub(lambda found: " " * len(found[0]), left)
    for found in SPOKEN.finditer(left):
        if not _is_said(found[0], known):
            yield Code.DATE, found[0]
    for found in SPELLED_AMOUNT.finditer(left):
        if folded(found[0]) not in known.text:
            yield Code.AMOUNT, found[0]
    for match in NUMBER.finditer(left):
        sort = _sort(left, match)
        if not _readings(match) & known.allowed(sort):
            yield (Code.NUMBER if sort is Sort.PLAIN else Code.AMOUNT), match[0].strip()


def _sort(text: str, found: re.Match[str]) -> Sort:
    before = text[max(0, found.start() - LONGEST_CURRENCY) : found.start()]
    if MONEY_BEFORE.search(before) or MONEY_AFTER.match(text, found.end()):
        return Sort.MONEY
    return Sort.SHARE if SHARE_AFTER.match(text, found.end()) else Sort.PLAIN


def _readings(found: re.Match[str]) -> Readings:
    """Points and commas may group thousands or begin decimals: 1.250 is 1250 or 1.25."""
    digits = re.sub(r"[ \u00a0\u202f'’]", "", found["digits"])
    whole = {Decimal(re.sub(r"[.,]", "", digits))}
    head, _, tail = digits.replace(",", ".").rpartition(".")
    if head:
        whole.add(Decimal(f"{head.replace('.', '')}.{tail}"))
        if len(tail) != 3:
            whole.discard(Decimal(re.sub(r"[.,]", "", digits)))
    scale = SCALES.get((found["scale"] or "").strip().lower(), 1)
    return frozenset((number * scale).normalize() for number in whole)


def _parts(found: re.Match[str]) -> tuple[int | None, int, int]:
    named = found.groupdict()
    month = int(named["month"]) if named.get("month") else _month(named["name"])
    year = int(named["year"]) if named.get("year") else None
    return (None if year is None else year + 2000 if year < 100 else year), month, int(named["day"])


def _month(name: str) -> int:
    return next(place for place, month in enumerate(MONTHS, 1) if month.startswith(name.lower()[:3]))


def _whole(found: re.Match[str]) -> date | None:
    year, month, day = _parts(found)
    try:
        return date(year, month, day) if year else None
    except ValueError:
        return None


def _is_known(found: re.Match[str], known: Known) -> bool:
    if folded(found[0]) in known.text:
        return True
    year, month, day = _parts(found)
    return any((one.month, one.day) == (month, day) and year in (None, one.year) for one in known.dates)


def _is_said(spoken: str, known: Known) -> bool:
    said = folded(spoken)
    if said in known.text:
        return True
    weekday = said.removesuffix("s") if said.endswith("days") else said
    if weekday in WEEKDAYS:
        return any(WEEKDAYS[one.weekday()] == weekday for one in known.dates)
    return any(MONTHS[one.month - 1] == said.split()[-1] for one in known.dates)
