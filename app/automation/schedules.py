"""Cron schedules in a time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import dropwhile, islice, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

LEAST_PAUSE = timedelta(minutes=15)
_LOOKED_AT = 50
_FIELDS = 5
_WRITTEN = "Write five fields of cron: minute, hour, day, month, weekday, such as `0 8 * * MON`."
_LONGEST_FOLD = timedelta(hours=3)
"""For as long or shorter, clocks show times that they have shown before."""


class ScheduleError(Exception):
    """The message tells the author what is wrong."""


def zone(name: str) -> ZoneInfo:
    """Raises `ScheduleError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScheduleError("There is no such time zone: give an IANA name, such as Europe/Berlin.") from None


def check(schedule: str, time_zone: str, now: datetime) -> None:
    """Raises `ScheduleError` for what isn't cron, never comes, or comes more often than every 15 minutes."""
    if len(schedule.split()) != _FIELDS:  # the library takes one of seconds as well
        raise ScheduleError(_WRITTEN)
    fires = list(islice(occurrences(schedule, time_zone, now), _LOOKED_AT))
    if not fires:
        raise ScheduleError("It never comes: no day fits.")
    if any(later - earlier < LEAST_PAUSE for earlier, later in pairwise(fires)):
        raise ScheduleError(f"It may come every {LEAST_PAUSE // timedelta(minutes=1)} minutes at most.")


def occurrences(schedule: str, time_zone: str, after: datetime) -> Iterator[datetime]:
    """Moments after this one, in UTC. Raises `ScheduleError`."""
    return dropwhile(lambda time: time <= after, _times(schedule, time_zone, after))


def occurrences_before(schedule: str, time_zone: str, until: datetime) -> Iterator[datetime]:
    """Moments up to this one, the last first, in UTC. Raises `ScheduleError`."""
    later = until + _LONGEST_FOLD
    return dropwhile(lambda time: time > until, _times(schedule, time_zone, later, backwards=True))


def last_between(schedule: str, time_zone: str, after: datetime, until: datetime) -> datetime | None:
    """The last one after `after`, up to `until`; of those that were missed, the others don't come any more."""
    last = next(occurrences_before(schedule, time_zone, until), None)
    return last if last is not None and last > after else None


def _times(schedule: str, time_zone: str, start: datetime, *, backwards: bool = False) -> Iterator[datetime]:
    try:
        times = CronSim(schedule, start.astimezone(zone(time_zone)), reverse=backwards)
    except CronSimError:
        raise ScheduleError(_WRITTEN) from None
    return (time.astimezone(UTC) for time in times)
