"""The facts behind an action that people can change: dismissed advice stays away until it is no longer as it was.

That days go by changes nothing of it.
"""

import hashlib
from collections.abc import Iterator

from guidance.actions import ActionKind, Candidate
from guidance.facts import Criterion, Facts
from guidance.rules.custom_facts import FIELDS, deal_variables
from guidance.rules.recording import FIELD, question_keys

OF_TIME = frozenset({"daysToClose", "daysInStage", "quietDays", "stayPercentile", "stalled"})
"""Fields of conditions that change by themselves."""


def ground_of(candidate: Candidate, facts: Facts) -> str:
    """A digest. The deal's coming into the stage is part of it."""
    parts = (facts.deal.entered_stage_at.timestamp(), *_of_target(candidate, facts), *_of_kind(candidate, facts))
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:24]


def _of_target(candidate: Candidate, facts: Facts) -> Iterator[object]:
    target, changed = candidate.target, dict(facts.changed)
    for criterion in (*facts.criteria, *facts.next_entry):
        if criterion.id == target.criterion_id:
            yield from (criterion.description, criterion.required, changed.get(criterion.id))
            yield from _spoken_of(criterion, facts)
    for activity in facts.activities:
        if activity.id == target.activity_id:
            yield from (activity.name, activity.description, activity.required, changed.get(activity.id))
    for question in facts.questions:
        if question.key == target.question_key:
            yield from (question.label, question.prompt)
    for task in facts.tasks:
        if task.id == target.task_id:
            yield from (task.title, task.due_at.timestamp())
    for content in (*facts.contents, *facts.next_contents):
        if content.id in target.content_ids:
            yield from (content.title, content.summary)


def _of_kind(candidate: Candidate, facts: Facts) -> Iterator[object]:
    deal = facts.deal
    match candidate.kind:
        case ActionKind.INVOLVE_VENDOR:
            yield from (deal.amount, deal.currency, deal.close_date)
        case ActionKind.ADVANCE_STAGE:
            yield from (deal.amount, deal.close_date, deal.next_step, *sorted(facts.changed))
        case ActionKind.REQUALIFY | ActionKind.CLOSE_LOST | ActionKind.RE_ENGAGE | ActionKind.INTRODUCE:
            yield facts.last_contact_at and facts.last_contact_at.timestamp()
    for one in candidate.evidence:  # of the vendor's own rules, whose conditions speak of fields
        name = one.fact.split(".")[0]
        if name in FIELDS and name not in OF_TIME:
            yield from (one.fact, one.value)


def _spoken_of(criterion: Criterion, facts: Facts) -> Iterator[object]:
    """The values of the fields that decide a criterion, and the answers that it asks for."""
    if criterion.expression is None:
        return
    values, quoted = deal_variables(facts, facts.deal.entered_stage_at), question_keys(criterion.expression)
    for name in sorted({field for field, _ in FIELD.findall(criterion.expression)} - OF_TIME - {"qualification"}):
        yield values.get(name)
    if "closeDate" in criterion.expression or "daysToClose" in criterion.expression:
        yield facts.deal.close_date
    yield from (question.answer for question in facts.questions if question.key in quoted)
