"""Prepare the next stage before its entry: what it demands of a deal that wants in."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import Said, either, phrase
from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Criterion, Facts, Stage
from guidance.rules.confirming import criterion_asked, only, question_to_customer, whom_to_ask
from guidance.rules.reading import clipped, due, of_deal, of_stage
from guidance.rules.saying import criterion_of, sentence, stage_of, told, told_of

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
    whom = whom_to_ask(criterion, facts)
    alone = onward is not None and all(blocker.criterion_key in entry for blocker in onward.blockers)
    urgency = Urgency.HIGH if alone else Urgency.NORMAL
    return Candidate(
        kind=ActionKind.PREPARE_NEXT_STAGE,
        title=clipped(told(facts, _title(criterion, coming, facts)), 120),
        rationale=sentence(told(facts, _reason(coming, facts, alone)), only(facts, whom)),
        evidence=(
            Evidence(
                criterion.description,
                told_of(facts, criterion_of(facts, criterion), phrase("unmet entry criterion")),
                of_stage(facts, coming),
            ),
            Evidence(
                told(facts, _exits(facts)),
                told(facts, phrase("{met} of {all} met", met=met, all=required)),
                of_deal(facts),
            ),
        ),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=45,
        target=Target(criterion_id=criterion.id),
        message=drafts.confirmation(facts, criterion, coming),
        weight=place * (weights.ONLY_ENTRY_MISSING if alone else weights.NEARLY_THERE),
        occasion=(facts.stage.id,),
    )


def _title(criterion: Criterion, coming: Stage, facts: Facts) -> Said:
    if whom := whom_to_ask(criterion, facts):
        return criterion_asked(criterion, facts, whom)
    stage, needed = stage_of(facts, coming), criterion_of(facts, criterion)
    if question := question_to_customer(criterion, facts):
        return either(
            phrase("Ask the customer before “{stage}”: {question}", stage=stage, question=question),
            phrase("Ask the customer before the next stage: {question}", question=question),
            phrase("Ask the customer what the next stage waits for"),
        )
    return either(
        phrase("“{stage}” is near: is this true by now? {criterion}", stage=stage, criterion=needed),
        phrase("The next stage is near: is this true by now? {criterion}", criterion=needed),
        phrase("Settle what the next stage waits for"),
    )


def _reason(coming: Stage, facts: Facts, alone: bool) -> Said:
    stage = stage_of(facts, coming)
    if alone:
        return either(
            phrase("Nothing but this keeps the deal from “{stage}”.", stage=stage),
            phrase("Nothing but this keeps the deal from the next stage."),
        )
    return either(
        phrase("“{stage}” takes no deal without it, and the deal is nearly there.", stage=stage),
        phrase("The next stage takes no deal without it, and the deal is nearly there."),
    )


def _exits(facts: Facts) -> Said:
    return either(phrase("Exit criteria of “{stage}”", stage=stage_of(facts)), phrase("Exit criteria of the stage"))
