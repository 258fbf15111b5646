"""Date formats that a mapping states, such as `dd/mm/yyyy` or `d. mmm yyyy hh:MM AM`.

    dd mm yyyy   day, month, year in digits; `yy` a year of two digits, `mmm` a month's name
    HH MM SS     hour, minute, second; `hh` with `AM` an hour of twelve

Everything else stands for itself. `iso` is ISO 8601, with or without a time and an offset.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from app.imports.month_names import month_numbers

ISO = "iso"
_TOKENS = {
    "yyyy": r"(?P<year>\d{4})",
    "yy": r"(?P<short>\d{2})",
    "mmm": r"(?P<name>[^\W\d_]{3,12}\.?)",
    "mm": r"(?P<month>\d{1,2})",
    "dd": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<twelve>\d{1,2})",
    "MM": r"(?P<minute>\d{2})",
    "SS": r"(?P<second>\d{2})",
    "AM": r"(?P<half>[AaPp]\.?\s?[Mm]\.?)",
}
_TOKEN = re.compile("|".join(sorted(_TOKENS, key=len, reverse=True)))
_PART = {"yyyy": "year", "yy": "year", "mmm": "month", "mm": "month", "dd": "day"}
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class DateFormatError(Exception):
    """A date format that can't be read, or formats that contradict each other."""


@dataclass(frozen=True, slots=True)
class DateFormat:
    """`order`: day, month and year as they follow each other. `century`: the first year that `yy` can mean."""

    text: str
    pattern: re.Pattern[str] | None
    order: tuple[str, ...]
    timed: bool
    century: int

    def read(self, text: str) -> datetime | None:
        """Naive unless the text has an offset; None when it isn't of this format, or no day of the calendar."""
        if self.pattern is None:
            return _iso(text)
        found = self.pattern.fullmatch(text)
        return None if found is None else _moment(found.groupdict(), self.century)

    def fits(self, text: str) -> bool:
        """Whether the text has this format's form, real or not."""
        return bool((self.pattern or _ISO_DAY).fullmatch(text[:10] if self.pattern is None else text))

    def is_timed(self, text: str) -> bool:
        return ":" in text if self.pattern is None else self.timed

    @property
    def swapped(self) -> "DateFormat | None":
        """With day and month in each other's place; None where a name tells the month."""
        if self.pattern is None:
            return date_format("yyyy-dd-mm", self.century)
        if "mmm" in _TOKEN.findall(self.text):
            return None
        return date_format(_TOKEN.sub(lambda t: {"dd": "mm", "mm": "dd"}.get(t[0], t[0]), self.text), self.century)


@lru_cache(maxsize=256)
def date_format(text: str, century: int) -> DateFormat:
    """Raises `DateFormatError`."""
    if text == ISO:
        return DateFormat(text, None, ("year", "month", "day"), timed=False, century=century)
    tokens: list[str] = _TOKEN.findall(text)
    parts = [_PART[token] for token in tokens if token in _PART]
    if len(set(tokens)) != len(tokens) or sorted(parts) != ["day", "month", "year"]:
        raise DateFormatError(
            f"`{text}` is not a date format: it takes dd, mm (or mmm) and yyyy (or yy), and HH, MM, SS or hh and AM; "
            "or it is `iso`"
        )
    if ("hh" in tokens) != ("AM" in tokens) or {"hh", "HH"} <= set(tokens):
        raise DateFormatError(f"`{text}` is not a date format: hh and AM go together, and without HH")
    pieces = _TOKEN.split(text)
    if any(character.isalnum() for piece in pieces for character in piece):
        raise DateFormatError(f"`{text}` is not a date format: between its parts only signs are read")
    built = [re.escape(pieces[0])]
    for token, piece in zip(tokens, pieces[1:], strict=True):
        built += [_TOKENS[token], re.escape(piece)]
    return DateFormat(text, re.compile("".join(built), re.ASCII if "mmm" not in tokens else 0), tuple(parts),
                      timed=bool({"HH", "hh"} & set(tokens)), century=century)  # fmt: skip


def check_formats(formats: Sequence[str]) -> None:
    """Raises `DateFormatError` for an incomplete format, and for two that read one text as different days."""
    read = [date_format(text, 1970) for text in formats]
    for i, first in enumerate(read):
        for second in read[i + 1 :]:
            if first.order != second.order and _shape(first) == _shape(second):
                raise DateFormatError(
                    f"`{first.text}` and `{second.text}` read the same text as different days; keep one of them"
                )


def _shape(format: DateFormat) -> str:
    """Of the day: the same signs at the same places, whatever the digits."""
    text = "yyyy-mm-dd" if format.pattern is None else re.split(r"[ T,]*(?:HH|hh)", format.text)[0]
    return _TOKEN.sub(lambda token: {"yyyy": "####", "mmm": "@"}.get(token[0], "##"), text)


def _iso(text: str) -> datetime | None:
    if not _ISO_DAY.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _moment(parts: dict[str, str | None], century: int) -> datetime | None:
    numbers = {name: int(digits) for name, digits in parts.items() if digits and name not in ("name", "half")}
    if "short" in numbers:
        short = numbers.pop("short")
        numbers["year"] = century + (short - century) % 100
    if name := parts.get("name"):
        numbers["month"] = month_numbers().get(name.casefold().rstrip("."), 0)
    if half := parts.get("half"):
        twelve = numbers.pop("twelve")
        if not 1 <= twelve <= 12:
            return None
        numbers["hour"] = twelve % 12 + (12 if half[0] in "pP" else 0)
    try:
        return datetime(**numbers)  # type: ignore[arg-type]  # noqa: DTZ001 (the zone follows)
    except ValueError:
        return None
