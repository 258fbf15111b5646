"""Occurrences of cron schedules, forwards and backwards, as the clocks of a zone show them."""

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

import pytest

from app.automation.schedules import ScheduleError, check, last_between, occurrences, occurrences_before

SCHEDULES = ("*/15 * * * *", "0 8 * * MON", "30 2 * * *", "0,30 1-3 * * *", "0 * * * *", "0 0 31 * *")
ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kathmandu")
FALL, SPRING = datetime(2026, 10, 23, tzinfo=UTC), datetime(2026, 3, 6, tzinfo=UTC)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("start", [FALL, SPRING], ids=["fall", "spring"])
def test_backwards_come_the_same(schedule: str, zone: str, start: datetime) -> None:
    end = start + timedelta(days=30)
    there = list(takewhile(lambda time: time <= end, occurrences(schedule, zone, start)))
    back = list(takewhile(lambda time: time > start, occurrences_before(schedule, zone, end)))
    assert back == there[::-1]
    if there:
        for until in (there[-1], there[-1] + timedelta(microseconds=1)):
            assert last_between(schedule, zone, start, until) == there[-1]
        assert last_between(schedule, zone, there[-1], end) is None


def test_the_hour_that_comes_twice_hides_none() -> None:
    """At 2:10 for the second time, 2:30 has been already."""
    fire = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    again = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert last_between("30 2 * * *", "Europe/Berlin", fire - timedelta(minutes=1), again) == fire
    assert next(occurrences("30 2 * * *", "Europe/Berlin", again)) > again


@pytest.mark.parametrize("written", ["0 0 8 * * MON", "* * * * * *", "0 8 * *", "0 8 * * MON 2027", "@daily", ""])
def test_five_fields_are_a_schedule(written: str) -> None:
    with pytest.raises(ScheduleError, match="five fields"):
        check(written, "UTC", FALL)
    check("0 8 * * MON", "UTC", FALL)


def test_the_last_ones_are_found_without_those_before() -> None:
    """However long ago it began."""
    ago = datetime(1, 1, 1, tzinfo=UTC)
    assert last_between("*/15 * * * *", "UTC", ago, FALL) == FALL
    assert len(list(islice(occurrences_before("*/15 * * * *", "UTC", FALL), 100))) == 100
