"""Dates as exports write them, by formats that a mapping states: `dd/mm/yyyy`, `dd/mm/yyyy HH:MM`, `iso`.

A format is literal text with dd, mm, yyyy, HH, MM and SS in it; `iso` is ISO 8601, with or without a time and an
offset. Several formats may stand side by side if no text fits two of them with different meanings: which day
03/04/2022 is, is never guessed.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from app.imports.faults import FieldFault

_TOKENS = {
    "yyyy": r"(?P<year>\d{4})",
    "mm": r"(?P<month>\d{1,2})",
    "dd": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "MM": r"(?P<minute>\d{2})",
    "SS": r"(?P<second>\d{2})",
}
_TOKEN = re.compile("|".join(_TOKENS))
_EARLIEST, _LATEST = 1900, 2200
_REMEMBERED = 50_000


class DateFormatError(Exception):
    """A date format that can't be read, or formats that contradict each other."""


def check_formats(formats: Sequence[str]) -> None:
    """Raises `DateFormatError` for an incomplete format, and for two that read one text as different days."""
    patterns = [(text, _pattern("yyyy-mm-dd" if text == "iso" else text)) for text in formats]
    for i, (first, one) in enumerate(patterns):
        for second, other in patterns[i + 1 :]:
            if _order(one) != _order(other) and _overlap(first, second):
                raise DateFormatError(
                    f"`{first}` and `{second}` read the same text as different days; keep one of them"
                )


def _pattern(text: str) -> re.Pattern[str]:
    pieces = _TOKEN.split(text)
    tokens: list[str] = _TOKEN.findall(text)
    if len(set(tokens)) != len(tokens) or not {"dd", "mm", "yyyy"} <= set(tokens):
        raise DateFormatError(f"`{text}` is not a date format: it takes dd, mm and yyyy (HH, MM, SS), or is `iso`")
    if any(character.isalnum() for piece in pieces for character in piece):
        raise DateFormatError(f"`{text}` is not a date format: between dd, mm, yyyy, HH, MM, SS only signs are read")
    built = [re.escape(pieces[0])]
    for token, piece in zip(tokens, pieces[1:], strict=True):
        built += [_TOKENS[token], re.escape(piece)]
    return re.compile("".join(built))


def _order(pattern: re.Pattern[str]) -> list[str]:
    return sorted(("day", "month", "year"), key=pattern.groupindex.__getitem__)


def _overlap(first: str, second: str) -> bool:
    """Whether some day, with or without a time, fits both: the same signs at the same places, whatever the digits."""
    return _signs(first) == _signs(second)


def _signs(text: str) -> str:
    day = "yyyy-mm-dd" if text == "iso" else re.split(r"[ T]*HH", text)[0]
    return re.sub(r"[dm]{2}", "##", day)


class Moments(dict[str, datetime | None]):
    """Text → moment in UTC; a date alone is its first instant in `zone`. Blank text is None. Remembers what it read,
    since the dates of an export repeat. Raises `FieldFault`."""

    def __init__(self, formats: Sequence[str], zone: tzinfo) -> None:
        super().__init__()
        self.zone = zone
        self.formats = tuple(formats)
        self.patterns = [None if text == "iso" else _pattern(text) for text in formats]

    def __missing__(self, text: str) -> datetime | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        stripped = text.strip()
        moment = self._read(stripped) if stripped else None
        self[text] = moment
        return moment

    def _read(self, text: str) -> datetime:
        for pattern in self.patterns:
            read = _iso(text) if pattern is None else _matched(pattern, text)
            if read is None:
                continue
            if not _EARLIEST <= read.year <= _LATEST:
                raise FieldFault(f"is not between the years {_EARLIEST} and {_LATEST}")
            if read.tzinfo is UTC:
                return read
            return (read if read.tzinfo else read.replace(tzinfo=self.zone)).astimezone(UTC)
        raise FieldFault(f"is not a date as {' or '.join(self.formats)}")


class Days(dict[str, date | None]):
    """Text → calendar day, with the time of day left off as it stands. Raises `FieldFault`."""

    def __init__(self, formats: Sequence[str], zone: tzinfo) -> None:
        super().__init__()
        self.zone = zone
        self.moments = Moments(formats, zone)

    def __missing__(self, text: str) -> date | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        moment = self.moments[text]
        day = None if moment is None else moment.astimezone(self.zone).date()
        self[text] = day
        return day


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _matched(pattern: re.Pattern[str], text: str) -> datetime | None:
    found = pattern.fullmatch(text)
    if found is None:
        return None
    try:
        parts: dict[str, Any] = {part: int(digits) for part, digits in found.groupdict().items()}
        return datetime(**parts)  # noqa: DTZ001 (the zone follows)
    except ValueError:
        return None
