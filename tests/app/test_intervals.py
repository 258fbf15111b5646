"""Intervals of shares agree with scipy's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from app.intervals import Share


@given(st.integers(1, 5_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_is_wilson_s(counts: tuple[int, int]) -> None:
    count, of = counts
    share = Share(count, of)
    expected = binomtest(count, of).proportion_ci(method="wilson")
    assert share.value == count / of
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_of_nothing_there_is_no_share() -> None:
    nothing = Share(0, 0)
    assert (nothing.value, nothing.low, nothing.high) == (None, None, None)
