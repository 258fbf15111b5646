"""Periods: months, and quarters and years of the fiscal year."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.periods import NoSuchPeriod, period_of, read_period
from app.settings import Settings, use_settings
from app.vocabulary import PeriodKind

DAYS = st.dates(date(1971, 1, 1), date(2199, 12, 31))


@pytest.fixture
def fiscal_year() -> Iterator[None]:
    yield
    use_settings(None)


def begin_with(month: int) -> None:
    use_settings(Settings(_env_file=None, fiscal_year_start=month))


@pytest.mark.parametrize(
    ("start", "key", "first", "last"),
    [
        (1, "2026-03", date(2026, 3, 1), date(2026, 3, 31)),
        (1, "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        (1, "2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        (1, "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        (1, "2026", date(2026, 1, 1), date(2026, 12, 31)),
        (7, "2026-Q1", date(2025, 7, 1), date(2025, 9, 30)),
        (7, "2026-Q4", date(2026, 4, 1), date(2026, 6, 30)),
        (7, "2026", date(2025, 7, 1), date(2026, 6, 30)),
        (7, "2026-03", date(2026, 3, 1), date(2026, 3, 31)),
        (2, "2026-Q4", date(2025, 11, 1), date(2026, 1, 31)),
        (12, "2026", date(2025, 12, 1), date(2026, 11, 30)),
    ],
)
@pytest.mark.usefixtures("fiscal_year")
def test_a_period_has_a_first_and_a_last_day(start: int, key: str, first: date, last: date) -> None:
    begin_with(start)
    found = read_period(key)
    assert (found.key, found.first, found.last) == (key, first, last)


@given(st.integers(1, 12), st.sampled_from(PeriodKind), DAYS)
@pytest.mark.usefixtures("fiscal_year")
def test_every_day_is_in_one_period_of_each_kind(start: int, kind: PeriodKind, day: date) -> None:
    begin_with(start)
    found = period_of(kind, day)
    assert found.first <= day <= found.last
    assert read_period(found.key) == found
    assert found.shifted(1).first == found.last + timedelta(days=1)
    assert found.shifted(1).shifted(-1) == found
    months = (found.last.year - found.first.year) * 12 + found.last.month - found.first.month + 1
    assert months == found.months


@pytest.mark.parametrize(
    "text", ["", "2026-Q0", "2026-Q5", "2026-13", "2026-00", "26-01", "1969", "2201-01", "2026-1", "٢٠٢٦"]
)
def test_what_is_no_period_is_said(text: str) -> None:
    with pytest.raises(NoSuchPeriod, match="Write a month as"):
        read_period(text)
