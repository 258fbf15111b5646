"""Cells with dates, read by the formats that a mapping states, and in the zone that the export is meant in.

Which day 03/04/2022 is, is never guessed: a cell that only the other order of day and month reads puts the whole file
in doubt. So is no time: one that the clock skipped is none, and one that it showed twice is two.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo

from app.deals.names import tidy
from app.imports.date_formats import DateFormat, date_format
from app.imports.doubts import MOST_SAMPLES
from app.imports.faults import Doubtful, FieldFault, Sample

_EARLIEST, _LATEST = 1900, 2200
_REMEMBERED = 50_000
_SERIAL = re.compile(r"[1-9]\d{4}([.,]\d+)?")
CENTURY = 1970


class ShownTwice(FieldFault):
    """A time of the hour that the clock showed a second time when it was set back: one of two moments."""

    def __init__(self, early: datetime, late: datetime, zone: tzinfo) -> None:
        super().__init__(f"is one of two moments, since the clock of {zone} was set back")
        self.early, self.late = early, late


class Moments(dict[str, datetime | None]):
    """Text → moment in UTC; a date alone is its first instant in `zone`. Blank text is None. Remembers what it read,
    since the dates of an export repeat. Raises `FieldFault`, among them `Doubtful` and `ShownTwice`."""

    def __init__(self, formats: Sequence[str], zone: tzinfo, century: int = CENTURY) -> None:
        super().__init__()
        self.zone = zone
        self.formats = [date_format(text, century) for text in formats]
        self._swapped = [other for format in self.formats if (other := format.swapped) is not None]
        self._undecided: list[Sample] = []

    def __missing__(self, text: str) -> datetime | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        stripped = text.strip() if text.isascii() else tidy(text)
        moment = self._read(stripped) if stripped else None
        self[text] = moment
        return moment

    def _read(self, text: str) -> datetime:
        for format in self.formats:
            read = format.read(text)
            if read is not None:
                if not _EARLIEST <= read.year <= _LATEST:
                    raise FieldFault(f"is not between the years {_EARLIEST} and {_LATEST}")
                self._remember(text, format, read)
                return _in_utc(read, self.zone, timed=format.is_timed(text))
        raise self._fault(text)

    def _remember(self, text: str, format: DateFormat, read: datetime) -> None:
        if len(self._undecided) < MOST_SAMPLES and read.day <= 12 and read.day != read.month and format.pattern:
            other = format.swapped
            swapped = other.read(text) if other else None
            if other is not None and swapped is not None:
                self._undecided.append(Sample(0, text, (_said(read, format), _said(swapped, other))))

    def _fault(self, text: str) -> FieldFault:
        wanted = " or ".join(format.text for format in self.formats)
        for other in self._swapped:
            read = other.read(text)
            if read is not None and _EARLIEST <= read.year <= _LATEST:
                return Doubtful(
                    f"is not a date as {wanted}",
                    doubt=f"days and months seem to stand in another order than {wanted}",
                    readings=("no day of the calendar in the stated order", _said(read, other)),
                    way_out=_way_out(other),
                    also=self._undecided,
                )
        if _SERIAL.fullmatch(text):
            return FieldFault("is a spreadsheet's day number, not a date; format the column as a date there")
        if any(format.fits(text) for format in self.formats):
            return FieldFault(f"is no day of the calendar, or no time of the clock, as {wanted}")
        return FieldFault(f"is not a date as {wanted}")


class Days(dict[str, date | None]):
    """Text → calendar day, with the time of day left off as it stands. Raises `FieldFault`."""

    def __init__(self, formats: Sequence[str], zone: tzinfo, century: int = CENTURY) -> None:
        super().__init__()
        self.zone = zone
        self.moments = Moments(formats, zone, century)

    def __missing__(self, text: str) -> date | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        try:
            moment = self.moments[text]
        except ShownTwice as twice:  # on the same day
            moment = twice.early
        day = None if moment is None else moment.astimezone(self.zone).date()
        self[text] = day
        return day


def _in_utc(read: datetime, zone: tzinfo, *, timed: bool) -> datetime:
    if read.tzinfo is not None:
        return read if read.tzinfo is UTC else read.astimezone(UTC)
    early = read.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if zone is UTC:
        return early
    late = read.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if early == late or not timed:
        return early
    if early > late:
        raise FieldFault(f"is a time that the clock of {zone} skipped when it was put forward")
    raise ShownTwice(early, late, zone)


def _said(read: datetime, format: DateFormat) -> str:
    return f"{read.day} {read:%B %Y} as {format.text}"


def _way_out(other: DateFormat) -> str:
    order = "--month-first" if other.order.index("month") < other.order.index("day") else "--day-first"
    return f"If {other.text} is right, say {order}, or name it under `dates:` in the mapping."
