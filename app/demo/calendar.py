"""Working days and office hours by country, without weekends and public holidays.

Free days are those of any larger region of the country, with their substitutes, and the two weeks around Christmas in
which no business is done. The table holds for the countries of the demo; it isn't a calendar to reckon due dates with.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter

BLOCK_DAYS = 28
OPENS, CLOSES = time(8, 20), time(17, 40)
MONDAY, WEDNESDAY, THURSDAY, FRIDAY = 0, 2, 3, 4

ZONES = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki",
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PT": "Europe/Lisbon",
    "SE": "Europe/Stockholm",
}

_DATES = {
    "AT": "5-1 8-15 10-26 11-1 12-8",
    "BE": "5-1 7-21 8-15 11-1 11-11",
    "CH": "3-19 5-1 8-1 8-15 11-1 12-8",
    "DE": "3-8 5-1 8-15 9-20 10-3 10-31 11-1",
    "DK": "5-1 6-5",
    "ES": "3-19 5-1 8-15 10-12 11-1 12-6 12-8",
    "FI": "5-1 12-6",
    "GB": "3-17 7-12 11-30",
    "IE": "2-1 3-17",
    "NL": "4-26 4-27 5-5",
    "NO": "5-1 5-17",
    "PT": "4-25 5-1 6-10 8-15 10-5 11-1 12-1 12-8",
    "SE": "5-1 6-6",
}
_AFTER_EASTER = {
    "AT": (-2, 1, 39, 50, 60),
    "BE": (-2, 1, 39, 40, 50),
    "CH": (-2, 1, 39, 50, 60),
    "DE": (-2, 1, 39, 50, 60),
    "DK": (-3, -2, 1, 26, 39, 40, 50),
    "ES": (-3, -2, 1),
    "FI": (-2, 1, 39),
    "GB": (-2, 1),
    "IE": (-2, 1),
    "NL": (-2, 1, 39, 50),
    "NO": (-3, -2, 1, 39, 50),
    "PT": (-47, -2, 60),
    "SE": (-2, 1, 39),
}
_WEEKDAYS = {
    "CH": ((9, MONDAY, 16), (9, THURSDAY, 5)),
    "DE": ((11, WEDNESDAY, 16),),
    "FI": ((6, FRIDAY, 19),),
    "GB": ((5, MONDAY, 1), (5, MONDAY, 25), (8, MONDAY, 1), (8, MONDAY, 25)),
    "IE": ((2, MONDAY, 1), (5, MONDAY, 1), (6, MONDAY, 1), (8, MONDAY, 1), (10, MONDAY, 25)),
    "SE": ((6, FRIDAY, 19),),
}
"""The first such weekday of the month that isn't before the day."""


@cache
def holidays(country: str, year: int) -> frozenset[date]:
    found = {date(year, *map(int, day.split("-"))) for day in _DATES[country].split()}
    found |= {day + timedelta(days=1) for day in found if day.weekday() == 6}
    found |= {day + timedelta(days=2) for day in found if day.weekday() == 5 and country == "GB"}
    found |= {easter(year) + timedelta(days=days) for days in _AFTER_EASTER[country]}
    found |= {_weekday(date(year, month, day), weekday) for month, weekday, day in _WEEKDAYS.get(country, ())}
    return frozenset(found)


def _weekday(first: date, weekday: int) -> date:
    return first + timedelta(days=(weekday - first.weekday()) % 7)


@cache
def is_working_day(day: date, country: str) -> bool:
    at_christmas = (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 6)
    return day.weekday() < 5 and not at_christmas and day not in holidays(country, day.year)


class Office:
    """The working time of a seller at home and a customer abroad: days on which both work, hours of the seller's.

    Times before `now` are laid out so that four weeks of the calendar become the working hours in them: their order and
    about their distances remain, no day gets more than its share, and nothing is later than `now`. The four weeks are
    counted back from `now`: which deal does what doesn't depend on the day of the week.
    """

    def __init__(self, home: str, customer: str, now: datetime) -> None:
        self.countries = (home, customer)
        self.zone = ZoneInfo(ZONES[home])
        self.now = now
        self._blocks: dict[int, list[tuple[datetime, float]]] = {}
        self._laid: dict[datetime, datetime] = {}

    def at(self, raw: datetime) -> datetime:
        """`raw` is not after `now`."""
        found = self._laid.get(raw)
        if found is None:
            found = self._laid[raw] = self._lay(raw)
        return found

    def _lay(self, raw: datetime) -> datetime:
        block, ago = divmod((self.now - raw).total_seconds() / 86_400, BLOCK_DAYS)
        hours = self._hours(int(block))
        place = (1 - ago / BLOCK_DAYS) * len(hours)
        day = min(int(place), len(hours) - 1)
        opens, seconds = hours[day]
        return opens + timedelta(seconds=int(seconds * min(place - day, 0.999)))

    def _hours(self, block: int) -> list[tuple[datetime, float]]:
        """Of the working days in the block: when they begin, and for how many seconds they last."""
        found = self._blocks.get(block)
        if found is None:
            last = (self.now - timedelta(days=BLOCK_DAYS * block)).astimezone(self.zone).date()
            days = [last - timedelta(days=days) for days in range(BLOCK_DAYS - 1, -1, -1)]
            opened = [self._opened(day) for day in days if self.works(day)]
            found = self._blocks[block] = [one for one in opened if one[1] > 0]
        return found

    def _opened(self, day: date) -> tuple[datetime, float]:
        opens = datetime.combine(day, OPENS, self.zone).astimezone(UTC)
        closes = datetime.combine(day, CLOSES, self.zone).astimezone(UTC)
        return opens, (min(closes, self.now) - opens).total_seconds()

    def works(self, day: date) -> bool:
        home, customer = self.countries
        return is_working_day(day, home) and is_working_day(day, customer)

    def day_from(self, day: date) -> date:
        """The first working day that isn't before it."""
        while not self.works(day):
            day += timedelta(days=1)
        return day

    def day_until(self, day: date) -> date:
        """The last working day that isn't after it."""
        while not self.works(day):
            day -= timedelta(days=1)
        return day
