"""When something may leave, in the zone of whoever gets it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notifications.schedule import Hours, due_at, out_of_quiet
from app.vocabulary import NotificationPace

BERLIN = Hours("Europe/Berlin", 22 * 60, 6 * 60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


CASES = {
    "at once by day": (NotificationPace.AT_ONCE, BERLIN, "2026-03-04T10:00", "2026-03-04T10:00"),
    "at once at night": (NotificationPace.AT_ONCE, BERLIN, "2026-03-04T23:30", "2026-03-05T05:00"),
    "before midnight there": (NotificationPace.AT_ONCE, BERLIN, "2026-03-04T21:00", "2026-03-05T05:00"),
    "the minute when it ends": (NotificationPace.AT_ONCE, BERLIN, "2026-03-05T05:00", "2026-03-05T05:00"),
    "hourly": (NotificationPace.HOURLY, BERLIN, "2026-03-04T10:00:01", "2026-03-04T11:00"),
    "hourly into the night": (NotificationPace.HOURLY, BERLIN, "2026-03-04T20:30", "2026-03-05T05:00"),
    "daily today": (NotificationPace.DAILY, BERLIN, "2026-03-04T06:59", "2026-03-04T07:00"),
    "daily tomorrow": (NotificationPace.DAILY, BERLIN, "2026-03-04T07:00", "2026-03-05T07:00"),
    "daily in summer": (NotificationPace.DAILY, BERLIN, "2026-07-04T07:00", "2026-07-05T06:00"),
    "over the change of clocks": (NotificationPace.DAILY, BERLIN, "2026-03-28T08:00", "2026-03-29T06:00"),
    "a time that is left out": (
        NotificationPace.DAILY,
        Hours("Europe/Berlin", daily_at=150),
        "2026-03-28T20:00",
        "2026-03-29T01:30",
    ),
    "a time that comes twice, before the first": (
        NotificationPace.AT_ONCE,
        Hours("Europe/Berlin", 22 * 60, 150),
        "2027-10-30T23:15",
        "2027-10-31T00:30",
    ),
    "a time that comes twice, between them": (
        NotificationPace.AT_ONCE,
        Hours("Europe/Berlin", 22 * 60, 150),
        "2027-10-31T01:15",
        "2027-10-31T01:30",
    ),
    "a weekend": (NotificationPace.AT_ONCE, Hours(None, quiet_weekends=True), "2026-03-07T10:00", "2026-03-09T00:00"),
    "a weekend and a night": (
        NotificationPace.AT_ONCE,
        Hours(None, 22 * 60, 6 * 60, quiet_weekends=True),
        "2026-03-06T23:00",
        "2026-03-09T06:00",
    ),
    "a zone that is known no more": (
        NotificationPace.DAILY,
        Hours("Mars/Base"),
        "2026-03-04T09:00",
        "2026-03-05T08:00",
    ),
    "an hour that is none": (NotificationPace.AT_ONCE, Hours(None, 60, 60), "2026-03-04T01:00", "2026-03-04T01:00"),
}


@pytest.mark.parametrize(("pace", "hours", "happened", "leaves"), CASES.values(), ids=CASES)
def test_it_leaves_when_it_may(pace: NotificationPace, hours: Hours, happened: str, leaves: str) -> None:
    assert due_at(pace, hours, at(happened)) == at(leaves)


@given(
    st.integers(0, 15 * 366 * 86_400).map(lambda seconds: at("2020-01-01") + timedelta(seconds=seconds)),
    st.sampled_from([NotificationPace.AT_ONCE, NotificationPace.HOURLY, NotificationPace.DAILY]),
    st.builds(
        Hours,
        st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "UTC"]),
        st.integers(0, 1439),
        st.integers(0, 1439),
        st.booleans(),
        st.integers(0, 1439),
    ),
)
def test_it_never_leaves_before_it_happens_nor_in_quiet_hours(
    happened: datetime, pace: NotificationPace, hours: Hours
) -> None:
    leaves = due_at(pace, hours, happened)
    assert happened <= leaves <= happened + timedelta(days=6)
    assert out_of_quiet(hours, leaves) == leaves
