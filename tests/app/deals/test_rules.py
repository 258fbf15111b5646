from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest

from app.deals import messages
from app.deals.rules import (
    Activity,
    Actor,
    Allowed,
    Blocker,
    Criterion,
    Deal,
    Move,
    Refusal,
    Stage,
    asked_anew,
    auto_advance,
    decide,
    in_order,
    kind_of,
    transitions,
)
from app.vocabulary import (
    BlockerCode,
    ConfirmedBy,
    CriterionCheck,
    ErrorCode,
    OpportunityStatus,
    StageKind,
    TransitionKind,
)

ENTERED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
NOW = ENTERED + timedelta(days=3, microseconds=999_999)

SELLER = Actor(may_advance=True, may_override=False, may_reopen=False)
MANAGER = Actor(may_advance=True, may_override=True, may_reopen=True)
READER = Actor(may_advance=False, may_override=False, may_reopen=False)
ODDITY = Actor(may_advance=False, may_override=True, may_reopen=True)


def id_of(key: str) -> UUID:
    return uuid5(NAMESPACE_OID, key)


def criterion(key: str, *, required: bool = True) -> Criterion:
    return Criterion(id_of(key), key, key.capitalize(), required)


def activity(key: str, *, required: bool = True) -> Activity:
    return Activity(id_of(key), key, key.capitalize(), required)


DISCOVERY = Stage(
    id_of("discovery"),
    "discovery",
    "Discovery",
    StageKind.OPEN,
    1,
    exit=(criterion("need"), criterion("budget"), criterion("rumour", required=False)),
    activities=(activity("call"), activity("lunch", required=False)),
)
DEMO = Stage(
    id_of("demo"),
    "demo",
    "Demo",
    StageKind.OPEN,
    2,
    entry=(criterion("room"),),
    exit=(criterion("applause"),),
    activities=(activity("rehearsal"),),
)
PROPOSAL = Stage(
    id_of("proposal"),
    "proposal",
    "Proposal",
    StageKind.OPEN,
    3,
    entry=(criterion("sponsor"), criterion("mood", required=False)),
    exit=(criterion("signature"),),
    activities=(activity("pricing"),),
)
WON = Stage(id_of("won"), "won", "Won", StageKind.WON, 4, entry=(criterion("order"),))
LOST = Stage(id_of("lost"), "lost", "Lost", StageKind.LOST, 5, entry=(criterion("autopsy"),))
STAGES = (DISCOVERY, DEMO, PROPOSAL, WON, LOST)


def deal(stage: Stage, *, met: str = "", done: str = "") -> Deal:
    return Deal(
        OpportunityStatus(stage.kind.value),
        stage.id,
        frozenset(id_of(key) for key in met.split()),
        frozenset(id_of(key) for key in done.split()),
    )


def words(blockers: tuple[Blocker, ...]) -> list[str]:
    """Blockers as `CODE key`, the key being that of the criterion or activity."""
    keys = {criterion.id: criterion.key for stage in STAGES for criterion in (*stage.entry, *stage.exit)}
    keys |= {activity.id: activity.key for stage in STAGES for activity in stage.activities}
    return [
        " ".join([blocker.code.value, *(keys[id] for id in (blocker.criterion_id, blocker.activity_id) if id)])
        for blocker in blockers
    ]


def row(deal: Deal, target: Stage, actor: Actor = SELLER) -> Allowed:
    return next(row for row in transitions(deal, STAGES, actor) if row.stage == target)


def attempt(
    deal: Deal, target: Stage, actor: Actor = SELLER, *, reason: str | None = None, override: bool = False
) -> Move | Refusal:
    return decide(deal, STAGES, target, actor, reason=reason, override=override, at=NOW, entered_stage_at=ENTERED)


def moved(outcome: Move | Refusal) -> Move:
    assert isinstance(outcome, Move), outcome
    return outcome


def refused(outcome: Move | Refusal) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


EXIT, ENTRY, ACTIVITY = "EXIT_CRITERION_UNMET", "ENTRY_CRITERION_UNMET", "ACTIVITY_OPEN"

CASES = [
    pytest.param(
        deal(DISCOVERY),
        DEMO,
        TransitionKind.FORWARD,
        [f"{EXIT} need", f"{EXIT} budget", f"{ACTIVITY} call", f"{ENTRY} room"],
        id="forward-with-nothing-done",
    ),
    pytest.param(
        deal(DISCOVERY, met="need", done="lunch"),
        DEMO,
        TransitionKind.FORWARD,
        [f"{EXIT} budget", f"{ACTIVITY} call", f"{ENTRY} room"],
        id="forward-half-done",
    ),
    pytest.param(
        deal(DISCOVERY, met="need budget room", done="call"),
        DEMO,
        TransitionKind.FORWARD,
        [],
        id="forward-ready",
    ),
    pytest.param(
        deal(DISCOVERY),
        PROPOSAL,
        TransitionKind.SKIP,
        [f"{EXIT} need", f"{EXIT} budget", f"{EXIT} applause", f"{ACTIVITY} call", f"{ENTRY} sponsor"],
        id="skip-asks-for-the-skipped-stages-exits-but-neither-their-entries-nor-their-activities",
    ),
    pytest.param(
        deal(DISCOVERY, met="need budget applause sponsor", done="call"),
        PROPOSAL,
        TransitionKind.SKIP,
        [],
        id="skip-ready",
    ),
    pytest.param(deal(PROPOSAL), DISCOVERY, TransitionKind.BACK, [], id="back-two"),
    pytest.param(deal(DEMO), DISCOVERY, TransitionKind.BACK, [], id="back-one"),
    pytest.param(
        deal(PROPOSAL),
        WON,
        TransitionKind.WON,
        [f"{EXIT} signature", f"{ACTIVITY} pricing", f"{ENTRY} order"],
        id="won-from-the-last-stage-with-nothing-done",
    ),
    pytest.param(deal(PROPOSAL, met="signature order", done="pricing"), WON, TransitionKind.WON, [], id="won-ready"),
    pytest.param(
        deal(DEMO, met="applause", done="rehearsal"),
        WON,
        TransitionKind.WON,
        ["NOT_LAST_OPEN_STAGE", f"{EXIT} signature", f"{ENTRY} order"],
        id="won-from-an-earlier-stage",
    ),
    pytest.param(
        deal(DISCOVERY, met="need budget applause signature order", done="call"),
        WON,
        TransitionKind.WON,
        ["NOT_LAST_OPEN_STAGE"],
        id="won-from-the-first-stage-with-everything-met",
    ),
    pytest.param(deal(DISCOVERY), LOST, TransitionKind.LOST, [], id="lost-from-the-first-stage"),
    pytest.param(deal(PROPOSAL), LOST, TransitionKind.LOST, [], id="lost-from-the-last-stage"),
    pytest.param(deal(DEMO), DEMO, TransitionKind.FORWARD, ["SAME_STAGE"], id="same-open-stage"),
    pytest.param(deal(WON), WON, TransitionKind.WON, ["SAME_STAGE"], id="same-won-stage"),
    pytest.param(deal(LOST), LOST, TransitionKind.LOST, ["SAME_STAGE"], id="same-lost-stage"),
    pytest.param(deal(WON), LOST, TransitionKind.LOST, ["OPPORTUNITY_CLOSED"], id="won-to-lost"),
    pytest.param(deal(LOST), WON, TransitionKind.WON, ["OPPORTUNITY_CLOSED"], id="lost-to-won"),
    pytest.param(deal(LOST), DISCOVERY, TransitionKind.REOPEN, ["PERMISSION_REQUIRED"], id="reopen-by-a-seller"),
]


@pytest.mark.parametrize(("state", "target", "kind", "blockers"), CASES)
def test_every_move_lists_all_its_blockers_in_order(
    state: Deal, target: Stage, kind: TransitionKind, blockers: list[str]
) -> None:
    found = row(state, target)
    assert (found.kind, words(found.blockers), found.allowed) == (kind, blockers, not blockers)
    outcome = attempt(state, target, reason="Because")
    assert words(outcome.blockers) == blockers if isinstance(outcome, Refusal) else blockers == []


@pytest.mark.parametrize(
    ("state", "target", "needed", "says"),
    [
        (deal(DISCOVERY, met="need budget room", done="call"), DEMO, False, None),
        (deal(PROPOSAL, met="signature order", done="pricing"), WON, False, None),
        (
            deal(DISCOVERY, met="need budget applause sponsor", done="call"),
            PROPOSAL,
            True,
            "Say why the deal skips stages on the way to “Proposal”: a reason is required.",
        ),
        (deal(DEMO), DISCOVERY, True, "Say why the deal goes back to “Discovery”: a reason is required."),
        (deal(DEMO), LOST, True, "Say why the deal is lost: a reason is required."),
        (deal(LOST), DEMO, True, "Say why the deal is reopened: a reason is required."),
    ],
)
@pytest.mark.parametrize("blank", [None, "", " \n\t"])
def test_a_reason_is_asked_for_where_the_move_needs_one(
    state: Deal, target: Stage, needed: bool, says: str | None, blank: str | None
) -> None:
    assert row(state, target, MANAGER).requires_reason is needed
    assert row(state, target, MANAGER).allowed
    outcome = attempt(state, target, MANAGER, reason=blank)
    if says is None:
        assert moved(outcome).reason is None
    else:
        assert outcome == Refusal(ErrorCode.INVALID, (), says, ("reason",))
    assert moved(attempt(state, target, MANAGER, reason="  Said so \n")).reason == "Said so"


@pytest.mark.parametrize(("state", "target"), [(deal(WON), WON), (deal(WON), LOST), (deal(DEMO), DEMO)])
def test_no_reason_is_asked_for_where_there_is_no_move(state: Deal, target: Stage) -> None:
    assert row(state, target).requires_reason is False


def test_blockers_outweigh_a_missing_reason() -> None:
    refusal = refused(attempt(deal(DISCOVERY, met="need budget applause"), PROPOSAL))
    assert (refusal.code, words(refusal.blockers), refusal.path) == (
        ErrorCode.BLOCKED,
        [f"{ACTIVITY} call", f"{ENTRY} sponsor"],
        ("toStageKey",),
    )
    assert refusal.message == "2 things keep the deal from moving to “Proposal”."


def test_a_single_blocker_speaks_for_itself() -> None:
    refusal = refused(attempt(deal(DISCOVERY, met="need room", done="call"), DEMO))
    assert refusal.message == "Before leaving “Discovery”: Budget"


def test_blockers_name_what_is_missing_in_a_partners_words() -> None:
    messages = [blocker.message for blocker in row(deal(DISCOVERY), WON).blockers]
    assert messages == [
        "A deal is won from “Proposal”; this one is still in “Discovery”.",
        "Before leaving “Discovery”: Need",
        "Before leaving “Discovery”: Budget",
        "Before leaving “Demo”: Applause",
        "Before leaving “Proposal”: Signature",
        "Still to do in “Discovery”: Call",
        "Before entering “Won”: Order",
    ]
    assert [b.message for b in row(deal(DEMO), DEMO).blockers] == ["The deal is already in “Demo”."]
    assert [b.message for b in row(deal(LOST), WON).blockers] == ["The deal is closed in “Lost”; reopen it first."]


def test_a_forward_move_leaves_the_deal_open() -> None:
    outcome = attempt(deal(DISCOVERY, met="need budget room", done="call"), DEMO, reason="Went well")
    assert outcome == Move(
        kind=TransitionKind.FORWARD,
        from_stage=DISCOVERY,
        to_stage=DEMO,
        reason="Went well",
        overridden=False,
        status=OpportunityStatus.OPEN,
        closed_at=None,
        close_reason=None,
        seconds_in_previous_stage=259_200,
    )


def test_winning_closes_the_deal() -> None:
    move = moved(attempt(deal(PROPOSAL, met="signature order", done="pricing"), WON))
    assert (move.kind, move.status, move.closed_at, move.close_reason) == (
        TransitionKind.WON,
        OpportunityStatus.WON,
        NOW,
        None,
    )


def test_losing_closes_the_deal_and_keeps_why() -> None:
    move = moved(attempt(deal(DISCOVERY), LOST, reason="Went to a competitor"))
    assert (move.kind, move.status, move.closed_at, move.close_reason, move.reason) == (
        TransitionKind.LOST,
        OpportunityStatus.LOST,
        NOW,
        "Went to a competitor",
        "Went to a competitor",
    )


def test_reopening_forgets_when_and_why_the_deal_closed() -> None:
    move = moved(attempt(deal(LOST), PROPOSAL, MANAGER, reason="The competitor failed"))
    assert (move.kind, move.status, move.closed_at, move.close_reason, move.reason) == (
        TransitionKind.REOPEN,
        OpportunityStatus.OPEN,
        None,
        None,
        "The competitor failed",
    )


def test_a_seller_may_not_reopen_with_or_without_a_reason() -> None:
    for reason in (None, "Please"):
        refusal = refused(attempt(deal(WON), DEMO, reason=reason))
        assert (refusal.code, words(refusal.blockers), refusal.message) == (
            ErrorCode.FORBIDDEN,
            ["PERMISSION_REQUIRED"],
            "Only the vendor's channel team may reopen a closed deal.",
        )


@pytest.mark.parametrize("actor", [READER, ODDITY])
@pytest.mark.parametrize("stage", STAGES)
def test_whoever_may_not_move_deals_is_told_so_at_every_stage(stage: Stage, actor: Actor) -> None:
    for found in transitions(deal(stage), STAGES, actor):
        assert found.blockers[0].code is BlockerCode.PERMISSION_REQUIRED
        assert [b.code for b in found.blockers].count(BlockerCode.PERMISSION_REQUIRED) == 1
        assert not found.allowed
        assert not found.overridable
        refusal = refused(attempt(deal(stage), found.stage, actor, reason="Because", override=actor.may_override))
        assert (refusal.code, refusal.message) == (ErrorCode.FORBIDDEN, "You may not move deals between stages.")


@pytest.mark.parametrize(
    ("state", "target"),
    [(deal(DISCOVERY), DEMO), (deal(DISCOVERY), PROPOSAL), (deal(DISCOVERY), WON), (deal(PROPOSAL), WON)],
)
def test_an_override_lifts_what_the_deal_lacks(state: Deal, target: Stage) -> None:
    assert row(state, target, MANAGER).overridable
    assert not row(state, target, SELLER).overridable
    assert refused(attempt(state, target, MANAGER, reason="Because")).code is ErrorCode.BLOCKED
    assert moved(attempt(state, target, MANAGER, reason="Because", override=True)).overridden


def test_an_override_does_not_replace_the_reason() -> None:
    refusal = refused(attempt(deal(DISCOVERY), PROPOSAL, MANAGER, override=True))
    assert (refusal.code, refusal.blockers, refusal.path) == (ErrorCode.INVALID, (), ("reason",))


@pytest.mark.parametrize(
    ("state", "target", "code"),
    [(deal(DEMO), DEMO, "SAME_STAGE"), (deal(WON), WON, "SAME_STAGE"), (deal(WON), LOST, "OPPORTUNITY_CLOSED")],
)
def test_an_override_does_not_make_a_move_of_what_is_none(state: Deal, target: Stage, code: str) -> None:
    assert not row(state, target, MANAGER).overridable
    refusal = refused(attempt(state, target, MANAGER, reason="Because", override=True))
    assert (refusal.code, words(refusal.blockers)) == (ErrorCode.BLOCKED, [code])


def test_an_override_that_lifts_nothing_is_not_recorded() -> None:
    ready = deal(DISCOVERY, met="need budget room", done="call")
    assert not row(ready, DEMO, MANAGER).overridable
    assert not moved(attempt(ready, DEMO, MANAGER, override=True)).overridden


@pytest.mark.parametrize(("met", "lacking"), [("need room", [f"{EXIT} budget"]), ("need budget room", [])])
def test_an_override_by_someone_who_may_not_is_forbidden_even_if_nothing_needs_it(met: str, lacking: list[str]) -> None:
    refusal = refused(attempt(deal(DISCOVERY, met=met, done="call"), DEMO, override=True))
    assert (refusal.code, refusal.path) == (ErrorCode.FORBIDDEN, ("override",))
    assert words(refusal.blockers) == ["PERMISSION_REQUIRED", *lacking]
    assert refusal.message == "You may not override what blocks a deal."


def test_a_playbooks_stages_come_open_first_and_by_position() -> None:
    shuffled = (LOST, PROPOSAL, WON, DEMO, DISCOVERY)
    early_lost = replace(LOST, position=0)
    assert in_order(shuffled) == list(STAGES)
    assert in_order((early_lost, *shuffled[1:])) == [DISCOVERY, DEMO, PROPOSAL, early_lost, WON]
    assert [found.stage for found in transitions(deal(DEMO), shuffled, SELLER)] == list(STAGES)


def test_the_order_in_which_stages_arrive_does_not_matter() -> None:
    shuffled = (LOST, PROPOSAL, WON, DEMO, DISCOVERY)
    assert transitions(deal(DISCOVERY), shuffled, SELLER) == transitions(deal(DISCOVERY), STAGES, SELLER)


def test_gaps_between_positions_do_not_make_a_skip() -> None:
    far = replace(DEMO, position=40)
    stages = (DISCOVERY, far, replace(PROPOSAL, position=90), WON, LOST)
    assert kind_of(deal(DISCOVERY), DISCOVERY, far, stages) is TransitionKind.FORWARD


def test_time_in_the_previous_stage_is_never_negative() -> None:
    outcome = decide(
        deal(DEMO),
        STAGES,
        LOST,
        SELLER,
        reason="Gone",
        override=False,
        at=ENTERED,
        entered_stage_at=ENTERED + timedelta(hours=1),
    )
    assert moved(outcome).seconds_in_previous_stage == 0


AUTO = replace(DISCOVERY, auto_advance=True)
AUTO_STAGES = (AUTO, DEMO, PROPOSAL, WON, LOST)
READY = deal(AUTO, met="need budget room", done="call")


def test_a_flagged_stage_is_left_when_nothing_blocks_any_more() -> None:
    assert auto_advance(READY, AUTO_STAGES) == DEMO


@pytest.mark.parametrize(
    "state",
    [
        deal(AUTO, met="need room", done="call"),
        deal(AUTO, met="need budget room"),
        deal(AUTO, met="need budget", done="call"),
    ],
    ids=["exit criterion unmet", "activity open", "entry criterion of the next stage unmet"],
)
def test_a_flagged_stage_holds_the_deal_while_anything_blocks(state: Deal) -> None:
    assert auto_advance(state, AUTO_STAGES) is None


def test_a_stage_without_the_flag_is_not_left_by_itself() -> None:
    assert auto_advance(READY, STAGES) is None


def test_a_flagged_stage_that_requires_nothing_is_not_left_by_itself() -> None:
    for exits in ((), (criterion("rumour", required=False),)):
        open_handed = replace(AUTO, exit=exits)
        assert auto_advance(READY, (open_handed, DEMO, PROPOSAL, WON, LOST)) is None


def test_the_last_open_stage_never_closes_a_deal_by_itself() -> None:
    last = replace(PROPOSAL, auto_advance=True)
    ready = deal(last, met="signature order", done="pricing")
    assert auto_advance(ready, (DISCOVERY, DEMO, last, WON, LOST)) is None


def test_a_closed_deal_does_not_advance_by_itself() -> None:
    flagged = replace(WON, auto_advance=True, exit=(criterion("need"),))
    assert auto_advance(deal(WON, met="need"), (DISCOVERY, DEMO, PROPOSAL, flagged, LOST)) is None


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_refusal_is_in_the_actors_language_and_names_the_argument_it_is_about(language: str) -> None:
    manager, reader = replace(MANAGER, language=language), replace(READER, language=language)
    about_stage, about_reason = ("toStageKey",), ("reason",)
    several = messages.things_in_the_way(4, DEMO.text, language)
    assert told(attempt(deal(DISCOVERY), DEMO, manager)) == (ErrorCode.BLOCKED, several, about_stage)
    call = messages.still_to_do(DISCOVERY.text, DISCOVERY.activities[0].text, language, None)
    ready = deal(DISCOVERY, met="need budget room")
    assert told(attempt(ready, DEMO, manager)) == (ErrorCode.BLOCKED, call, about_stage)
    denied = messages.may_not_move(language)
    assert told(attempt(ready, DEMO, reader)) == (ErrorCode.FORBIDDEN, denied, about_stage)
    unsaid = attempt(ready, DEMO, manager, override=True)
    assert told(unsaid) == (ErrorCode.INVALID, messages.override_needs_reason(DEMO.text, language), about_reason)
    assert refused(unsaid).blockers == ()


def told(outcome: Move | Refusal) -> tuple[ErrorCode, str, tuple[str, ...]]:
    refusal = refused(outcome)
    return refusal.code, refusal.message, refusal.path


@pytest.mark.parametrize(
    ("standing", "awaits"), [(ConfirmedBy.ANYONE_ON_DEAL, ConfirmedBy.VENDOR), (ConfirmedBy.VENDOR, None)]
)
def test_a_blocker_names_its_condition_and_whom_it_awaits(standing: ConfirmedBy, awaits: ConfirmedBy | None) -> None:
    asked: dict[str, Any] = {"expression": "deal.amount > 0", "confirmed_by": ConfirmedBy.VENDOR}
    left, entered = replace(criterion("need"), **asked), replace(criterion("room"), **asked)
    done = replace(activity("call"), confirmed_by=ConfirmedBy.VENDOR)
    start, target = replace(DISCOVERY, exit=(left,), activities=(done,)), replace(DEMO, entry=(entered,))
    actor = replace(SELLER, standing=standing)
    [found] = transitions(deal(start), (start, target, PROPOSAL, WON, LOST), actor, [target])
    condition = "deal.amount > 0"
    leaving = messages.before_leaving(start.text, left.text, "en", awaits)
    doing = messages.still_to_do(start.text, done.text, "en", awaits)
    entering = messages.before_entering(target.text, entered.text, "en", awaits)
    assert found.blockers == (
        Blocker(BlockerCode.EXIT_CRITERION_UNMET, leaving, left.id, None, condition, awaits),
        Blocker(BlockerCode.ACTIVITY_OPEN, doing, None, done.id, None, awaits),
        Blocker(BlockerCode.ENTRY_CRITERION_UNMET, entering, entered.id, None, condition, awaits),
    )


def test_people_are_asked_anew_from_the_exit_of_the_stage_on_and_never_what_is_computed() -> None:
    computed = replace(criterion("signature"), check=CriterionCheck.EXPRESSION)
    stages = (LOST, WON, replace(PROPOSAL, exit=(computed,)), DEMO, DISCOVERY)
    for target in (DEMO, replace(DEMO, name="Vorführung", language="de")):  # as the viewer reads it
        assert [one.key for one in asked_anew(stages, target)] == ["applause", "sponsor", "mood", "order", "autopsy"]
