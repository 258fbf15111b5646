"""Move the deal on: nothing blocks it any more."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import Said, counted, either, phrase
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts, MoveKind, Transition
from guidance.rules.reading import (
    Prospect,
    age_evidence,
    clipped,
    due,
    is_overdue,
    of_deal,
    of_stage,
    prospect,
    ready,
    setback_evidence,
)
from guidance.rules.saying import stage_of, target_of, told


def advance(facts: Facts, at: datetime) -> Iterator[Candidate]:
    """Not while nobody knows whether the deal still exists (`chances`)."""
    onward = facts.onward()
    if onward is None or not ready(facts) or prospect(facts, at) is not Prospect.ALIVE:
        return
    wins = onward.kind is MoveKind.WON
    urgency = Urgency.CRITICAL if wins or is_overdue(facts, at) else Urgency.HIGH
    yield Candidate(
        kind=ActionKind.ADVANCE_STAGE,
        title=clipped(told(facts, _title(facts, onward)), 120),
        rationale=told(facts, _reason(facts, onward)),
        evidence=(
            Evidence(told(facts, phrase("Required exit criteria")), told(facts, _met(facts)), of_stage(facts)),
            Evidence(told(facts, _move(facts, onward)), told(facts, phrase("nothing blocks it")), of_deal(facts)),
            age_evidence(facts, at),
            *setback_evidence(facts, at),
        ),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=5,
        target=Target(stage_id=onward.stage_id),
        occasion=(facts.stage.id,),
    )


def _title(facts: Facts, onward: Transition) -> Said:
    target = target_of(facts, onward)
    if onward.kind is MoveKind.WON:
        return either(phrase("Close the deal as “{stage}”", stage=target), phrase("Close the deal as won"))
    return either(phrase("Move the deal on to “{stage}”", stage=target), phrase("Move the deal on to the next stage"))


def _all_done(facts: Facts) -> bool:
    return all(one.met for one in facts.criteria) and all(one.done for one in facts.activities)


def _reason(facts: Facts, onward: Transition) -> Said:
    stage, target = stage_of(facts), target_of(facts, onward)
    if not _all_done(facts):
        return _nothing_required(facts, onward)
    if onward.kind is MoveKind.WON:
        return either(
            phrase("Everything that “{stage}” asks for is done: the deal is won.", stage=stage),
            phrase("Everything that the stage asks for is done: the deal is won."),
        )
    return either(
        phrase(
            "Everything that “{stage}” asks for is done, so it belongs in “{target}” and its forecast rises.",
            stage=stage,
            target=target,
        ),
        phrase("Everything that the stage asks for is done, so it belongs in the next one and its forecast rises."),
    )


def _nothing_required(facts: Facts, onward: Transition) -> Said:
    """What is optional is still open."""
    stage, target = stage_of(facts), target_of(facts, onward)
    if onward.kind is MoveKind.WON:
        return either(
            phrase("“{stage}” requires nothing more: the deal is won.", stage=stage),
            phrase("The stage requires nothing more: the deal is won."),
        )
    return either(
        phrase(
            "“{stage}” requires nothing more, so the deal belongs in “{target}” and its forecast rises.",
            stage=stage,
            target=target,
        ),
        phrase("The stage requires nothing more, so the deal belongs in the next one and its forecast rises."),
    )


def _met(facts: Facts) -> Said:
    met = sum(criterion.required for criterion in facts.criteria)
    if met:
        return phrase("{met} of {all} met", met=met, all=met)
    return counted("none; all {n} activity done", "none; all {n} activities done", len(facts.activities))


def _move(facts: Facts, onward: Transition) -> Said:
    return either(phrase("Move to “{stage}”", stage=target_of(facts, onward)), phrase("Move to the next stage"))
