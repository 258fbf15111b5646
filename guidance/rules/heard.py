"""Act on what was read out of people's texts: wait until a date, share what was asked for, study what answers an
objection or a competitor, and ask who somebody is with what was said at hand.

What somebody has dismissed on the strength of a reading is void, and the reading with it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Target, Urgency
from guidance.facts import Answer, Content, Facts, Reader, Reading, ReadingKind
from guidance.phrasebook import DealFacts, fallback, filled, phrasebook
from guidance.quotes import evidence_of, still_says
from guidance.reasons import same_language
from guidance.rules.content import (
    SHARING_MINUTES,
    STUDYING_MINUTES,
    sharing_reason,
    sharing_title,
    studying_reason,
    studying_title,
)
from guidance.rules.reading import MIDDAY, clipped, due, working_day_from
from guidance.rules.saying import told

LONGEST_NAME = 80
RESTING = frozenset({ActionKind.RE_ENGAGE, ActionKind.REQUALIFY, ActionKind.CLOSE_LOST})
"""What has no sense before the date that everybody waits for."""
ROLE_QUESTIONS = {
    "CHAMPION": ("champion",),
    "ECONOMIC_BUYER": ("economic", "budget"),
    "DECISION_MAKER": ("decision", "decider"),
    "PROCUREMENT": ("procurement", "purchasing"),
}
"""Parts of the keys of questions that a role answers."""


def heeded(found: Sequence[Candidate], facts: Facts, at: datetime) -> tuple[Candidate, ...]:
    """The candidates, and what the deal's readings change among them."""
    settled = {one.key for one in facts.responses if one.answer is Answer.DISMISSED}
    heard = {one.key: one for one in _heard(facts, at) if one.key not in settled}
    waits = any(one.reading is ReadingKind.WAIT_UNTIL for one in heard.values())
    kept = [one for one in found if not (waits and one.kind in RESTING)]
    same = {one.target.content_ids for one in heard.values() if one.target.content_ids}
    kept = [one for one in kept if not one.target.content_ids or one.target.content_ids not in same]
    return (*heard.values(), *(_with_roles(one, facts) for one in kept))


def _heard(facts: Facts, at: datetime) -> Iterator[Candidate]:
    book = phrasebook(facts.advice_language)
    said = (book.facts if book else None) or fallback().facts
    contents = {content.id: content for content in (*facts.contents, *facts.next_contents) if content.suits}
    texts = {text.id: text for text in facts.written()}
    for reading in facts.readings:
        if said is None or not still_says(reading.quote, texts):
            continue
        if reading.kind is ReadingKind.WAIT_UNTIL:
            yield from _waiting(reading, said, facts, at)
        elif reading.kind is ReadingKind.ASKED_FOR and (content := contents.get(reading.value)):
            if content.reader is Reader.CUSTOMER and not content.used:
                yield _sharing(reading, content, said, facts, at)
        elif reading.kind is ReadingKind.OBJECTION and (content := contents.get(reading.value)):
            if content.reader is Reader.PARTNER and not content.used:
                text = filled(said.answers_objection, content=_name(content))
                yield _studying(reading, content, text, facts, at)
        elif reading.kind is ReadingKind.COMPETITOR:
            battlecard = next((one for one in contents.values() if _answers(one, reading.value)), None)
            if battlecard is not None:
                text = filled(said.answers_competitor, content=_name(battlecard), competitor=reading.value)
                yield _studying(reading, battlecard, text, facts, at)


def _waiting(reading: Reading, said: DealFacts, facts: Facts, at: datetime) -> Iterator[Candidate]:
    day = date.fromisoformat(reading.value)
    if day <= at.date():
        return
    yield Candidate(
        kind=ActionKind.RE_ENGAGE,
        title=filled(said.waiting_title, date=day.isoformat()),
        rationale=filled(said.waiting, date=day.isoformat()),
        evidence=evidence_of((reading.quote,), facts),
        urgency=Urgency.LOW,
        due_at=datetime.combine(working_day_from(day), MIDDAY, tzinfo=at.tzinfo or UTC),
        effort_minutes=20,
        target=Target(stage_id=facts.stage.id),
        message=drafts.re_engagement(facts),
        weight=weights.HEARD_DATE,
        occasion=("heard", day.isoformat()),
        reading=reading.kind,
    )


def _sharing(reading: Reading, content: Content, said: DealFacts, facts: Facts, at: datetime) -> Candidate:
    reason = told(facts, sharing_reason(content, facts, reviving=False))
    if _in_its_language(content, facts):
        reason = filled(said.asked_for, content=_name(content))
    return Candidate(
        kind=ActionKind.SHARE_CONTENT,
        title=clipped(told(facts, sharing_title(content, facts)), 120),
        rationale=reason,
        evidence=evidence_of((reading.quote,), facts),
        urgency=Urgency.HIGH,
        due_at=due(facts, at, Urgency.HIGH),
        effort_minutes=SHARING_MINUTES,
        target=Target(content_ids=(content.id,)),
        message=drafts.sharing(facts, content),
        weight=weights.HEARD_WISH,
        occasion=("heard", facts.stage.id),
        reading=reading.kind,
    )


def _studying(reading: Reading, content: Content, reason: str, facts: Facts, at: datetime) -> Candidate:
    if not _in_its_language(content, facts):
        reason = told(facts, studying_reason(content, facts))
    return Candidate(
        kind=ActionKind.STUDY_CONTENT,
        title=clipped(told(facts, studying_title(content, facts)), 120),
        rationale=reason,
        evidence=evidence_of((reading.quote,), facts),
        urgency=Urgency.NORMAL,
        due_at=due(facts, at, Urgency.NORMAL),
        effort_minutes=STUDYING_MINUTES,
        target=Target(content_ids=(content.id,)),
        weight=weights.HEARD_OBJECTION,
        occasion=("heard", facts.stage.id),
        reading=reading.kind,
    )


def _in_its_language(content: Content, facts: Facts) -> bool:
    """Whether a sentence of the advice may have its title in it."""
    return same_language(content.language or facts.advice_language, facts.advice_language)


def _with_roles(candidate: Candidate, facts: Facts) -> Candidate:
    """A question about somebody's role comes with what was said of it."""
    key = candidate.target.question_key
    if candidate.kind is not ActionKind.ANSWER_QUESTION or not key:
        return candidate
    roles = [one for one in facts.readings if one.kind is ReadingKind.ROLE]
    fit = [one.quote for one in roles if any(part in key for part in ROLE_QUESTIONS.get(one.value, ()))]
    quotes = evidence_of(fit[:1], facts)
    return candidate.told(evidence=(*candidate.evidence, *quotes)) if quotes else candidate


def _answers(content: Content, competitor: str) -> bool:
    named = competitor.casefold() in f"{content.title} {content.summary}".casefold()
    return content.kind == "BATTLECARD" and content.reader is Reader.PARTNER and named


def _name(content: Content) -> str:
    return clipped(content.title, LONGEST_NAME)
