from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.deals.stalling import days_in_stage, is_stalled, stall_after_days
from app.vocabulary import OpportunityStatus, StageKind

ENTERED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LENGTHS = st.floats(min_value=0, max_value=5_000, allow_nan=False)


def test_enough_stays_decide_by_the_length_after_which_four_fifths_are_over() -> None:
    stays = [float(days) for days in range(20, 0, -1)]
    assert stall_after_days(stays, target_days=3) == 16.0


def test_stays_that_are_not_over_count_for_as_long_as_they_last() -> None:
    over, running = [float(days) for days in range(1, 21)], [15.0] * 20
    assert stall_after_days(over, 3, running) == 19.0
    assert stall_after_days(over, 3, [0.5] * 20) == 16.0  # they tell nothing of longer ones


def test_where_too_many_outlast_all_that_are_over_it_is_the_longest_of_these() -> None:
    assert stall_after_days([float(days) for days in range(1, 21)], 3, [300.0] * 20) == 20.0


@pytest.mark.parametrize(("target", "expected"), [(14, 14.0), (0, 0.0), (None, None)])
def test_nineteen_stays_leave_it_to_the_target(target: int | None, expected: float | None) -> None:
    assert stall_after_days([90.0] * 19, target) == expected


def test_a_stage_that_is_left_within_hours_stalls_after_a_day_and_not_before() -> None:
    assert stall_after_days([0.1] * 50, target_days=10) == 1.0


@given(st.lists(LENGTHS, max_size=60), st.none() | st.integers(min_value=0, max_value=400))
def test_a_threshold_from_history_lies_within_the_history_or_is_a_day(stays: list[float], target: int | None) -> None:
    threshold = stall_after_days(stays, target)
    if len(stays) < 20:
        assert threshold == target
    else:
        assert threshold is not None
        assert threshold == 1.0 or min(stays) <= threshold <= max(stays)


@pytest.mark.parametrize(
    ("age", "days"),
    [
        (timedelta(0), 0),
        (timedelta(hours=23, minutes=59, seconds=59), 0),
        (timedelta(days=1), 1),
        (timedelta(days=41, hours=12), 41),
        (timedelta(seconds=-1), 0),
        (timedelta(days=-9), 0),
    ],
)
def test_days_in_stage_are_whole_and_never_negative(age: timedelta, days: int) -> None:
    assert days_in_stage(ENTERED, ENTERED + age) == days


def test_days_in_stage_count_hours_and_not_calendar_dates() -> None:
    berlin = timezone(timedelta(hours=2))
    assert days_in_stage(ENTERED, (ENTERED + timedelta(days=2)).astimezone(berlin)) == 2


@pytest.mark.parametrize(
    ("age", "threshold", "stalled"),
    [
        (timedelta(days=14), 14.0, False),
        (timedelta(days=14, microseconds=1), 14.0, True),
        (timedelta(days=16, hours=4), 16.2, False),
        (timedelta(days=16, hours=5), 16.2, True),
        (timedelta(days=900), None, False),
        (timedelta(days=-1), 0.0, False),
    ],
)
def test_an_open_deal_is_stalled_once_it_is_older_than_the_threshold(
    age: timedelta, threshold: float | None, stalled: bool
) -> None:
    assert is_stalled(OpportunityStatus.OPEN, StageKind.OPEN, ENTERED, threshold, ENTERED + age) is stalled


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (OpportunityStatus.WON, StageKind.WON),
        (OpportunityStatus.LOST, StageKind.LOST),
        (OpportunityStatus.LOST, StageKind.OPEN),
        (OpportunityStatus.OPEN, StageKind.WON),
    ],
)
def test_a_closed_deal_never_stalls(status: OpportunityStatus, kind: StageKind) -> None:
    assert not is_stalled(status, kind, ENTERED, 1.0, ENTERED + timedelta(days=400))
