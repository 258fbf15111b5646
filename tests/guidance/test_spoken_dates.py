"""Dates as people write them, among other words."""

from datetime import date

import pytest

from guidance.spoken_dates import tells_of

DAY = date(2026, 10, 30)


@pytest.mark.parametrize(
    "span",
    ["bis zum 30. Oktober", "not before the 30th of October", "after 30 October 2026", "pas avant le 30 octobre",
     "hasta el 30 de octubre", "erst am 30.10.", "October 30, 2026"],
)  # fmt: skip
def test_a_day_is_found_behind_any_word(span: str) -> None:
    assert tells_of(span, DAY)


@pytest.mark.parametrize("span", ["bis zum 31. Oktober", "30 of them in October", "the 30th of October 2027"])
def test_another_day_is_not(span: str) -> None:
    assert not tells_of(span, DAY)
