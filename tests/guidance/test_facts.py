"""What the facts say of time and of earlier deals."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from guidance.codec import from_plain, to_plain
from guidance.facts import DealStatus, Stage, StageKind
from guidance.history import Distribution, Fate, History
from tests.guidance.builders import HISTORY, NOW, days_ago, facts

VALUES = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=80)


class TestDistribution:
    def test_quantiles_are_those_of_percentile_cont(self) -> None:
        some = Distribution.of([1.0, 2.0, 3.0, 4.0])
        assert [some.quantile(share) for share in (0, 0.25, 0.5, 1)] == pytest.approx([1.0, 1.75, 2.5, 4.0])

    def test_percentiles_are_the_share_below(self) -> None:
        some = Distribution.of([float(n) for n in range(101)])
        assert [some.percentile(value) for value in (-5, 0, 25, 50, 100, 101)] == pytest.approx([0, 0, 0.25, 0.5, 1, 1])

    def test_fewer_than_twenty_samples_say_nothing(self) -> None:
        assert not Distribution.of([1.0] * 19).known
        assert Distribution.of([1.0] * 20).known
        assert not Distribution().known

    @settings(max_examples=100)
    @given(VALUES, st.floats(0, 1))
    def test_percentile_undoes_quantile_within_its_range(self, values: list[float], share: float) -> None:
        some = Distribution.of(values)
        value = some.quantile(share)
        assert min(values) - 1e-6 <= value <= max(values) + 1e-6  # floats are rounded
        assert 0 <= some.percentile(value) <= 1

    @settings(max_examples=100)
    @given(VALUES, st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
    def test_more_is_never_a_lower_percentile(self, values: list[float], one: float, other: float) -> None:
        some = Distribution.of(values)
        assert some.percentile(min(one, other)) <= some.percentile(max(one, other))


class TestHistory:
    @pytest.mark.parametrize(("days", "fate"), [(0, 0), (29, 0), (30, 30), (500, 60)])
    def test_a_deal_is_compared_with_those_as_old(self, days: float, fate: float) -> None:
        found = HISTORY.fate_at(days)
        assert found is not None
        assert found.days == fate

    def test_too_few_tell_nothing(self) -> None:
        assert History(fates=(Fate.of(0, 19, 10),)).fate_at(5) is None
        assert History().fate_at(5) is None

    def test_fates_stand_by_rising_days(self) -> None:
        with pytest.raises(ValueError, match="rising days"):
            History(fates=(Fate.of(30, 50, 5), Fate.of(30, 50, 5)))


class TestTime:
    def test_days_are_counted_from_stored_times(self) -> None:
        there = facts(deal={"entered_stage_at": days_ago(10)}, last_contact_at=days_ago(3))
        assert (there.days_in_stage(NOW), there.quiet_days(NOW)) == (10, 3)
        assert there.days_in_stage(NOW + timedelta(days=1)) == 11
        assert there.stage_progress(NOW) == pytest.approx(1 / 3)

    def test_a_deal_is_no_quieter_than_its_stage_is_old(self) -> None:
        there = facts(deal={"entered_stage_at": days_ago(4)}, last_contact_at=days_ago(40))
        assert there.quiet_days(NOW) == 4
        assert facts(deal={"entered_stage_at": days_ago(4)}, last_contact_at=None).quiet_days(NOW) == 4

    def test_zones_dont_matter(self) -> None:
        elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
        assert facts().days_in_stage(elsewhere) == facts().days_in_stage(NOW)

    @pytest.mark.parametrize(
        ("deal", "stage", "is_open"),
        [
            ({}, {}, True),
            ({"status": DealStatus.WON}, {}, False),
            ({}, {"kind": StageKind.LOST}, False),
        ],
    )
    def test_openness(self, deal: dict[str, Any], stage: dict[str, Any], is_open: bool) -> None:
        there = facts(deal=deal, stage=Stage("s", "s", "S", 1, **stage))
        assert there.is_open is is_open


class TestPlain:
    def test_facts_are_read_from_plain_values(self) -> None:
        plain = to_plain(facts(history=HISTORY))
        assert plain["deal"]["amount"] == "48000.00"
        assert plain["deal"]["close_date"] == "2026-10-30"
        assert datetime.fromisoformat(plain["last_contact_at"]).tzinfo is not None
        assert from_plain(plain) == facts(history=HISTORY)

    def test_unknown_names_are_refused_with_their_path(self) -> None:
        plain = to_plain(facts())
        plain["deal"]["colour"] = "red"
        with pytest.raises(ValidationError, match=r"deal\.colour"):
            from_plain(plain)

    def test_a_time_that_is_none_is_refused(self) -> None:
        plain = to_plain(facts())
        plain["deal"]["entered_stage_at"] = "yesterday"
        with pytest.raises(ValidationError, match=r"deal\.entered_stage_at"):
            from_plain(plain)


def test_all_that_people_wrote_is_listed() -> None:
    said = list(facts().texts_of_people())
    assert said[0] == "Warehouse control refresh"
    assert "Mara Winter" in said
    assert "The head of operations" in said
