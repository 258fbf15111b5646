"""What holds for the advice on any deal at all."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance import recommend
from guidance.actions import ActionKind, Candidate, Evidence, Urgency
from guidance.codec import from_plain, state_hash, to_plain
from guidance.facts import Answer, Facts, MoveKind, Response
from guidance.rules import RULES, LostRule, candidates
from tests.guidance.builders import NOW, facts
from tests.guidance.strategies import FACTS

LEAST_FIRST = (Urgency.LOW, Urgency.NORMAL, Urgency.HIGH, Urgency.CRITICAL)
SAMPLE = settings(max_examples=30)


def identity(candidate: Candidate) -> tuple[object, ...]:
    return candidate.kind, candidate.target.identity, candidate.occasion


@SAMPLE
@given(FACTS)
def test_advice_is_whole(there: Facts) -> None:
    answer = recommend(there, at=NOW)
    assert answer.lost == ()
    for ranked in answer.actions:
        one = ranked.candidate
        assert one.evidence
        assert all(evidence.fact and evidence.value and evidence.source for evidence in one.evidence)
        assert 0 < len(one.title) <= 120
        assert one.effort_minutes >= 1
        assert ranked.score > 0
        assert one.due_at is not None
        assert NOW <= one.due_at <= NOW + timedelta(days=14)


@SAMPLE
@given(FACTS, st.integers(0, 400), st.integers(0, 23))
def test_advice_is_due_on_a_working_day_to_come(there: Facts, days: int, hours: int) -> None:
    at = NOW + timedelta(days=days, hours=hours)
    for ranked in recommend(there, at=at).actions:
        due = ranked.candidate.due_at
        assert due is not None
        assert due > at
        assert due.weekday() < 5
        assert due.hour == 12


@SAMPLE
@given(FACTS)
def test_what_is_urgent_is_no_less_so_when_days_have_passed(there: Facts) -> None:
    before: dict[tuple[object, ...], int] = {}
    for days in (0, 1, 5, 14, 15, 30, 59, 60, 100, 196, 400):
        for ranked in recommend(there, at=NOW + timedelta(days=days)).actions:
            one = ranked.candidate
            known = one.kind, one.target.identity
            urgency = LEAST_FIRST.index(one.urgency)
            assert urgency >= before.get(known, 0), (days, one.title)
            before[known] = urgency


@SAMPLE
@given(FACTS)
def test_advice_may_be_followed(there: Facts) -> None:
    answer = [ranked.candidate for ranked in recommend(there, at=NOW).actions]
    if not there.is_open:
        assert answer == []
    moves = {move.stage_id: move for move in there.transitions if move.allowed}
    suitable = {content.id for content in there.contents if content.suits and not content.used}
    unmet = {one.id for one in (*there.criteria, *there.next_entry) if not one.met}
    for one in answer:
        match one.kind:
            case ActionKind.ADVANCE_STAGE | ActionKind.CLOSE_LOST:
                assert any(move.stage_id == one.target.stage_id and move.allowed for move in moves.values())
            case ActionKind.SHARE_CONTENT | ActionKind.STUDY_CONTENT:
                assert set(one.target.content_ids) <= suitable
            case ActionKind.COMPLETE_CRITERION | ActionKind.PREPARE_NEXT_STAGE:
                assert one.target.criterion_id in unmet
            case ActionKind.DO_ACTIVITY:
                assert one.target.activity_id in {each.id for each in there.activities if not each.done}
            case ActionKind.ANSWER_QUESTION:
                assert one.target.question_key in {each.key for each in there.questions if not each.answered}
            case ActionKind.INVOLVE_VENDOR:
                assert there.partner is not None


@SAMPLE
@given(FACTS)
def test_the_same_state_gives_the_same_actions(there: Facts) -> None:
    first, again = recommend(there, at=NOW), recommend(there, at=NOW)
    assert first.actions == again.actions
    assert first.state == again.state
    keys = [ranked.candidate.key for ranked in first.actions]
    assert len(set(keys)) == len(keys)


@SAMPLE
@given(FACTS, st.integers(1, 72))
def test_waiting_doesnt_make_another_action_of_the_same_advice(there: Facts, hours: int) -> None:
    now, later = candidates(there, NOW), candidates(there, NOW + timedelta(hours=hours))
    keys = {identity(one): one.key for one in now.candidates}
    for one in later.candidates:
        assert keys.get(identity(one), one.key) == one.key


@SAMPLE
@given(FACTS)
def test_wording_doesnt_make_another_action(there: Facts) -> None:
    stage = replace(there.stage, name="Renamed", definition="Otherwise")
    criteria = tuple(replace(one, description=f"{one.description}!") for one in there.criteria)
    renamed = replace(there, stage=stage, criteria=criteria, deal=replace(there.deal, name="Renamed"))
    assert [one.key for one in candidates(there, NOW).candidates] == [
        one.key for one in candidates(renamed, NOW).candidates
    ]


@SAMPLE
@given(FACTS)
def test_facts_survive_being_written_down(there: Facts) -> None:
    assert from_plain(to_plain(there)) == there


@SAMPLE
@given(FACTS, st.sampled_from([Answer.ACCEPTED, Answer.IGNORED]))
def test_merely_seen_advice_is_the_same_state(there: Facts, answer: Answer) -> None:
    response = Response(ActionKind.RE_ENGAGE, "any", answer, NOW)
    seen = replace(there, responses=(*there.responses, response), last_contact_at=NOW)
    assert state_hash(seen) == state_hash(there)


@pytest.mark.parametrize("answer", [Answer.DISMISSED, Answer.COMPLETED])
def test_settled_advice_is_gone_and_the_state_another(answer: Answer) -> None:
    there = facts()
    first = recommend(there, at=NOW).actions[0].candidate
    settled = replace(there, responses=(Response(first.kind, first.key, answer, NOW),))
    after = recommend(settled, at=NOW)
    assert first.key not in {ranked.candidate.key for ranked in after.actions}
    assert state_hash(settled) != state_hash(there)
    assert after.state != recommend(there, at=NOW).state


CHANGES = (
    facts(deal={"notes": "Other notes"}),
    facts(deal={"amount": None}),
    facts(criteria=tuple(replace(one, met=True) for one in facts().criteria)),
    facts(contents=()),
    facts(questions=()),
)


@pytest.mark.parametrize("changed", CHANGES)
def test_a_changed_deal_is_another_state(changed: Facts) -> None:
    assert recommend(changed, at=NOW).state != recommend(facts(), at=NOW).state


def _advise(name: str) -> Candidate:
    return Candidate(ActionKind.CUSTOM, name, "Because.", (Evidence("fact", "value", "test"),), occasion=(name,))


def broken(there: Facts, at: datetime) -> Iterable[Candidate]:
    yield _advise("before")
    raise RuntimeError("the rule is wrong about " + there.deal.name)


def broken_at_once(there: Facts, at: datetime) -> Iterable[Candidate]:
    raise KeyError(there.deal.name)


def whole(there: Facts, at: datetime) -> Iterable[Candidate]:
    return [_advise("after")]


def test_a_rule_that_raises_loses_its_own_candidates_and_is_told_of() -> None:
    with structlog.testing.capture_logs() as logged:
        found = candidates(facts(), NOW, rules=(broken, broken_at_once, whole))
    assert [one.title for one in found.candidates] == ["before", "after"]
    assert found.lost == (LostRule("broken", "RuntimeError"), LostRule("broken_at_once", "KeyError"))
    assert [(entry["event"], entry["rule"], entry["log_level"]) for entry in logged] == [
        ("guidance.rule_failed", "broken", "error"),
        ("guidance.rule_failed", "broken_at_once", "error"),
    ]


def test_what_a_rule_raised_is_not_in_what_users_get() -> None:
    found = candidates(facts(), NOW, rules=(broken, whole))
    assert "wrong about" not in repr(found.candidates) + repr(found.lost)


def test_of_two_rules_with_the_same_advice_the_first_is_heard() -> None:
    def other(there: Facts, at: datetime) -> Iterable[Candidate]:
        return [replace(_advise("after"), title="Otherwise")]

    assert [one.title for one in candidates(facts(), NOW, rules=(whole, other)).candidates] == ["after"]


def test_every_family_of_rules_has_its_say_somewhere() -> None:
    """A rule that is never heard isn't needed, or isn't registered."""
    assert len({rule.__name__ for rule in RULES}) == len(RULES) == 16


def test_an_action_without_evidence_or_words_is_impossible() -> None:
    fact = (Evidence("fact", "value", "test"),)
    for wrong in (
        {"evidence": ()}, {"title": " "}, {"rationale": ""}, {"effort_minutes": 0}, {"weight": 0.0}, {"weight": 1e9},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"evidence|title|effort"):
            Candidate(**({"kind": ActionKind.CUSTOM, "title": "T", "rationale": "R", "evidence": fact} | wrong))


def test_moves_are_found_by_kind() -> None:
    assert facts().onward() == facts().move(MoveKind.FORWARD)
    last = facts(next_stage=None)
    assert last.onward() == last.move(MoveKind.WON)


def test_other_words_and_contents_leave_the_action_the_same() -> None:
    about_content = next(one for one in candidates(facts(), NOW).candidates if one.target.content_ids)
    for one in (about_content, _advise("without a target")):
        other = one.told(title="Other", rationale="Words.", target=one.with_contents(("content/elsewhere",)))
        assert other.key == one.key
        assert (other.kind, other.evidence, other.due_at, other.draft) == (
            one.kind,
            one.evidence,
            one.due_at,
            one.draft,
        )
        assert other.target.content_ids == (*one.target.content_ids, "content/elsewhere")
