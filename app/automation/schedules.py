"""Cron schedules in a time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

LEAST_PAUSE = timedelta(minutes=15)
_LOOKED_AT = 50


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
    fires = list(_take(occurrences(schedule, time_zone, now), _LOOKED_AT))
    if not fires:
        raise ScheduleError("It never comes: no day fits.")
    if any(later - earlier < LEAST_PAUSE for earlier, later in pairwise(fires)):
        raise ScheduleError(f"It may come every {LEAST_PAUSE // timedelta(minutes=1)} minutes at most.")


def occurrences(schedule: str, time_zone: str, after: datetime) -> Iterator[datetime]:
    """Moments after this one, in UTC. Raises `ScheduleError`."""
    try:
        times = CronSim(schedule, after.astimezone(zone(time_zone)))
    except CronSimError:
        message = "Write five fields of cron: minute, hour, day, month, weekday, such as `0 8 * * MON`."
        raise ScheduleError(message) from None
    return (time.astimezone(UTC) for time in times)


def last_between(schedule: str, time_zone: str, after: datetime, until: datetime) -> datetime | None:
    """The last one after `after`, up to `until`; of those that were missed, the others don't come any more."""
    last = None
    for time in occurrences(schedule, time_zone, after):
        if time > until:
            break
        last = time
    return last


def _take(times: Iterator[datetime], most: int) -> Iterator[datetime]:
    for _, time in zip(range(most), times, strict=False):
        yield time
