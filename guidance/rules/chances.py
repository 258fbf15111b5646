"""Requalify a deal that history calls doubtful; close one that it calls lost."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import Said, counted, either, phrase
from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts, MoveKind, Transition
from guidance.rules.reading import (
    Prospect,
    age_evidence,
    basis_said,
    clipped,
    due,
    prospect,
    ready,
    rounded,
    setback_evidence,
    silence_evidence,
)
from guidance.rules.saying import percent, target_of, told

DOUBT = {
    True: phrase(
        "Deals that stay this long in the stage are rarely won: find out what changed before you put in more time."
    ),
    False: phrase(
        "The deal has been here several times as long as its playbook allows for, and nobody has touched it lately: "
        "find out what changed before you put in more time."
    ),
}
LOSS = {
    True: phrase(
        "Next to none of the deals that rest this long is won; an honest pipeline is worth more than a long one."
    ),
    False: phrase(
        "The deal has been here many times as long as its playbook allows for, and has rested for months; an honest "
        "pipeline is worth more than a long one."
    ),
}
"""With the fates of earlier deals to go by, and without."""


UNASKED = phrase(
    "Nothing but silence keeps the deal here: hear from the customer that the project goes on before the deal does."
)
"""Of a deal that has all it takes to move on."""


def requalify_or_close(facts: Facts, at: datetime) -> Iterator[Candidate]:
    chances = prospect(facts, at)
    if chances is Prospect.ALIVE:
        yield from _settle_setback(facts, at)
        return
    hopeless = chances is Prospect.HOPELESS
    evidence, known = tuple(_evidence(facts, at)), facts.history.fate_at(facts.days_in_stage(at)) is not None
    lost = facts.move(MoveKind.LOST)
    if not facts.is_uncontacted:  # of somebody whom nobody has spoken to, nobody asks whether it is still on
        yield _requalify(facts, at, UNASKED if ready(facts) else DOUBT[known], evidence)
    if hopeless and lost is not None and lost.allowed:
        yield Candidate(
            kind=ActionKind.CLOSE_LOST,
            title=clipped(told(facts, _closing(facts, lost)), 120),
            rationale=told(facts, LOSS[known]),
            evidence=evidence,
            urgency=Urgency.NORMAL,
            due_at=due(facts, at, Urgency.NORMAL),
            effort_minutes=5,
            target=Target(stage_id=lost.stage_id),
            weight=weights.HOPELESS,
            occasion=(facts.stage.id,),
        )


def _requalify(facts: Facts, at: datetime, reason: Said, evidence: tuple[Evidence, ...]) -> Candidate:
    return Candidate(
        kind=ActionKind.REQUALIFY,
        title=told(facts, phrase("Ask whether the project still exists")),
        rationale=told(facts, reason),
        evidence=evidence,
        urgency=Urgency.HIGH,
        due_at=due(facts, at, Urgency.HIGH),
        effort_minutes=30,
        target=Target(stage_id=facts.stage.id),
        message=drafts.requalification(facts),
        weight=weights.DOUBTFUL,
        occasion=(facts.last_contact_at.isoformat() if facts.last_contact_at else "",),
    )


def _settle_setback(facts: Facts, at: datetime) -> Iterator[Candidate]:
    """What the deal was sent back for stands in no criterion or activity that is open again."""
    onward, back = facts.onward(), facts.setback
    if back is None or onward is None or not (facts.is_held_back and onward.allowed):
        return
    yield Candidate(
        kind=ActionKind.REQUALIFY,
        title=told(facts, phrase("Settle what the deal was sent back for")),
        rationale=told(
            facts, phrase("Nothing has changed since it was sent back, so the same would send it back again.")
        ),
        evidence=(*setback_evidence(facts, at), age_evidence(facts, at)),
        urgency=Urgency.HIGH,
        due_at=due(facts, at, Urgency.HIGH),
        effort_minutes=30,
        target=Target(stage_id=facts.stage.id),
        weight=weights.DOUBTFUL,
        occasion=("sent back", back.at.isoformat()),
    )


def _evidence(facts: Facts, at: datetime) -> Iterator[Evidence]:
    fate = facts.history.fate_at(facts.days_in_stage(at))
    if fate is not None and fate.rate is not None:
        share = percent(rounded(fate.rate), facts.advice_language)
        won = phrase("next to none was won") if fate.rate < 0.01 else phrase("about {share} were won", share=share)
        here = counted("Deals {n} day or longer here", "Deals {n} days or longer here", round(fate.days))
        yield Evidence(told(facts, here), told(facts, won), basis_said(fate.basis, facts))
    yield age_evidence(facts, at)
    yield silence_evidence(facts, at)


def _closing(facts: Facts, lost: Transition) -> Said:
    return either(
        phrase("Close the deal as “{stage}”, and say why", stage=target_of(facts, lost)),
        phrase("Close the deal as lost, and say why"),
    )
