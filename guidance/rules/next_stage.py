"""Prepare the next stage before its entry: what it demands of a deal that wants in."""

from collections.abc import Iterator
from datetime import datetime

from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Criterion, Facts, Stage
from guidance.rules.reading import clipped, due

NEARLY = 0.6
"""Share of the required exit criteria that are met."""


def prepare_next_stage(facts: Facts, at: datetime) -> Iterator[Candidate]:
    coming = facts.next_stage
    if coming is None:
        return
    required = [criterion for criterion in facts.criteria if criterion.required]
    met = sum(criterion.met for criterion in required)
    if not required or met < NEARLY * len(required):
        return
    waiting = [criterion for criterion in facts.next_entry if criterion.required and not criterion.met]
    for place, criterion in zip(weights.IN_TURN, waiting, strict=False):
        yield _prepare(criterion, coming, facts, at, place, met, len(required))


def _prepare(
    criterion: Criterion, coming: Stage, facts: Facts, at: datetime, place: float, met: int, required: int
) -> Candidate:
    onward = facts.onward()
    entry = {one.key for one in facts.next_entry}
    alone = onward is not None and all(blocker.criterion_key in entry for blocker in onward.blockers)
    urgency = Urgency.HIGH if alone else Urgency.NORMAL
    return Candidate(
        kind=ActionKind.PREPARE_NEXT_STAGE,
        title=clipped(f"Prepare “{coming.name}”: {criterion.description}", 120),
        rationale=(
            f"Nothing but this keeps the deal from “{coming.name}”."
            if alone
            else f"“{coming.name}” takes no deal without it, and the deal is nearly there."
        ),
        evidence=(
            Evidence(criterion.description, "unmet entry criterion", f"playbook, stage “{coming.name}”"),
            Evidence(f"Exit criteria of “{facts.stage.name}”", f"{met} of {required} met", "deal"),
        ),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=45,
        target=Target(criterion_id=criterion.id),
        message=drafts.confirmation(facts, criterion, coming),
        weight=place * (weights.ONLY_ENTRY_MISSING if alone else weights.NEARLY_THERE),
        occasion=(facts.stage.id,),
    )
