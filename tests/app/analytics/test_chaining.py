"""Changes told afterwards lie among those that are kept as if they had been told at their time."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.analytics.chaining import Link, as_changes, chained
from app.models.columns import new_id

START = datetime(2026, 3, 1, tzinfo=UTC)


def day(n: int) -> datetime:
    return START + timedelta(days=n)


def link(n: int, before: int, after: int, *, by_person: bool = False, kept: bool = True) -> Link[int]:
    return Link(day(n), 0, before, after, new_id() if kept else None, by_person)


VALUES = st.integers(0, 4)


@given(st.lists(st.tuples(st.integers(0, 30), VALUES)), st.lists(st.tuples(st.integers(0, 30), VALUES)))
def test_whatever_is_told_each_change_begins_where_the_one_before_ended(
    here: list[tuple[int, int]], there: list[tuple[int, int]]
) -> None:
    kept = as_kept(here)
    told = as_changes([(day(n), place, ..., value) for place, (n, value) in enumerate(there)])
    found = chained(kept, told)
    moved = {one.id: one for one in found.moved}
    after = [moved.get(one.id, one) for one in kept if one.id not in found.void]
    everything = sorted([*after, *found.told], key=lambda one: (one.at, one.nth, one.id is not None))
    if not found.told and not found.moved and not found.void:
        return
    for one, following in itertools.pairwise(everything):
        assert following.before == one.after
    stored = [replace(one, id=one.id or new_id()) for one in everything]
    again = chained(stored, told)
    assert not again.void
    assert not again.moved
    assert all((one.at, one.after) not in {(two.at, two.after) for two in stored} for one in again.told)


def as_kept(values: list[tuple[int, int]]) -> list[Link[int]]:
    found = as_changes([(day(n), place, ..., value) for place, (n, value) in enumerate(values)])
    return [Link(one.at, one.nth, one.before, one.after, new_id()) for one in found]


def test_a_later_change_begins_with_what_was_told_before_it_and_one_that_is_none_goes() -> None:
    booked = link(20, 1, 2)
    found = chained([booked], [link(10, 1, 2, kept=False)])
    assert [(one.before, one.after) for one in found.told] == [(1, 2)]
    assert list(found.void) == [booked.id]
    person = link(20, 1, 2, by_person=True)
    found = chained([person], [link(10, 1, 2, kept=False)])
    assert [(one.before, one.after) for one in found.moved] == [(2, 2)]
    assert list(found.void) == []


def test_what_is_kept_stays_as_it_is_where_nothing_new_is_told() -> None:
    kept = [link(1, 0, 1), link(5, 3, 4)]  # between the two, nobody knows
    found = chained(kept, [Link(day(1), 0, 0, 1)])
    assert (list(found.told), list(found.moved), list(found.void)) == ([], [], [])


def test_values_without_what_was_before_begin_with_the_one_before_them() -> None:
    found = as_changes([(day(2), 1, ..., 7), (day(1), 0, ..., 5), (day(3), 2, ..., 7)])
    assert [(one.at, one.before, one.after) for one in found] == [(day(2), 5, 7)]
