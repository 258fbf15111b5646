import random
from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.deals.stalling import days_in_stage, is_stalled, percentile, stall_after_days
from app.vocabulary import OpportunityStatus, StageKind

ENTERED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LENGTHS = st.floats(min_value=0, max_value=5_000, allow_nan=False)


def test_enough_stays_decide_by_their_80th_percentile() -> None:
    stays = [float(days) for days in range(21, 0, -1)]
    assert stall_after_days(stays, target_days=3) == 17.0


def test_between_two_stays_the_percentile_is_interpolated() -> None:
    assert stall_after_days([2.0] * 16 + [12.0] * 4, target_days=None) == pytest.approx(4.0)


@pytest.mark.parametrize(("target", "expected"), [(14, 14.0), (0, 0.0), (None, None)])
def test_nineteen_stays_leave_it_to_the_target(target: int | None, expected: float | None) -> None:
    assert stall_after_days([90.0] * 19, target) == expected


def test_a_stage_that_is_left_within_hours_stalls_after_a_day_and_not_before() -> None:
    assert stall_after_days([0.1] * 50, target_days=10) == 1.0


async def test_the_percentile_is_postgresqls_to_the_last_bit(postgres: str) -> None:
    chance = random.Random(20260301)
    samples = [[chance.expovariate(1 / 17) for _ in range(chance.randint(1, 90))] for _ in range(60)]
    connection = await asyncpg.connect(postgres)
    try:
        query = "SELECT percentile_cont(0.8) WITHIN GROUP (ORDER BY days) FROM unnest($1::float8[]) AS days"
        measured = [await connection.fetchval(query, sample) for sample in samples]
    finally:
        await connection.close()
    assert [percentile(sample, 0.8) for sample in samples] == measured


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
