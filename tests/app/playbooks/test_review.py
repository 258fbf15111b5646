"""What a review finds, each code at the boundary where it begins to speak."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.models.columns import new_id
from app.playbooks.review import ComputedCriterion, Issue, ReviewedPlaybook, ReviewedRequirement, ReviewedStage, review
from app.playbooks.reviewed import StrayRule
from app.playbooks.spec import PlaybookSpec, StageSpec
from app.playbooks.templates import templates
from app.vocabulary import BuyerPhase, CriterionPhase, PlaybookIssueCode, Severity, StageKind
from guidance.facts import Reader

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAMES = [
    "Registration",
    "Qualification",
    "Discovery",
    "Validation",
    "Proposal",
    "Negotiation",
    "Legal",
    "Order",
    "Sign",
]
DEFINITION = "The buyer has confirmed in writing."


def open_stage(place: int, **changes: Any) -> ReviewedStage:
    sound: dict[str, Any] = {
        "id": new_id(),
        "key": NAMES[place].lower(),
        "name": NAMES[place],
        "definition": DEFINITION,
        "kind": StageKind.OPEN,
        "position": place,
        "buyer_phase": BuyerPhase.EVALUATION,
        "win_probability": (place + 1) / 10,
        "target_days": 14,
        "exit_criteria": 1,
        "activities": 1,
        "contents": 1,
    }
    return ReviewedStage(**{**sound, **changes})


def closed_stage(kind: StageKind, position: int, **changes: Any) -> ReviewedStage:
    bare: dict[str, Any] = {
        "id": new_id(),
        "key": f"closed-{kind.lower()}",
        "name": f"Closed {kind.lower()}",
        "definition": DEFINITION,
        "kind": kind,
        "position": position,
        "buyer_phase": None,
        "win_probability": float(kind is StageKind.WON),
        "target_days": None,
        "exit_criteria": 0,
        "activities": 0,
        "contents": 0,
    }
    return ReviewedStage(**{**bare, **changes})


def playbook(*stages: ReviewedStage, closed: Sequence[ReviewedStage] | None = None, **changes: Any) -> ReviewedPlaybook:
    """Sound, but for the open stages given; four if none are."""
    opened = stages or tuple(open_stage(place) for place in range(4))
    closed = closed or (closed_stage(StageKind.WON, 20), closed_stage(StageKind.LOST, 21))
    return ReviewedPlaybook(stages=(*opened, *closed), **{"review_due_at": AT + timedelta(days=90), **changes})


def with_second(**changes: Any) -> ReviewedPlaybook:
    return playbook(*(open_stage(place, **(changes if place == 1 else {})) for place in range(4)))


def codes(reviewed: ReviewedPlaybook) -> list[tuple[PlaybookIssueCode, str | None]]:
    return [(issue.code, issue.stage_key) for issue in review(reviewed, at=AT)]


def only(reviewed: ReviewedPlaybook) -> Issue:
    [issue] = review(reviewed, at=AT)
    return issue


def test_a_sound_playbook_has_no_issues() -> None:
    assert review(playbook(), at=AT) == []


@pytest.mark.parametrize("count", [4, 8])
def test_four_to_eight_open_stages_are_a_good_number(count: int) -> None:
    assert codes(playbook(*(open_stage(place) for place in range(count)))) == []


def test_three_open_stages_are_too_few() -> None:
    assert only(playbook(*(open_stage(place) for place in range(3)))) == Issue(
        PlaybookIssueCode.TOO_FEW_STAGES,
        Severity.WARNING,
        "The playbook has 3 open stages; fewer than 4 hide where a deal is.",
        "Split the longest stages where the buyer commits to something, into 4 or more in all.",
    )


def test_one_open_stage_is_counted_in_the_singular() -> None:
    message = "The playbook has 1 open stage; fewer than 4 hide where a deal is."
    assert only(playbook(open_stage(0))).message == message


def test_nine_open_stages_are_too_many() -> None:
    issue = only(playbook(*(open_stage(place) for place in range(9))))
    assert (issue.code, issue.severity, issue.stage_key) == (
        PlaybookIssueCode.TOO_MANY_STAGES,
        Severity.WARNING,
        None,
    )
    assert issue.message == "The playbook has 9 open stages; sellers don't tell more than 8 apart reliably."


@pytest.mark.parametrize(
    "name",
    ["In progress", "Working", "Stage 3", "Follow up", "Follow-up", "STEP II", "Phase B", "On hold", "New", "4."],
)
def test_a_name_that_only_says_that_something_goes_on_is_vague(name: str) -> None:
    issue = only(with_second(name=name))
    assert (issue.code, issue.stage_key) == (PlaybookIssueCode.VAGUE_STAGE_NAME, "qualification")
    assert issue.message == f"“{name}” doesn't say where the buyer stands."


@pytest.mark.parametrize(
    "name", ["PoC in progress", "Stage 3: Proposal", "Order processing", "Working session held", "Angebot", "見積もり"]
)
def test_a_name_with_a_word_of_its_own_is_not_vague(name: str) -> None:
    assert codes(with_second(name=name)) == []


@pytest.mark.parametrize(
    ("definition", "said"),
    [("", "nothing"), ("   \n", "nothing"), ("x", "only 1 character"), ("x" * 19, "only 19 characters")],
)
def test_a_definition_too_short_to_say_anything_is_missing(definition: str, said: str) -> None:
    issue = only(with_second(definition=definition))
    assert (issue.code, issue.severity) == (PlaybookIssueCode.MISSING_DEFINITION, Severity.ERROR)
    assert issue.message == (
        f"The definition of “Qualification” says {said}, so partner and vendor read the stage differently."
    )


def test_a_definition_of_twenty_characters_is_not_missing() -> None:
    assert codes(with_second(definition="x" * 20)) == []


def test_closed_stages_need_a_definition_too() -> None:
    sound = playbook()
    won = next(stage for stage in sound.stages if stage.kind is StageKind.WON)
    bare = replace(
        sound, stages=tuple(replace(stage, definition="") if stage is won else stage for stage in sound.stages)
    )
    assert codes(bare) == [(PlaybookIssueCode.MISSING_DEFINITION, "closed-won")]


@pytest.mark.parametrize(
    ("lacking", "code", "severity", "message"),
    [
        (
            {"exit_criteria": 0},
            PlaybookIssueCode.MISSING_EXIT_CRITERIA,
            Severity.ERROR,
            "“Qualification” has no exit criteria: any deal may leave it at any time.",
        ),
        (
            {"activities": 0},
            PlaybookIssueCode.MISSING_NEXT_STEPS,
            Severity.WARNING,
            "“Qualification” has no activities, so it doesn't tell a seller what to do next.",
        ),
        (
            {"contents": 0},
            PlaybookIssueCode.MISSING_ENABLEMENT,
            Severity.WARNING,
            "No content is linked to “Qualification”.",
        ),
        (
            {"buyer_phase": None},
            PlaybookIssueCode.MISSING_BUYER_PHASE,
            Severity.NOTICE,
            "“Qualification” has no buyer phase, so it can't be compared with the buyer's journey.",
        ),
        (
            {"target_days": None},
            PlaybookIssueCode.MISSING_TARGET_DURATION,
            Severity.WARNING,
            "“Qualification” has no target duration, so its deals aren't seen to stall until enough have left it.",
        ),
    ],
)
def test_what_an_open_stage_lacks_is_named_and_a_closed_one_may_lack_it(
    lacking: dict[str, Any], code: PlaybookIssueCode, severity: Severity, message: str
) -> None:
    reviewed = with_second(**lacking)
    issue = only(reviewed)
    assert (issue.code, issue.severity, issue.message) == (code, severity, message)
    assert (issue.stage_key, issue.stage_id) == ("qualification", reviewed.stages[1].id)


@pytest.mark.parametrize(("probability", "said"), [(0.1, "10 %"), (0.05, "5 %"), (0.055, "5.5 %")])
def test_a_probability_not_above_the_one_before_is_an_error(probability: float, said: str) -> None:
    issue = only(with_second(win_probability=probability))
    assert (issue.code, issue.severity, issue.stage_key) == (
        PlaybookIssueCode.PROBABILITY_NOT_INCREASING,
        Severity.ERROR,
        "qualification",
    )
    assert issue.message == (
        f"“Qualification” has a win probability of {said}, which is not above the 10 % of “Registration” before it."
    )


def test_a_probability_just_above_the_one_before_is_fine() -> None:
    assert codes(with_second(win_probability=0.1001)) == []


def test_an_open_stage_is_not_certain_to_be_won() -> None:
    nearly = [*(open_stage(place) for place in range(3)), open_stage(3, win_probability=0.99)]
    assert codes(playbook(*nearly)) == []
    issue = only(playbook(*nearly[:3], open_stage(3, win_probability=1.0)))
    assert (issue.code, issue.stage_key) == (PlaybookIssueCode.PROBABILITY_NOT_INCREASING, "validation")
    assert issue.message == "“Validation” has a win probability of 100 %, but its deals aren't won yet."


def test_stages_are_judged_in_the_order_of_their_positions() -> None:
    assert codes(playbook(*(open_stage(place) for place in (3, 1, 0, 2)))) == []


def test_a_review_is_overdue_once_its_date_has_passed() -> None:
    published = AT - timedelta(days=10)
    assert codes(playbook(review_due_at=AT, published_at=published)) == []
    issue = only(playbook(review_due_at=AT - timedelta(seconds=1), published_at=published))
    assert (issue.code, issue.severity, issue.stage_key) == (PlaybookIssueCode.REVIEW_OVERDUE, Severity.WARNING, None)
    assert issue.message == "The playbook's review was due on 2026-03-02, 1 day ago."


def test_without_a_date_a_review_is_due_a_year_after_publication() -> None:
    issue = only(playbook(review_due_at=None, published_at=AT - timedelta(days=365)))
    assert (issue.code, issue.severity) == (PlaybookIssueCode.MISSING_REVIEW_DATE, Severity.NOTICE)
    issue = only(playbook(review_due_at=None, published_at=AT - timedelta(days=375)))
    assert issue.message == ("The playbook's review was due 365 days after publication, on 2026-02-20, 10 days ago.")


def test_a_date_that_was_set_counts_more_than_the_year() -> None:
    assert codes(playbook(review_due_at=AT + timedelta(days=1), published_at=AT - timedelta(days=900))) == []


def test_a_playbook_never_published_has_no_review_to_miss_but_a_date_to_set() -> None:
    assert codes(playbook()) == []
    assert codes(playbook(review_due_at=None)) == [(PlaybookIssueCode.MISSING_REVIEW_DATE, None)]


def test_a_rule_for_a_stage_that_there_is_not_is_named() -> None:
    issue = only(playbook(stray_rules=(StrayRule("call-them", "porposal"),)))
    assert (issue.code, issue.severity, issue.stage_key) == (PlaybookIssueCode.UNKNOWN_STAGE, Severity.WARNING, None)
    assert "“call-them” is for the stage “porposal”" in issue.message


def entered(*counts: int, won: int = 0, total: int = 0) -> ReviewedPlaybook:
    opened = [open_stage(place, deals_entered=count) for place, count in enumerate(counts)]
    closed = [closed_stage(StageKind.WON, 20, deals_entered=won), closed_stage(StageKind.LOST, 21, deals_entered=500)]
    return playbook(*opened, closed=closed, deals_total=total)


@pytest.mark.parametrize(
    ("reviewed", "unused"),
    [
        (entered(20, 0, 12, 10, total=20), ["qualification"]),
        (entered(19, 0, 12, 10, total=19), []),
        (entered(20, 1, 12, 10, total=20), []),
        (entered(5, 0, 20, 10, total=25), ["qualification"]),
        (entered(0, 0, 0, 0, won=20, total=19), ["registration", "qualification", "discovery", "validation"]),
        (entered(0, 19, 19, 10, total=20), ["registration"]),
        (entered(30, 0, 0, 0, total=30), ["qualification"]),
        (entered(30, 30, 10, 0, total=530), []),
    ],
    ids=[
        "enough deals came from the stage before",
        "too few to judge",
        "one deal entered it",
        "enough came after it",
        "all were won without a stage",
        "the first stage is judged by all deals",
        "what nobody has reached yet is not unused",
        "lost deals did not come past it",
    ],
)
def test_a_stage_is_unused_when_enough_deals_came_past_it_and_none_entered(
    reviewed: ReviewedPlaybook, unused: list[str]
) -> None:
    assert codes(reviewed) == [(PlaybookIssueCode.UNUSED_STAGE, key) for key in unused]


def test_an_unused_stage_is_reported_with_the_number_of_deals() -> None:
    issue = only(entered(25, 0, 12, 10, total=25))
    assert issue.message == "No deal ever entered “Qualification”, though 25 came past it."
    assert issue.suggestion == "Remove the stage, merge it with its neighbour, or find out why sellers leave it out."


def test_issues_of_the_whole_come_first_then_those_of_stages_in_order() -> None:
    reviewed = playbook(
        open_stage(2, activities=0),
        open_stage(0, exit_criteria=0, name="Working"),
        open_stage(1, contents=0),
        review_due_at=AT - timedelta(days=3),
    )
    assert codes(reviewed) == [
        (PlaybookIssueCode.TOO_FEW_STAGES, None),
        (PlaybookIssueCode.REVIEW_OVERDUE, None),
        (PlaybookIssueCode.VAGUE_STAGE_NAME, "registration"),
        (PlaybookIssueCode.MISSING_EXIT_CRITERIA, "registration"),
        (PlaybookIssueCode.MISSING_ENABLEMENT, "qualification"),
        (PlaybookIssueCode.MISSING_NEXT_STEPS, "discovery"),
    ]


def reviewed(spec: PlaybookSpec, contents: int) -> ReviewedPlaybook:
    stages = tuple(
        ReviewedStage(
            id=new_id(),
            key=stage.key,
            name=stage.name,
            definition=stage.definition,
            kind=stage.kind,
            position=position,
            buyer_phase=stage.buyer_phase,
            win_probability=stage.win_probability,
            target_days=stage.target_days,
            exit_criteria=len(stage.exit_criteria),
            activities=len(stage.activities),
            contents=contents,
            forecast_category=stage.forecast_category,
            conditions=tuple(decided(stage)),
        )
        for position, stage in enumerate(spec.stages)
    )
    questions = tuple(question.key for question in spec.questions)
    return ReviewedPlaybook(stages, published_at=AT, review_due_at=AT + timedelta(days=90), questions=questions)


def decided(stage: StageSpec) -> Iterator[ComputedCriterion]:
    for phase, some in ((CriterionPhase.ENTRY, stage.entry_criteria), (CriterionPhase.EXIT, stage.exit_criteria)):
        for one in some:
            if one.expression is not None:
                yield ComputedCriterion(one.key, phase, one.required, one.expression)


@pytest.mark.parametrize("spec", [found.spec for found in templates()], ids=[found.key for found in templates()])
def test_a_shipped_starter_lacks_nothing_but_content(spec: PlaybookSpec) -> None:
    opened = [stage.key for stage in spec.stages if stage.kind is StageKind.OPEN]
    assert codes(reviewed(spec, contents=0)) == [(PlaybookIssueCode.MISSING_ENABLEMENT, key) for key in opened]
    assert codes(reviewed(spec, contents=1)) == []
    assert any(stage.conditions for stage in reviewed(spec, contents=1).stages)


class TestWordsForCustomers:
    @pytest.mark.parametrize(
        ("asked", "codes"),
        [
            (ReviewedRequirement("sign-off", Reader.CUSTOMER, "Could you sign off the results?"), []),
            (ReviewedRequirement("sign-off", Reader.PARTNER), []),
            (ReviewedRequirement("sign-off", Reader.CUSTOMER), [PlaybookIssueCode.MISSING_CUSTOMER_WORDING]),
            (
                ReviewedRequirement("sign-off", Reader.VENDOR, "Could you sign off the results?"),
                [PlaybookIssueCode.UNUSED_CUSTOMER_WORDING],
            ),
            *(
                (ReviewedRequirement("sign-off", Reader.CUSTOMER, said), [PlaybookIssueCode.INTERNAL_CUSTOMER_WORDING])
                for said in (
                    "Has the customer’s board decided?",
                    "Please ask your Partner.",
                    "Your channel  manager can help.",
                    "May we move on to Proposal?",
                    "We would like to finish “discovery”.",
                    "Is sign-off met?",
                    "The price is 4,000 EUR.",
                )
            ),
        ],
    )
    def test_each_code_where_it_begins_to_speak(
        self, asked: ReviewedRequirement, codes: list[PlaybookIssueCode]
    ) -> None:
        first, *others = [open_stage(place) for place in range(5)]
        stages = (replace(first, asked=(asked,)), *others)
        found = review(ReviewedPlaybook(stages), at=AT)
        about = [issue for issue in found if issue.code.name.endswith("CUSTOMER_WORDING")]
        assert [issue.code for issue in about] == codes
        assert all(issue.stage_key == first.key and "“sign-off”" in issue.message for issue in about)

    def test_a_language_without_a_phrasebook_is_told_where_there_are_words(self) -> None:
        first, *others = [open_stage(place) for place in range(5)]
        asked = replace(first, asked=(ReviewedRequirement("sign-off", Reader.CUSTOMER, "Kunt u dit bevestigen?"),))
        for language, speaks in (("nl", True), ("de-AT", False), ("en", False)):
            found = review(ReviewedPlaybook((asked, *others), language=language), at=AT)
            assert (PlaybookIssueCode.MISSING_PHRASEBOOK in {issue.code for issue in found}) is speaks
        assert PlaybookIssueCode.MISSING_PHRASEBOOK not in {
            issue.code for issue in review(ReviewedPlaybook((first, *others), language="nl"), at=AT)
        }
