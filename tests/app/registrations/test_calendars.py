"""Business hours of reviews."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.registrations.calendars import Calendar, chosen, problem

BAVARIA = Calendar("DACH", "DE", "BY", "Europe/Berlin")
PLAIN = Calendar()
HOUR = 3600


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-04-01T10:00", 2, "2026-04-01T12:00"),
        ("2026-04-02T16:00", 2, "2026-04-07T10:00"),  # Good Friday, a weekend, Easter Monday
        ("2026-04-04T12:00", 1, "2026-04-07T10:00"),
        ("2026-06-03T17:00", 16, "2026-06-08T17:00"),  # Corpus Christi
        ("2026-03-27T16:00", 2, "2026-03-30T10:00"),  # clocks go forward
        ("2026-04-01T05:00", 0, "2026-04-01T09:00"),
    ],
)
def test_only_working_hours_count(start: str, hours: int, due: str) -> None:
    assert BAVARIA.add(at(start), hours * HOUR) == at(due)


moments = st.integers(0, 730 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(moments, st.integers(0, 400 * HOUR), st.sampled_from((BAVARIA, PLAIN, Calendar(None, "AE", None, "Asia/Dubai"))))
@settings(max_examples=40)
def test_what_was_added_lies_between(start: datetime, seconds: int, calendar: Calendar) -> None:
    due = calendar.add(start, seconds)
    assert due >= start
    assert calendar.between(start, due) == seconds
    assert calendar.between(due, start) == 0


def test_the_calendar_is_that_of_the_partners_region() -> None:
    assert chosen((PLAIN, BAVARIA), " dach ") is BAVARIA
    assert chosen((PLAIN, BAVARIA), "Nordics") is PLAIN
    assert chosen((BAVARIA,), None) == Calendar()


@pytest.mark.parametrize(
    ("calendar", "part"),
    [
        (Calendar(time_zone="Mars/Olympus"), "timeZone"),
        (Calendar(time_zone=""), "timeZone"),
        (Calendar(time_zone="../etc/passwd"), "timeZone"),
        (Calendar(country="Atlantis"), "country"),
        (Calendar(country="DE", subdivision="XX"), "subdivision"),
        (Calendar(subdivision="BY"), "subdivision"),
        (BAVARIA, None),
    ],
)
def test_what_names_nothing_is_refused(calendar: Calendar, part: str | None) -> None:
    found = problem(calendar)
    assert (found and found[0]) == part
