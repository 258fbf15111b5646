"""Rules that look at the way a deal has come: moves back, first contact, people, amounts, and what is settled."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings

from guidance import recommend
from guidance.actions import ActionKind, Urgency
from guidance.facts import (
    Activity,
    Answer,
    Assignee,
    Criterion,
    Facts,
    Move,
    MoveKind,
    Reader,
    Response,
    Task,
)
from guidance.history import Distribution, History
from guidance.rules import candidates
from guidance.rules.activities import do_activities
from guidance.rules.advance import advance
from guidance.rules.amounts import repair_amount
from guidance.rules.chances import requalify_or_close
from guidance.rules.contacts import find_contact
from guidance.rules.criteria import complete_criteria
from guidance.rules.introduction import introduce
from guidance.rules.silence import re_engage
from guidance.rules.tasks import do_tasks
from guidance.rules.vendor import involve_vendor
from tests.guidance.builders import NOW, PROPOSAL, SIGNED_OFF, SPONSOR, VALIDATION, days_ago, done, facts
from tests.guidance.strategies import FACTS
from tests.guidance.test_rules import EARLY, said

BACK = Move(MoveKind.BACK, days_ago(3), VALIDATION.key, "Proposal", "The plant rejected the samples")


class TestSetbacks:
    def test_nothing_moves_on_before_something_changed(self) -> None:
        there = replace(done(facts()), moves=(BACK,), last_contact_at=days_ago(3), last_change_at=days_ago(9))
        assert said(advance(there, NOW)) == []
        assert said(advance(replace(there, last_change_at=days_ago(1)), NOW)) != []
        assert said(advance(replace(there, last_contact_at=days_ago(1)), NOW)) != []

    def test_where_nothing_is_open_again_its_reason_is_to_be_settled(self) -> None:
        there = replace(done(facts()), moves=(BACK,), last_contact_at=days_ago(3), last_change_at=days_ago(9))
        (one,) = requalify_or_close(there, NOW)
        assert one.title == "Settle what the deal was sent back for"
        assert [(e.value, e.quote) for e in one.evidence if e.quote] == [("from “Proposal”, 3 days ago", BACK.reason)]

    def test_what_is_open_again_says_why(self) -> None:
        for one in (
            *complete_criteria(replace(facts(), moves=(BACK,)), NOW),
            *do_activities(facts(moves=(BACK,)), NOW),
        ):
            assert BACK.reason in {e.quote for e in one.evidence}

    def test_a_setback_is_over_with_the_next_move(self) -> None:
        later = Move(MoveKind.FORWARD, days_ago(1), PROPOSAL.key, "Technical validation")
        there = facts(moves=(BACK, later), stage=PROPOSAL, next_stage=None)
        assert there.setback is None

    @pytest.mark.parametrize(("times", "speaks"), [(1, False), (2, True)])
    def test_a_second_one_brings_in_the_vendor(self, times: int, speaks: bool) -> None:
        found = list(involve_vendor(facts(moves=(BACK,) * times), NOW))
        assert bool(found) is speaks
        if speaks:
            assert found[0].urgency is Urgency.HIGH
            assert "- It has been sent back 2 times." in (found[0].draft or "")


class TestFirstContact:
    FIRST = replace(VALIDATION, position=0, win_probability=0.1, target_days=5)

    def test_a_lead_is_introduced_and_not_re_engaged(self) -> None:
        lead = replace(facts(deal={"entered_stage_at": days_ago(30)}, activities=()), stage=self.FIRST)
        lead = replace(lead, last_contact_at=None)
        assert said(re_engage(lead, NOW)) == []
        (one,) = introduce(lead, NOW)
        assert (one.kind, one.urgency) == (ActionKind.INTRODUCE, Urgency.HIGH)
        assert one.draft is not None
        assert "introduce myself" in one.draft
        assert said(introduce(replace(lead, last_contact_at=days_ago(20)), NOW)) == []

    def test_an_activity_with_the_customer_does_it(self) -> None:
        lead = replace(facts(deal={"entered_stage_at": days_ago(30)}), stage=self.FIRST, last_contact_at=None)
        assert said(introduce(lead, NOW)) == []
        (one,) = do_activities(lead, NOW)
        assert one.urgency is Urgency.HIGH


class TestContacts:
    @pytest.mark.parametrize(
        ("roles", "speaks"),
        [
            ((), False),
            (("CHAMPION", None), True),
            (("END_USER", "DECISION_MAKER"), False),
            (("ECONOMIC_BUYER",), False),
        ],
    )
    def test_somebody_has_to_decide(self, roles: tuple[str | None, ...], speaks: bool) -> None:
        assert bool(said(find_contact(facts(buying_roles=roles), NOW))) is speaks
        assert said(find_contact(replace(facts(buying_roles=roles), stage=EARLY), NOW)) == []


class TestTasks:
    TASK = Task("t", "Call the plant", NOW)

    @pytest.mark.parametrize(
        ("days", "urgency", "title"),
        [
            (1, None, None),
            (0.4, Urgency.NORMAL, "“Call the plant” is due today"),
            (-0.4, Urgency.NORMAL, "“Call the plant” is due today"),
            (-1, Urgency.HIGH, "“Call the plant” is overdue"),
            (-400, Urgency.HIGH, "“Call the plant” is overdue"),
        ],
    )
    def test_what_is_due_is_to_be_done(self, days: float, urgency: Urgency | None, title: str | None) -> None:
        there = facts(tasks=(replace(self.TASK, due_at=NOW + timedelta(days=days)),))
        found = [(one.urgency, one.title) for one in do_tasks(there, NOW)]
        assert found == ([(urgency, title)] if title else [])

    def test_the_longest_due_come_first_and_no_more_than_three(self) -> None:
        ages, own = (0, 3, 9, 3), (Urgency.CRITICAL, Urgency.LOW, Urgency.LOW, Urgency.CRITICAL)
        tasks = tuple(
            Task(f"t{n}", f"{n}", days_ago(age), urgency)
            for n, (age, urgency) in enumerate(zip(ages, own, strict=True))
        )
        found = list(do_tasks(facts(tasks=tasks), NOW))
        assert [one.target.task_id for one in found] == ["t2", "t3", "t1"]
        assert [one.urgency for one in found] == [Urgency.HIGH, Urgency.CRITICAL, Urgency.HIGH]

    def test_it_says_whose_it_is_and_names_nobody(self) -> None:
        for assignee, whose in (
            (Assignee.OWNER, "the deal’s owner"),
            (Assignee.ANOTHER, "a colleague"),
            (Assignee.NOBODY, "nobody yet"),
        ):
            (one,) = do_tasks(facts(tasks=(replace(self.TASK, assignee=assignee, due_at=days_ago(2)),)), NOW)
            assert [(each.fact, each.value) for each in one.evidence] == [("Due", "2 days ago"), ("Assigned to", whose)]
            assert ("Nobody has taken it on" in one.rationale) is (assignee is Assignee.NOBODY)


class TestAmounts:
    @pytest.mark.parametrize(
        ("amount", "title"),
        [
            (None, "Put a figure on the deal: it has none yet"),
            (Decimal(0), "Put a figure on the deal: it has none yet"),
            (Decimal(1), "Check the amount: it looks like a placeholder"),
            (Decimal(399), "Check the amount: it looks like a placeholder"),
            (Decimal(500), None),
        ],
    )
    def test_a_late_deal_has_one_that_can_be_right(self, amount: Decimal | None, title: str | None) -> None:
        found = list(repair_amount(facts(deal={"amount": amount}), NOW))
        assert [one.title for one in found] == ([title] if title else [])
        assert said(repair_amount(replace(facts(deal={"amount": amount}), stage=EARLY), NOW)) == []

    def test_a_criterion_that_asks_for_it_does(self) -> None:
        asked = Criterion("c", "value", "The value is known.", met=False, expression="deal.amount != null")
        assert said(repair_amount(facts(deal={"amount": None}, criteria=(asked,)), NOW)) == []


class TestSettled:
    PREPARE = Activity("p", "p", "Prepare the demo", done=False)
    DEMO = Activity("d", "d", "Run the demo", done=True, reader=Reader.CUSTOMER)
    RECAP = Activity("r", "r", "Send the recap", done=False, reader=Reader.CUSTOMER)

    def test_nobody_prepares_what_has_been_held(self) -> None:
        assert said(do_activities(facts(activities=(self.PREPARE, self.DEMO)), NOW)) == []

    def test_a_recap_waits_for_what_it_is_of(self) -> None:
        ahead = replace(self.DEMO, done=False)
        assert [one.title for one in do_activities(facts(activities=(ahead, self.RECAP)), NOW)] == ["Run the demo"]
        assert [one.title for one in do_activities(facts(activities=(self.DEMO, self.RECAP)), NOW)] == [
            "Send the recap"
        ]

    def test_what_serves_met_criteria_alone_is_settled(self) -> None:
        serving = replace(self.RECAP, serves=(SIGNED_OFF.key,))
        met = (replace(SIGNED_OFF, met=True), SPONSOR)
        assert said(do_activities(facts(activities=(serving,), criteria=met), NOW)) == []
        assert said(do_activities(facts(activities=(serving,)), NOW)) != []

    def test_what_it_serves_comes_after_it(self) -> None:
        serving = replace(self.RECAP, serves=(SIGNED_OFF.key,))
        first, second = complete_criteria(facts(activities=(serving,)), NOW)
        assert first.weight < second.weight


class TestEverythingDone:
    def test_it_says_so_only_where_nothing_is_open(self) -> None:
        whole = done(facts())
        (one,) = advance(whole, NOW)
        assert one.rationale.startswith("Everything that")
        optional = replace(TestSettled.RECAP, required=False)
        (one,) = advance(replace(whole, activities=(*whole.activities, optional)), NOW)
        assert one.rationale.startswith("“Technical validation” requires nothing more")


def test_months_of_silence_are_asked_about_before_a_deal_moves_on() -> None:
    there = replace(done(facts(deal={"entered_stage_at": days_ago(180)})), last_contact_at=days_ago(172))
    assert said(advance(there, NOW)) == []
    (one,) = requalify_or_close(there, NOW)
    assert one.rationale.startswith("Nothing but silence keeps the deal here")


@pytest.mark.parametrize(
    ("amount", "currency", "speaks"),
    [(600_000, "EUR", True), (2_000, "EUR", False), (600_000, "JPY", False), (90_000_000, "JPY", True)],
)
def test_what_is_large_for_anybody_brings_in_the_vendor_with_a_new_partner(
    amount: int, currency: str, speaks: bool
) -> None:
    there = facts(deal={"amount": Decimal(amount), "currency": currency})
    assert there.partner is not None
    new = replace(there, partner=replace(there.partner, usual_amount=Distribution()))
    assert bool(said(involve_vendor(new, NOW))) is speaks


def test_the_agreed_next_step_stands_with_what_it_belongs_to() -> None:
    found = candidates(facts(deal={"next_step": "Present the report to Ms Okafor on Friday"}), NOW).candidates
    (report,) = [one for one in found if one.target.activity_id == "activity/report"]
    assert "Present the report to Ms Okafor on Friday" in {one.quote for one in report.evidence}
    assert report.rationale.endswith("It belongs to the next step that you agreed.")


def test_a_dismissed_blocker_sleeps_and_returns() -> None:
    there = facts(criteria=(SIGNED_OFF, replace(SPONSOR, met=True)), activities=())
    blocker = next(one for one in recommend(there, at=NOW).actions if one.candidate.target.criterion_id)
    for days, sleeps in ((1, True), (13, True), (15, False), (400, False)):
        answer = Response(blocker.candidate.kind, blocker.candidate.key, Answer.DISMISSED, days_ago(days), "Not now")
        keys = {one.candidate.key for one in recommend(replace(there, responses=(answer,)), at=NOW).actions}
        assert (blocker.candidate.key not in keys) is sleeps


@given(FACTS)
@settings(max_examples=60)
def test_nothing_is_said_of_earlier_deals_that_nobody_knows(there: Facts) -> None:
    bare = replace(
        there, history=History(), partner=replace(there.partner, usual_amount=Distribution()) if there.partner else None
    )
    for ranked in recommend(bare, at=NOW).actions:
        one = ranked.candidate
        told = " ".join((one.title, one.rationale, *(f"{e.fact} {e.value} {e.source}" for e in one.evidence)))
        for words in ("Next to none", "rarely won", "most deals that move on", "earlier deals", "Against earlier"):
            assert words not in told
