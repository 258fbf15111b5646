"""The time at which something may leave: at once, or with the next digest, and never in quiet hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.vocabulary import NotificationPace

DAY_MINUTES = 1_440
MORNING = 480
_WEEKEND = (5, 6)


@dataclass(frozen=True, slots=True)
class Hours:
    """A person's times. Minutes of the day in their `zone`; `quiet_from` may be later than `quiet_until`, over
    midnight."""

    zone: str | None = None
    quiet_from: int | None = None
    quiet_until: int | None = None
    quiet_weekends: bool = False
    daily_at: int = MORNING


def due_at(pace: NotificationPace, hours: Hours, at: datetime) -> datetime:
    """When something that happens at `at` leaves at this pace; never before `at`."""
    if pace is NotificationPace.HOURLY:
        at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    elif pace is NotificationPace.DAILY:
        at = _next(at, hours.daily_at, zone_of(hours.zone))
    return out_of_quiet(hours, at)


def out_of_quiet(hours: Hours, at: datetime) -> datetime:
    """`at`, or the end of the quiet time that it lies in."""
    zone = zone_of(hours.zone)
    for _ in range(4):  # a night, and a weekend that borders on it
        there = at.astimezone(zone)
        if hours.quiet_weekends and there.weekday() in _WEEKEND:
            at = _midnight(there, zone, 1)
        elif _is_quiet(hours, there.hour * 60 + there.minute):
            assert hours.quiet_until is not None
            at = _next(at, hours.quiet_until, zone, folds=(0, 1))
        else:
            break
    return at


def _is_quiet(hours: Hours, minute: int) -> bool:
    if hours.quiet_from is None or hours.quiet_until is None or hours.quiet_from == hours.quiet_until:
        return False
    if hours.quiet_from < hours.quiet_until:
        return hours.quiet_from <= minute < hours.quiet_until
    return minute >= hours.quiet_from or minute < hours.quiet_until


def _next(at: datetime, minute: int, zone: ZoneInfo, folds: Sequence[int] = (0,)) -> datetime:
    """The next time after `at` when the clocks there show this minute of the day. `folds`: of a minute that they show
    twice as they go back, the first time, or either."""
    there = at.astimezone(zone)
    for days in (0, 1, 2):
        day = there.date() + timedelta(days=days)
        for fold in folds:
            clock = time(minute // 60, minute % 60, fold=fold)
            found = datetime.combine(day, clock, zone).astimezone(at.tzinfo)
            if found > at:
                return found
    raise AssertionError("a day has passed")


def _midnight(there: datetime, zone: ZoneInfo, days: int) -> datetime:
    midnight = datetime.combine(there.date() + timedelta(days=days), time(0), zone)
    return midnight.astimezone(ZoneInfo("UTC"))


@lru_cache(maxsize=700)
def zone_of(name: str | None) -> ZoneInfo:
    """UTC where none is set, or it is known no more."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
