"""Complete an exit criterion of the stage that is still unmet."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from catalogues import Said, Text, either, phrase
from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Activity, Criterion, Facts
from guidance.rules.confirming import criterion_asked, only, question_to_customer, whom_to_ask
from guidance.rules.reading import (
    age_evidence,
    clipped,
    due,
    elsewhere,
    of_deal,
    of_stage,
    pace_of,
    pressure,
    setback_evidence,
)
from guidance.rules.recording import CLOSE_DATE, Missing, missing_in
from guidance.rules.saying import criterion_of, listed, sentence, shortened, stage_of, target_of, told, told_of

LATER = {Urgency.CRITICAL: Urgency.HIGH, Urgency.HIGH: Urgency.NORMAL}
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
    whom = whom_to_ask(criterion, facts)
    last = criterion.required and _is_last_blocker(criterion, facts)
    urgency = pressure(facts, at)
    served = not missing and serving(criterion, facts) is not None
    if served:  # first what it is done for
        last, urgency = False, LATER.get(urgency, urgency)
    if last and urgency is Urgency.NORMAL:
        urgency = Urgency.HIGH
    ripe = pace_of(facts, at, early=weights.RIPE, late=weights.YOUNG)
    weight = (
        place * elsewhere(facts, at) * (weights.LAST_BLOCKER if last else 1.0) * (weights.SERVED if served else 1.0)
    )
    work = weights.RECORD_KNOWN_FACT if missing else ripe * (weights.ASKED_OF_OTHERS if whom else 1.0)
    return Candidate(
        kind=ActionKind.COMPLETE_CRITERION,
        title=clipped(told(facts, _title(criterion, facts, missing)), 120),
        rationale=clipped(sentence(_reason(criterion, facts, last), only(facts, whom)), 600),
        evidence=tuple(_evidence(criterion, facts, at, missing)),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=RECORDING_MINUTES if missing or whom else ASKING_MINUTES,
        target=Target(criterion_id=criterion.id),
        message=drafts.confirmation(facts, criterion, facts.stage),
        weight=weight * work,
        occasion=(facts.stage.id,),
    )


def serving(criterion: Criterion, facts: Facts) -> Activity | None:
    """An open activity that is done for it: one that says so, or a required one that doesn't say what it is for."""
    for one in facts.activities:
        unsaid = one.required and not one.serves and criterion.expression is None
        if not one.done and (criterion.key in one.serves or unsaid):
            return one
    return None


def _is_last_blocker(criterion: Criterion, facts: Facts) -> bool:
    onward = facts.onward()
    return onward is not None and [b.criterion_key for b in onward.blockers] == [criterion.key]


def _title(criterion: Criterion, facts: Facts, missing: Sequence[Missing]) -> Said:
    if not missing and (whom := whom_to_ask(criterion, facts)):
        return criterion_asked(criterion, facts, whom)
    if question := question_to_customer(criterion, facts):
        return either(
            phrase("Ask the customer: {question}", question=question),
            phrase("Ask the customer what the next point of the stage waits for"),
        )
    if missing:
        return _filling_in(missing)
    return either(
        phrase("Is this true by now? {criterion}", criterion=criterion_of(facts, criterion)),
        phrase("Is the next point of the stage true by now?"),
    )


def _filling_in(missing: Sequence[Missing]) -> Said:
    if any(isinstance(one, Text) for one in missing):
        return either(
            phrase("Ask about what we don’t know yet: {things}", things=listed(missing)),
            phrase("Ask about what the deal still lacks"),
        )
    return phrase("Add {things} to the deal", things=listed(missing))


def _reason(criterion: Criterion, facts: Facts, last: bool) -> str:
    onward, stage, needed = facts.onward(), stage_of(facts), criterion_of(facts, criterion)
    if last and onward:
        said = either(
            phrase("It is the only thing that still keeps the deal from “{stage}”.", stage=target_of(facts, onward)),
            phrase("It is the only thing that still keeps the deal from the next stage."),
        )
    elif criterion.required:
        said = either(
            phrase("The deal can’t leave “{stage}” before this holds: {criterion}", stage=stage, criterion=needed),
            phrase("The deal can’t leave the stage before this holds: {criterion}", criterion=needed),
            phrase("The deal can’t leave the stage before this holds."),
        )
    else:
        said = either(
            phrase(
                "It doesn’t block the deal, but a healthy one in “{stage}” has it: {criterion}",
                stage=stage,
                criterion=needed,
            ),
            phrase("It doesn’t block the deal, but a healthy one in this stage has it: {criterion}", criterion=needed),
            phrase("It doesn’t block the deal, but a healthy one in this stage has it."),
        )
    return told(facts, said)


def _evidence(criterion: Criterion, facts: Facts, at: datetime, missing: Sequence[Missing]) -> Iterator[Evidence]:
    how = phrase("unmet required exit criterion") if criterion.required else phrase("unmet optional exit criterion")
    yield Evidence(criterion.description, told_of(facts, criterion_of(facts, criterion), how), of_stage(facts))
    for thing in missing:
        empty = phrase("empty or out of date")
        if isinstance(thing, Text):
            yield Evidence(shortened(thing.text), told_of(facts, thing, empty), of_deal(facts))
        else:
            yield Evidence(shortened(told(facts, thing)), told(facts, empty), of_deal(facts))
    yield age_evidence(facts, at)
    if criterion.expression is None:
        yield from setback_evidence(facts, at)
