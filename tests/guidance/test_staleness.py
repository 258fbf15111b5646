"""Advice that was put off, dismissed or not answered: when it steps back, stays away and returns."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance import recommend
from guidance.actions import ActionKind
from guidance.codec import state_hash
from guidance.facts import Answer, Facts, Response, Seen
from guidance.grounds import ground_of
from guidance.ranking import Ranked
from guidance.sleeping import wakes
from guidance.staleness import stepped_back, working_days_after
from tests.guidance.builders import NOW, SPONSOR, facts

MONDAY = datetime(2026, 8, 31, 9, tzinfo=UTC)
BLOCKER = "criterion/sponsor"


def alone(**changes: Any) -> Facts:
    """A deal that nothing but one criterion keeps from its next stage."""
    return facts(criteria=(SPONSOR,), activities=(), **changes)


def found(there: Facts, at: datetime = NOW, kind: ActionKind = ActionKind.COMPLETE_CRITERION) -> Ranked | None:
    return next((one for one in recommend(there, at=at).actions if one.candidate.kind is kind), None)


def answered(there: Facts, answer: Answer, *, kind: ActionKind = ActionKind.COMPLETE_CRITERION, **more: Any) -> Facts:
    one = found(there, kind=kind)
    assert one is not None
    said = Response(kind, one.candidate.key, answer, NOW, "No.", ground_of(one.candidate, there), **more)
    return replace(there, responses=(*there.responses, said))


class TestWorkingDays:
    @given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-20, 400))
    def test_they_are_counted_one_by_one(self, day: date, span: int) -> None:
        days = [day + timedelta(days=n) for n in range(1, span + 1)]
        assert working_days_after(day, day + timedelta(days=span)) == sum(one.weekday() < 5 for one in days)

    @pytest.mark.parametrize(
        ("shown", "days", "steps"),
        [("Monday", 0, 0), ("Monday", 2, 0), ("Monday", 3, 3), ("Thursday", 4, 0), ("Thursday", 5, 3), ("Friday", 5, 3),
         ("Saturday", 3, 0), ("Saturday", 4, 3)],
    )  # fmt: skip
    def test_the_third_after_it_was_shown_is_one_too_many(self, shown: str, days: int, steps: int) -> None:
        seen = next(day for n in range(7) if (day := MONDAY + timedelta(days=n)).strftime("%A") == shown)
        first = recommend(facts(), at=seen).actions[0]
        again = replace(facts(), seen=(Seen(first.candidate.key, seen),))
        later = seen.replace(hour=1) + timedelta(days=days)
        one = next(one for one in recommend(again, at=later).actions if one.candidate.key == first.candidate.key)
        assert one.factors is not None
        assert one.factors.steps == steps


class TestSteppingBack:
    def test_as_many_as_are_shown_go_before(self) -> None:
        assert stepped_back("Abcdef", lambda one: 3 if one.isupper() else 0) == list("bcdAef")
        assert stepped_back("ABCdef", lambda one: 3 if one.isupper() else 0) == list("defABC")
        assert stepped_back("ABcd", lambda one: 3 if one.isupper() else 1 if one == "x" else 0) == list("cdAB")

    def test_what_holds_the_deal_up_stays_in_sight(self) -> None:
        assert stepped_back("Abcd", lambda one: 1 if one.isupper() else 0) == list("bAcd")

    def test_where_all_are_ignored_nothing_changes(self) -> None:
        assert stepped_back("ABC", lambda _: 3) == list("ABC")

    @given(st.lists(st.sampled_from([0, 1, 3]), max_size=12))
    def test_nothing_is_lost_and_what_is_ignored_stands_lower_if_anything_fresh_follows(self, steps: list[int]) -> None:
        order = list(range(len(steps)))
        placed = stepped_back(order, lambda one: steps[one])
        assert sorted(placed) == order
        assert [one for one in placed if not steps[one]] == [one for one in order if not steps[one]]
        fresh = [one for one in order if not steps[one]]
        for one in order:
            if steps[one]:
                passed = [other for other in fresh if other > one and placed.index(other) < placed.index(one)]
                assert len(passed) >= min(1, sum(other > one for other in fresh))


Change = Callable[[Facts], Facts]


def changed(criterion: str, when: str) -> Change:
    return lambda there: replace(there, changed=((criterion, when),))


class TestDismissed:
    @pytest.mark.parametrize(
        ("kind", "change"),
        [
            (ActionKind.COMPLETE_CRITERION, changed("criterion/signed-off", "2026-09-02")),
            (ActionKind.COMPLETE_CRITERION, lambda there: replace(
                there, deal=replace(there.deal, entered_stage_at=NOW - timedelta(days=1)))),
            (ActionKind.DO_ACTIVITY, changed("activity/report", "COMPLETED 2026-09-02")),
            (ActionKind.SHARE_CONTENT, lambda there: replace(
                there, contents=tuple(replace(one, summary="Twenty slides.") for one in there.contents))),
            (ActionKind.INVOLVE_VENDOR, lambda there: replace(
                there, deal=replace(there.deal, amount=Decimal(900_000)))),
        ],
    )  # fmt: skip
    def test_it_stays_away_until_the_fact_behind_it_changes(self, kind: ActionKind, change: Change) -> None:
        before = facts(deal={"amount": Decimal(400_000)})
        there = answered(before, Answer.DISMISSED, kind=kind)
        key = there.responses[0].key
        for days in (0, 1, 5):
            keys = {one.candidate.key for one in recommend(there, at=NOW + timedelta(days=days)).actions}
            assert key not in keys
        assert key in {one.candidate.key for one in recommend(change(there), at=NOW + timedelta(days=1)).actions}

    def test_other_changes_do_not_bring_it_back(self) -> None:
        there = answered(facts(), Answer.DISMISSED)
        other = replace(
            there,
            deal=replace(there.deal, notes="Called again", next_step="Wait", amount=Decimal(50_000)),
            last_contact_at=NOW,
            last_change_at=NOW,
            changed=(("criterion/another", "2026-09-02"),),
        )
        assert there.responses[0].key not in {one.candidate.key for one in recommend(other, at=NOW).actions}

    def test_a_condition_is_another_fact_when_what_it_speaks_of_changes(self) -> None:
        asked = replace(SPONSOR, expression="deal.amount > 100000.0 && deal.nextStep != null")
        there = answered(facts(criteria=(asked,)), Answer.DISMISSED)
        assert found(there) is None
        assert found(replace(there, deal=replace(there.deal, notes="x"))) is None
        assert found(replace(there, deal=replace(there.deal, amount=Decimal(9)))) is not None

    def test_what_blocks_the_deal_sleeps_for_two_weeks(self) -> None:
        there = answered(alone(), Answer.DISMISSED)
        assert [found(there, NOW + timedelta(days=days)) is None for days in (0, 13, 14, 400)] == [
            True, True, False, False,
        ]  # fmt: skip

    def test_what_was_answered_before_grounds_were_kept_stays_away(self) -> None:
        there = answered(facts(), Answer.DISMISSED)
        old = replace(there, responses=(replace(there.responses[0], ground=None),), changed=(("a", "b"),))
        assert there.responses[0].key not in {one.candidate.key for one in recommend(old, at=NOW).actions}

    def test_days_alone_change_no_ground(self) -> None:
        for one in recommend(facts(), at=NOW).actions:
            later = recommend(facts(), at=NOW + timedelta(days=3)).actions
            same = [other for other in later if other.candidate.key == one.candidate.key]
            assert all(ground_of(other.candidate, facts()) == ground_of(one.candidate, facts()) for other in same)


def test_what_is_snoozed_comes_back_on_the_day_that_was_said_not_before() -> None:
    there = answered(alone(), Answer.SNOOZED, until=date(2026, 9, 4))
    back = [
        found(there, datetime(2026, 9, day, hour, tzinfo=UTC)) is not None for day, hour in ((1, 13), (3, 23), (4, 0))
    ]
    assert back == [False, False, True]


def test_what_is_snoozed_to_the_day_that_has_begun_comes_back_after_a_night() -> None:
    said = datetime(2026, 9, 4, 1, tzinfo=UTC)
    assert wakes(date(2026, 9, 4), said) == datetime(2026, 9, 4, 13, tzinfo=UTC)
    assert wakes(date(2026, 9, 5), said) == datetime(2026, 9, 5, tzinfo=UTC)


def test_what_was_seen_or_changed_is_no_other_state_for_a_model() -> None:
    there = facts()
    later = replace(there, seen=(Seen("key", NOW),), changed=(("criterion/sponsor", "now"),))
    assert state_hash(later) == state_hash(there)
