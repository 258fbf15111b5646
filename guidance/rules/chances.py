"""Requalify a deal that history calls doubtful; close one that it calls lost."""

from collections.abc import Iterator
from datetime import datetime

from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts, MoveKind
from guidance.rules.reading import Prospect, age_evidence, basis_said, clipped, due, prospect, rounded, silence_evidence

DOUBT = {
    True: "Deals that stay this long in the stage are rarely won",
    False: "The deal has been here several times as long as its playbook allows for, and nobody has touched it lately",
}
LOSS = {
    True: "Next to none of the deals that rest this long is won",
    False: "The deal has been here many times as long as its playbook allows for, and has rested for months",
}
"""With the fates of earlier deals to go by, and without."""


def requalify_or_close(facts: Facts, at: datetime) -> Iterator[Candidate]:
    chances = prospect(facts, at)
    if chances is Prospect.ALIVE:
        return
    hopeless = chances is Prospect.HOPELESS
    evidence, told = tuple(_evidence(facts, at)), facts.history.fate_at(facts.days_in_stage(at)) is not None
    lost = facts.move(MoveKind.LOST)
    yield Candidate(
        kind=ActionKind.REQUALIFY,
        title="Ask whether the project still exists",
        rationale=f"{DOUBT[told]}: find out what changed before you put in more time.",
        evidence=evidence,
        urgency=Urgency.HIGH,
        due_at=due(facts, at, Urgency.HIGH),
        effort_minutes=30,
        target=Target(stage_id=facts.stage.id),
        message=drafts.requalification(facts),
        weight=weights.DOUBTFUL,
        occasion=(facts.last_activity_at.isoformat() if facts.last_activity_at else "",),
    )
    if hopeless and lost is not None and lost.allowed:
        yield Candidate(
            kind=ActionKind.CLOSE_LOST,
            title=clipped(f"Close the deal and note the reason: “{lost.stage_name}”", 120),
            rationale=f"{LOSS[told]}; an honest pipeline is worth more than a long one.",
            evidence=evidence,
            urgency=Urgency.NORMAL,
            due_at=due(facts, at, Urgency.NORMAL),
            effort_minutes=5,
            target=Target(stage_id=lost.stage_id),
            weight=weights.HOPELESS,
            occasion=(facts.stage.id,),
        )


def _evidence(facts: Facts, at: datetime) -> Iterator[Evidence]:
    fate = facts.history.fate_at(facts.days_in_stage(at))
    if fate is not None and fate.rate is not None:
        value = "next to none was won" if fate.rate < 0.01 else f"about {rounded(100 * fate.rate):g}% were won"
        yield Evidence(f"Deals {fate.days:.0f} days or longer here", value, basis_said(fate.basis, facts))
    yield age_evidence(facts, at)
    yield silence_evidence(facts, at)
