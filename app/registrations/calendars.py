"""Business time: hours from 9 to 17 of working days, by the public holidays of a country and the clocks of a place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

OPENS, CLOSES = time(9), time(17)
HOURS_A_DAY = CLOSES.hour - OPENS.hour
LONGEST_HOURS = 400
"""Of a review: ten weeks."""
FAR = 3_660
"""Days that are looked through at most."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """`region`: of the partners that it is for, in any case; None: of all others. `country`: an ISO 3166-1 code,
    `subdivision` as ISO 3166-2 has it after the hyphen (`BY`); None: no holidays but weekends. `time_zone`: IANA."""

    region: str | None = None
    country: str | None = None
    subdivision: str | None = None
    time_zone: str = "UTC"

    def add(self, start: datetime, seconds: int) -> datetime:
        """The instant by which so much business time has passed since `start`; in UTC."""
        left = timedelta(seconds=seconds)
        end = start
        for opens, closes in self._spans(start):
            end = max(opens, start)
            if left <= closes - end:
                return (end + left).astimezone(UTC)
            left -= max(closes - end, timedelta(0))
        raise OverflowError("too far away")

    def between(self, start: datetime, end: datetime) -> int:
        """Seconds of business time from one to the other; 0 where `end` is the earlier."""
        passed = timedelta(0)
        for opens, closes in self._spans(start):
            if opens >= end:
                break
            passed += max(min(closes, end) - max(opens, start), timedelta(0))
        return int(passed.total_seconds())

    def _spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        zone = ZoneInfo(self.time_zone)
        day = start.astimezone(zone).date()
        for _ in range(FAR):
            if is_working_day(day, self.country, self.subdivision):
                closes = datetime.combine(day, CLOSES, zone).astimezone(UTC)
                if closes > start:
                    yield datetime.combine(day, OPENS, zone).astimezone(UTC), closes
            day += timedelta(days=1)


def is_working_day(day: date, country: str | None, subdivision: str | None) -> bool:
    if country is None:
        return day.weekday() < 5
    working: bool = _holidays(country, subdivision, day.year).is_working_day(day)
    return working


def problem(calendar: Calendar) -> tuple[str, str] | None:
    """The part of it that names nothing (`country`, `subdivision`, `timeZone`), and a sentence about it."""
    import holidays  # takes a fifth of a second

    if calendar.time_zone not in available_timezones():
        return "timeZone", "This is no time zone of the IANA database, such as “Europe/Berlin”."
    known = holidays.list_supported_countries(include_aliases=False)
    if calendar.country is None:
        return None if calendar.subdivision is None else ("subdivision", "Name the country, too.")
    if calendar.country not in known:
        return "country", "This is no country whose public holidays are known; give its ISO code, such as “DE”."
    if calendar.subdivision is not None and calendar.subdivision not in known[calendar.country]:
        listed = ", ".join(known[calendar.country]) or "none"
        return "subdivision", f"The country's subdivisions are: {listed}."
    return None


def chosen(calendars: Sequence[Calendar], region: str | None) -> Calendar:
    """The one for partners of this region; the one for all others; else Mondays to Fridays in UTC."""
    wanted = (region or "").strip().casefold()
    for calendar in calendars:
        if calendar.region is not None and calendar.region.strip().casefold() == wanted:
            return calendar
    return next((one for one in calendars if one.region is None), Calendar())


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str | None, year: int) -> Any:
    import holidays  # most processes review nothing

    return holidays.country_holidays(country, subdiv=subdivision, years=year)
