"""Each family of rules: when it speaks, what it says, and when it is silent."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guidance.actions import ActionKind, Candidate, Draft, Urgency
from guidance.facts import (
    Activity,
    Content,
    Criterion,
    Facts,
    MoveKind,
    Question,
    Reader,
    Transition,
)
from guidance.history import Distribution, Fate, History
from guidance.rules.activities import do_activities
from guidance.rules.advance import advance
from guidance.rules.chances import requalify_or_close
from guidance.rules.close_dates import repair_close_date
from guidance.rules.content import use_content
from guidance.rules.criteria import complete_criteria
from guidance.rules.next_stage import prepare_next_stage
from guidance.rules.questions import answer_questions
from guidance.rules.silence import re_engage
from guidance.rules.vendor import involve_vendor
from tests.guidance.builders import HISTORY, NOW, SIGNED_OFF, SPONSOR, VALIDATION, days_ago, done, facts

EARLY = replace(VALIDATION, win_probability=0.2)


def said(candidates: Iterable[Candidate]) -> list[tuple[ActionKind, str]]:
    return [(one.kind, one.title) for one in candidates]


def facts_of(candidate: Candidate) -> dict[str, str]:
    return {one.fact: one.value for one in candidate.evidence}


def quiet(days: float, **deal: Any) -> Facts:
    return facts(deal={"entered_stage_at": days_ago(days + 1), **deal}, last_contact_at=days_ago(days))


class TestCriteria:
    def test_each_open_one_in_the_playbooks_order(self) -> None:
        first, second = complete_criteria(facts(), NOW)
        assert first.title == "Ask the customer: Could you sign off the test results for us?"
        assert first.target.criterion_id == SIGNED_OFF.id
        assert first.rationale == (
            "The deal can’t leave “Technical validation” before this holds: "
            "The customer has signed off the test results."
        )
        assert facts_of(first) == {
            SIGNED_OFF.description: "unmet required exit criterion",
            "Days in stage": "12 days in “Technical validation” (target 30 days)",
        }
        assert first.message == Draft(
            "Subject: Warehouse control refresh: one question\n\nHello [Name],\n\n"
            "There is one point that I would like to settle with you before we go on.\n\n"
            "Could you sign off the test results for us?\n\n"
            "If you cannot say yet, just tell me what is missing, or who could answer it.\n\n"
            "Best regards\nMara Winter\nContoso",
            Reader.CUSTOMER,
        )
        assert second.target.criterion_id == SPONSOR.id
        assert first.weight > second.weight

    def test_what_the_record_lacks_is_recorded(self) -> None:
        asked = Criterion(
            "c", "value", "The value is known.", met=False, expression="deal.amount != null && deal.currency != null"
        )
        (one,) = complete_criteria(facts(deal={"amount": None, "currency": None}, criteria=(asked,)), NOW)
        assert (one.title, one.draft, one.effort_minutes) == ("Add the amount and the currency to the deal", None, 10)
        assert facts_of(one)["The amount"] == "empty or out of date"

    def test_the_last_blocker_is_urgent(self) -> None:
        there = facts(criteria=(SIGNED_OFF, replace(SPONSOR, met=True)), activities=())
        (one,) = complete_criteria(there, NOW)
        assert one.urgency is Urgency.HIGH
        assert one.rationale == "It is the only thing that still keeps the deal from “Proposal”."

    def test_an_optional_one_comes_last_and_says_so(self) -> None:
        there = facts(criteria=(replace(SIGNED_OFF, required=False), SPONSOR))
        required, optional = complete_criteria(there, NOW)
        assert optional.rationale.startswith("It doesn’t block the deal")
        assert optional.weight < required.weight

    def test_a_missing_close_date_alone_is_left_to_its_own_rule(self) -> None:
        asked = Criterion("c", "dated", "Dated.", met=False, expression="deal.closeDate != null")
        assert said(complete_criteria(facts(deal={"close_date": None}, criteria=(asked,)), NOW)) == []

    def test_met_ones_are_silent(self) -> None:
        assert said(complete_criteria(done(facts()), NOW)) == []


class TestActivities:
    def test_the_open_one_is_proposed_with_an_invitation(self) -> None:
        (one,) = do_activities(facts(), NOW)
        assert (one.title, one.target.activity_id) == ("Present the validation report", "activity/report")
        assert one.rationale == (
            "“Technical validation” requires it before the deal may move on. Go through the results with the sponsor."
        )
        assert one.draft is not None
        assert (
            "\n\nI would like to go through the results with your sponsor.\n\nWould [Day] or [Day] suit you"
            in one.draft
        )
        assert facts_of(one)["Present the validation report"] == "required, still open"

    def test_long_ones_are_scheduled(self) -> None:
        there = facts(activities=(Activity("a", "poc", "Run the proof of concept", done=False, effort_minutes=960),))
        (one,) = do_activities(there, NOW)
        assert one.title == "Find a date for “Run the proof of concept”"

    def test_three_of_many_and_every_required_one(self) -> None:
        many = tuple(Activity(f"a{n}", f"a{n}", f"Step {n}", done=False, required=n == 5) for n in range(6))
        assert [one.title for one in do_activities(facts(activities=many), NOW)] == [
            "Step 0",
            "Step 1",
            "Step 2",
            "Step 5",
        ]

    def test_done_ones_and_lost_causes_are_silent(self) -> None:
        assert said(do_activities(done(facts()), NOW)) == []
        assert said(do_activities(_hopeless(), NOW)) == []


class TestContent:
    def test_one_to_share_and_one_to_study(self) -> None:
        share, study = use_content(facts(), NOW)
        assert (share.kind, share.title) == (
            ActionKind.SHARE_CONTENT,
            "Send the customer “How a proof of concept works”",
        )
        assert share.rationale == (
            "This deck is made for “Technical validation”, and nobody has used it in this deal yet. Twelve slides."
        )
        assert (study.kind, study.title, study.urgency) == (
            ActionKind.STUDY_CONTENT,
            "Read through “Answers to common objections”",
            Urgency.LOW,
        )

    @pytest.mark.parametrize("changes", [{"used": True}, {"suits": False}])
    def test_used_and_unsuited_ones_are_passed_over(self, changes: dict[str, bool]) -> None:
        there = facts(contents=tuple(replace(one, **changes) for one in facts().contents))  # type: ignore[arg-type]
        assert said(use_content(there, NOW)) == []

    def test_the_next_fresh_one_is_taken(self) -> None:
        first, second = Content("1", "one", "One", "DECK", used=True), Content("2", "two", "Two", "CASE_STUDY")
        assert [one.target.content_ids for one in use_content(facts(contents=(first, second)), NOW)] == [("2",)]

    def test_a_silent_customer_gets_something_and_nobody_reads(self) -> None:
        (share,) = use_content(quiet(25), NOW)
        assert "a reason to write to a customer who has gone quiet" in share.rationale

    def test_nobody_reads_before_a_signature(self) -> None:
        there = facts(deal={"close_date": NOW.date() + timedelta(days=6)})
        assert [one.kind for one in use_content(there, NOW)] == [ActionKind.SHARE_CONTENT]


class TestAdvance:
    def test_a_deal_with_all_done_moves_on(self) -> None:
        (one,) = advance(done(facts()), NOW)
        assert (one.title, one.target.stage_id, one.urgency) == (
            "Move the deal on to “Proposal”", "stage/proposal", Urgency.HIGH,
        )  # fmt: skip
        assert facts_of(one)["Required exit criteria"] == "2 of 2 met"

    def test_from_the_last_stage_it_is_won(self) -> None:
        (one,) = advance(replace(done(facts()), next_stage=None, transitions=_won()), NOW)
        assert (one.title, one.urgency) == ("Close the deal as “Closed won”", Urgency.CRITICAL)

    def test_a_blocked_deal_stays(self) -> None:
        assert said(advance(facts(), NOW)) == []

    def test_an_unblocked_stage_without_criteria_has_to_be_worked_through(self) -> None:
        open_one, done_one = (
            facts(criteria=(), activities=(_activity(done=False),)),
            facts(criteria=(), activities=(_activity(done=True),)),
        )
        assert said(advance(open_one, NOW)) == []
        assert said(advance(done_one, NOW)) == [(ActionKind.ADVANCE_STAGE, "Move the deal on to “Proposal”")]


class TestSilence:
    @pytest.mark.parametrize(
        ("days", "stalled", "speaks"), [(20, False, False), (22, False, True), (6, True, False), (8, True, True)]
    )
    def test_it_speaks_after_the_stages_patience(self, days: int, stalled: bool, speaks: bool) -> None:
        assert bool(said(re_engage(quiet(days, stalled=stalled), NOW))) is speaks

    def test_it_says_how_long_and_against_whom(self) -> None:
        (one,) = re_engage(replace(quiet(25, stalled=True), history=HISTORY), NOW)
        assert one.urgency is Urgency.CRITICAL
        assert one.rationale.startswith("No contact for 25 days")
        assert facts_of(one)["Against earlier deals"] == "longer than 54% of those that moved on"
        assert one.draft is not None

    @pytest.mark.parametrize(
        ("days", "target", "says", "against"),
        [
            (25, 30, "longer than most deals that move on", "longer than 54% of those that moved on"),
            (60, 30, "longer than most deals that move on", "longer than 90% of those that moved on"),
            (20, 30, "and the deal has stalled in", None),
            (20, 10, "longer than its playbook allows for", None),
        ],
    )
    def test_what_it_says_is_what_the_figure_says(self, days: int, target: int, says: str, against: str | None) -> None:
        there = replace(
            quiet(days, stalled=True), history=HISTORY, stage=replace(VALIDATION, target_days=target)
        )  # fmt: skip
        (one,) = re_engage(there, NOW)
        assert says in one.rationale
        assert facts_of(one).get("Against earlier deals") == against

    @pytest.mark.parametrize("win_probability", [0.2, 0.5])
    def test_a_longer_silence_is_no_less_urgent(self, win_probability: float) -> None:
        stage = replace(VALIDATION, win_probability=win_probability)
        found = [
            next(iter(re_engage(replace(quiet(days, stalled=stalled), stage=stage), NOW))).urgency
            for stalled in (False, True)
            for days in (60, 196)
        ]
        assert set(found) == {Urgency.CRITICAL}

    def test_a_new_activity_is_a_new_occasion(self) -> None:
        (first,), (same,), (other,) = (re_engage(there, NOW) for there in (quiet(25), quiet(25), quiet(30)))
        assert first.key == same.key != other.key


class TestCloseDates:
    @pytest.mark.parametrize(
        ("close_in", "title", "urgency"),
        [
            (-1, "Set a close date that the customer confirms", Urgency.CRITICAL),
            (0, "Check the close date: too much is left for it", Urgency.CRITICAL),
            (60, None, None),
        ],
    )
    def test_past_dates_are_repaired(self, close_in: int, title: str | None, urgency: Urgency | None) -> None:
        found = list(repair_close_date(_closing(close_in, criteria=(SIGNED_OFF,), activities=()), NOW))
        assert [(one.title, one.urgency) for one in found] == ([(title, urgency)] if title else [])

    def test_it_says_how_long_ago(self) -> None:
        (one,) = repair_close_date(_closing(-9), NOW)
        assert facts_of(one)["Expected close date"] == "2026-08-23, 9 days ago"
        assert "passed 9 days ago" in one.rationale

    def test_a_date_that_no_deal_has_kept_is_doubted(self) -> None:
        there = replace(_closing(20), history=HISTORY)  # a tenth got there within 48 days of entering the stage
        (one,) = repair_close_date(there, NOW)
        assert one.title == "Check the close date: earlier deals took longer"
        assert facts_of(one)["Days from entering the stage to the win"] == (
            "79 at the median, 48 for the fastest tenth of won deals"
        )
        assert said(repair_close_date(replace(_closing(40), history=HISTORY), NOW)) == []

    def test_without_history_a_rushed_date_is_doubted_while_much_is_left(self) -> None:
        assert [one.title for one in repair_close_date(_closing(5), NOW)] == [
            "Check the close date: too much is left for it"
        ]
        open_ = (replace(SIGNED_OFF, met=True), replace(SPONSOR, met=True), SPONSOR)
        assert said(repair_close_date(_closing(8, criteria=open_, activities=()), NOW)) == []

    @pytest.mark.parametrize(("stage", "speaks"), [(VALIDATION, True), (EARLY, False)])
    def test_a_missing_date_matters_later_on(self, stage: Any, speaks: bool) -> None:
        there = replace(facts(deal={"close_date": None}), stage=stage)
        assert bool(said(repair_close_date(there, NOW))) is speaks

    def test_another_date_is_another_occasion(self) -> None:
        (one,), (other,) = repair_close_date(_closing(-9), NOW), repair_close_date(_closing(-8), NOW)
        assert one.key != other.key


class TestQuestions:
    def test_one_that_an_earlier_stage_asked_for(self) -> None:
        (one,) = answer_questions(facts(), NOW)
        assert (one.title, one.target.question_key) == ("Do we know this by now? Who else is asked?", "competition")
        assert one.rationale == "An earlier stage asks for it, and the deal is in “Technical validation” without it."
        assert one.urgency is Urgency.HIGH

    @pytest.mark.parametrize(
        ("due", "days", "speaks"),
        [(2, 1, True), (3, 29, False), (4, 1, False), (4, 29, True), (5, 29, False), (None, 1, True)],
    )
    def test_it_comes_in_time(self, due: int | None, days: int, speaks: bool) -> None:
        asked = Question("money", "Money", "From which budget?", None, due)
        there = facts(deal={"entered_stage_at": days_ago(days)}, questions=(asked,), activities=())
        assert bool(said(answer_questions(there, NOW))) is speaks

    def test_what_a_criterion_here_asks_for_is_its_own(self) -> None:
        asked = Criterion("c", "c", "Known.", met=False, expression='"competition" in deal.qualification')
        assert said(answer_questions(facts(criteria=(asked,)), NOW)) == []

    def test_an_early_stage_needs_no_answer_that_nobody_asks_for(self) -> None:
        there = replace(facts(questions=(Question("x", "X"),)), stage=EARLY)
        assert said(answer_questions(there, NOW)) == []


class TestVendor:
    def test_a_deal_large_for_the_partner(self) -> None:
        (one,) = involve_vendor(facts(deal={"amount": Decimal(130_000)}), NOW)
        assert one.title == "Bring in your channel manager"
        assert facts_of(one) == {"Amount": "130,000 EUR; this partner’s deals are usually 40,000 EUR"}
        assert one.message is not None
        assert one.message.reader is Reader.VENDOR
        assert "- It is worth 130,000 EUR, well above our usual deals." in one.message.text

    @pytest.mark.parametrize(
        ("there", "reasons"),
        [
            (facts(), []),
            (facts(partner=None, deal={"amount": Decimal(130_000)}), []),
            (facts(deal={"stalled": True, "entered_stage_at": days_ago(50)}), ["Days in stage"]),
            (facts(deal={"stalled": True, "entered_stage_at": days_ago(35)}), []),
            (facts(deal={"close_date": NOW.date() + timedelta(days=5)}), ["Time left"]),
            (
                facts(deal={"amount": Decimal(130_000), "close_date": NOW.date() + timedelta(days=5)}),
                ["Amount", "Time left"],
            ),
        ],
    )
    def test_reasons(self, there: Facts, reasons: list[str]) -> None:
        found = list(involve_vendor(there, NOW))
        assert [name for one in found for name in facts_of(one)] == reasons

    def test_few_deals_say_nothing_of_what_is_usual(self) -> None:
        there = facts(deal={"amount": Decimal(130_000)})
        assert there.partner is not None
        new = replace(there, partner=replace(there.partner, usual_amount=Distribution.of([40_000.0] * 4)))
        assert said(involve_vendor(new, NOW)) == []


class TestChances:
    def test_a_doubtful_deal_is_asked_about(self) -> None:
        there = _aged(80, quiet_days=20, won=3)
        assert said(requalify_or_close(there, NOW)) == [(ActionKind.REQUALIFY, "Ask whether the project still exists")]

    def test_a_hopeless_one_may_be_closed(self) -> None:
        requalify, close = requalify_or_close(_hopeless(), NOW)
        assert requalify.kind is ActionKind.REQUALIFY
        assert (close.kind, close.title) == (ActionKind.CLOSE_LOST, "Close the deal as “Closed lost”, and say why")
        assert facts_of(close)["Deals 60 days or longer here"] == "about 2.5% were won"

    def test_nobody_is_told_to_do_what_isnt_allowed(self) -> None:
        there = replace(_hopeless(), transitions=())
        assert [kind for kind, _ in said(requalify_or_close(there, NOW))] == [ActionKind.REQUALIFY]

    @pytest.mark.parametrize(
        "there",
        [
            facts(),
            lambda: _aged(80, quiet_days=2, won=1),
            lambda: _aged(80, quiet_days=40, won=20),
            lambda: _aged(80, quiet_days=40, won=1, closed=19),
        ],
        ids=["on time", "worked on", "often won", "too few to tell"],
    )
    def test_a_living_deal_is_left_alone(self, there: Any) -> None:
        assert said(requalify_or_close(there() if callable(there) else there, NOW)) == []

    @pytest.mark.parametrize(
        ("days", "quiet_days", "kinds"),
        [(100, 60, []), (130, 35, ["REQUALIFY"]), (130, 20, []), (250, 100, ["REQUALIFY", "CLOSE_LOST"])],
    )
    def test_without_history_the_target_has_to_do(self, days: int, quiet_days: int, kinds: list[str]) -> None:
        there = replace(_aged(days, quiet_days=quiet_days, won=0), history=History())
        assert [kind.value for kind, _ in said(requalify_or_close(there, NOW))] == kinds


class TestNextStage:
    ENTRY = Criterion("criterion/offer-asked", "offer-asked", "The customer has asked for an offer.", met=False)

    def test_the_only_thing_left_is_urgent(self) -> None:
        there = facts(
            criteria=tuple(replace(one, met=True) for one in facts().criteria), activities=(), next_entry=(self.ENTRY,)
        )
        (one,) = prepare_next_stage(there, NOW)
        assert one.title == "“Proposal” is near: is this true by now? The customer has asked for an offer."
        assert (one.urgency, one.rationale) == (Urgency.HIGH, "Nothing but this keeps the deal from “Proposal”.")
        assert facts_of(one)["Exit criteria of “Technical validation”"] == "2 of 2 met"

    def test_it_is_early_enough_when_most_is_met(self) -> None:
        third = replace(SPONSOR, id="criterion/third", key="third", met=True)
        there = facts(criteria=(replace(SIGNED_OFF, met=True), third, SPONSOR), next_entry=(self.ENTRY,))
        (one,) = prepare_next_stage(there, NOW)
        assert one.urgency is Urgency.NORMAL

    def test_it_waits_until_then(self) -> None:
        assert said(prepare_next_stage(facts(next_entry=(self.ENTRY,)), NOW)) == []

    @pytest.mark.parametrize("changes", [{"met": True}, {"required": False}])
    def test_what_is_met_or_optional_needs_no_preparation(self, changes: dict[str, bool]) -> None:
        entry = replace(self.ENTRY, **changes)  # type: ignore[arg-type]
        assert said(prepare_next_stage(replace(done(facts()), next_entry=(entry,)), NOW)) == []


@pytest.mark.parametrize("days", [0, 1, 3, 30])
def test_nothing_is_due_after_the_close_date(days: int) -> None:
    there = _closing(days)
    close = date.fromordinal(NOW.date().toordinal() + days)
    for rule in (complete_criteria, do_activities):
        for one in rule(there, NOW):
            assert one.due_at is not None
            assert one.due_at > NOW
            assert days == 0 or one.due_at.date() <= close


def _activity(*, done: bool) -> Activity:
    return Activity("a", "a", "Step", done=done)


def _won() -> tuple[Transition, ...]:
    return (Transition("stage/won", "won", "Closed won", MoveKind.WON, allowed=True),)


def _closing(days: int, **changes: Any) -> Facts:
    return facts(deal={"close_date": NOW.date() + timedelta(days=days)}, **changes)


def _aged(days: int, *, quiet_days: int, won: int, closed: int = 40) -> Facts:
    history = History(stays=HISTORY.stays, fates=(Fate.of(0, 120, 60), Fate.of(60, closed, won)))
    deal = {"entered_stage_at": days_ago(days), "stalled": True}
    return facts(deal=deal, last_contact_at=days_ago(quiet_days), history=history)


def _hopeless() -> Facts:
    return _aged(80, quiet_days=40, won=1)
