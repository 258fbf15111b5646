"""Complete an exit criterion of the stage that is still unmet."""

from collections.abc import Iterator
from datetime import datetime

from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Criterion, Facts
from guidance.rules.reading import age_evidence, clipped, due, elsewhere, listed, pace_of, pressure
from guidance.rules.recording import CLOSE_DATE, missing_in

ASKING_MINUTES = 30
RECORDING_MINUTES = 10


def complete_criteria(facts: Facts, at: datetime) -> Iterator[Candidate]:
    """In the playbook's order. What only waits for a close date is left to the rule for close dates."""
    waiting = [c for c in facts.unmet() if missing_in(c, facts, at) != (CLOSE_DATE,)]
    required = [c for c in waiting if c.required]
    for place, criterion in zip(weights.IN_TURN, required, strict=False):
        yield _complete(criterion, facts, at, place)
    optional = next((c for c in waiting if not c.required), None)
    if optional is not None:
        yield _complete(optional, facts, at, weights.OPTIONAL_CRITERION)


def _complete(criterion: Criterion, facts: Facts, at: datetime, place: float) -> Candidate:
    missing = missing_in(criterion, facts, at)
    last = criterion.required and _is_last_blocker(criterion, facts)
    urgency = pressure(facts, at)
    if last and urgency is Urgency.NORMAL:
        urgency = Urgency.HIGH
    ripe = pace_of(facts, at, early=weights.RIPE, late=weights.YOUNG)
    weight = place * elsewhere(facts, at) * (weights.LAST_BLOCKER if last else 1.0)
    return Candidate(
        kind=ActionKind.COMPLETE_CRITERION,
        title=clipped(f"Record {listed(list(missing))}" if missing else f"Make sure: {criterion.description}", 120),
        rationale=clipped(_reason(criterion, facts, last), 600),
        evidence=tuple(_evidence(criterion, facts, at, missing)),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=RECORDING_MINUTES if missing else ASKING_MINUTES,
        target=Target(criterion_id=criterion.id),
        message=drafts.confirmation(facts, criterion, facts.stage),
        weight=weight * (weights.RECORD_KNOWN_FACT if missing else ripe),
        occasion=(facts.stage.id,),
    )


def _is_last_blocker(criterion: Criterion, facts: Facts) -> bool:
    onward = facts.onward()
    return onward is not None and [b.criterion_key for b in onward.blockers] == [criterion.key]


def _reason(criterion: Criterion, facts: Facts, last: bool) -> str:
    onward = facts.onward()
    if last and onward:
        return f"It is the only thing that still keeps the deal from “{onward.stage_name}”."
    if criterion.required:
        return f"The deal can’t leave “{facts.stage.name}” before this holds: {criterion.description}"
    return f"It doesn’t block the deal, but a healthy one in “{facts.stage.name}” has it: {criterion.description}"


def _evidence(criterion: Criterion, facts: Facts, at: datetime, missing: tuple[str, ...]) -> Iterator[Evidence]:
    how = "required exit criterion" if criterion.required else "optional exit criterion"
    yield Evidence(criterion.description, f"unmet {how}", f"playbook, stage “{facts.stage.name}”")
    for thing in missing:
        yield Evidence(thing[:1].upper() + thing[1:], "empty or out of date", "deal")
    yield age_evidence(facts, at)
