"""Answer a qualification question before it hurts: asked for by an earlier stage and still open, asked for by the next
one, or asked for by no criterion while the deal nears its decision. What the stage's own criteria ask for is theirs."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import Said, Text, either, phrase
from guidance import weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts, Question
from guidance.rules.reading import clipped, due, elsewhere, is_late, ripeness
from guidance.rules.recording import question_keys
from guidance.rules.saying import percent, question_of, stage_of, told, told_of

MOST = 3
ASKED_AHEAD = 0.5
"""Ripeness from which the next stage's questions matter."""


def answer_questions(facts: Facts, at: datetime) -> Iterator[Candidate]:
    asked_here = frozenset[str]().union(*(question_keys(c.expression) for c in facts.unmet() if c.expression))
    missing = [q for q in facts.questions if not q.answered and q.key not in asked_here]
    judged = ((question, _weight(question, facts, at)) for question in missing)
    wanted = sorted(((question, weight) for question, weight in judged if weight), key=lambda pair: -pair[1])
    for place, (question, weight) in enumerate(wanted[:MOST]):
        yield _ask(question, facts, at, weight * weights.IN_TURN[place])


def _weight(question: Question, facts: Facts, at: datetime) -> float:
    """0 where the answer may wait."""
    due_at, here = question.due_position, facts.stage.position
    if due_at is None:
        return weights.UNASKED_QUESTION if is_late(facts) else 0.0
    if due_at < here:
        return weights.OVERDUE_QUESTION
    coming = facts.next_stage is not None and due_at == facts.next_stage.position
    return weights.COMING_QUESTION * elsewhere(facts, at) if coming and ripeness(facts, at) >= ASKED_AHEAD else 0.0


def _ask(question: Question, facts: Facts, at: datetime, weight: float) -> Candidate:
    overdue = question.due_position is not None and question.due_position < facts.stage.position
    urgency = Urgency.HIGH if overdue and is_late(facts) else Urgency.NORMAL
    return Candidate(
        kind=ActionKind.ANSWER_QUESTION,
        title=clipped(told(facts, _title(question, facts)), 120),
        rationale=clipped(told(facts, _reason(question, facts, overdue)), 600),
        evidence=tuple(_evidence(question, facts)),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=20,
        target=Target(question_key=question.key),
        weight=weight,
        occasion=(facts.stage.id,),
    )


def _title(question: Question, facts: Facts) -> Said:
    label = question_of(facts, question)
    named = phrase("Nothing is known of “{question}” yet: ask", question=label)
    if prompt := " ".join(question.prompt.split()):
        named = phrase("Do we know this by now? {question}", question=Text(prompt, label.language))
    return either(named, phrase("Find out what we still don’t know of the customer"))


def _reason(question: Question, facts: Facts, overdue: bool) -> Said:
    stage = stage_of(facts)
    if overdue:
        return either(
            phrase("An earlier stage asks for it, and the deal is in “{stage}” without it.", stage=stage),
            phrase("An earlier stage asks for it, and the deal has gone on without it."),
        )
    if question.due_position is None:
        return either(
            phrase("Deals in “{stage}” are decided on such answers, and this one is missing.", stage=stage),
            phrase("Deals in this stage are decided on such answers, and this one is missing."),
        )
    assert facts.next_stage is not None
    return either(
        phrase(
            "“{stage}” asks for it; knowing it now keeps the deal from waiting there.",
            stage=stage_of(facts, facts.next_stage),
        ),
        phrase("The next stage asks for it; knowing it now keeps the deal from waiting there."),
    )


def _evidence(question: Question, facts: Facts) -> Iterator[Evidence]:
    source = told(facts, phrase("qualification"))
    asked = " ".join(question.prompt.split()) or question.label
    yield Evidence(asked, told_of(facts, question_of(facts, question), phrase("not answered")), source)
    left, all_ = sum(not one.answered for one in facts.questions), len(facts.questions)
    yield Evidence(
        told(facts, phrase("Open qualification questions")),
        told(facts, phrase("{some} of {all}", some=left, all=all_)),
        source,
    )
    share = percent(round(facts.stage.win_probability, 2), facts.advice_language)
    where = either(
        phrase("“{stage}”, win probability {share}", stage=stage_of(facts), share=share),
        phrase("win probability {share}", share=share),
    )
    yield Evidence(told(facts, phrase("Stage")), told(facts, where), told(facts, phrase("playbook")))
