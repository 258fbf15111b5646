"""Share this stage's content with the customer, or study it: the first piece of either sort that is not yet used.

What is written for customers is shared; what is written for sellers is studied and never shared. What is for the
vendor's people is theirs where they sell themselves, and nobody's else.
"""

from collections.abc import Iterator
from datetime import datetime

from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Content, Facts, Reader
from guidance.rules.reading import (
    Prospect,
    clipped,
    closes_soon,
    due,
    elsewhere,
    is_late,
    is_quiet,
    prospect,
    ripeness,
)

SHARING_MINUTES = 10
STUDYING_MINUTES = 20
SAID = {
    "BATTLECARD": "battlecard",
    "DECK": "deck",
    "CASE_STUDY": "case study",
    "TEMPLATE": "template",
    "TRAINING": "training",
    "PRICING": "pricing page",
    "DEMO": "demo",
    "CHECKLIST": "checklist",
}


def use_content(facts: Facts, at: datetime) -> Iterator[Candidate]:
    if prospect(facts, at) is Prospect.HOPELESS:
        return
    fresh = [content for content in facts.contents if content.suits and not content.used]
    readers = (Reader.PARTNER,) if facts.partner else (Reader.PARTNER, Reader.VENDOR)
    to_share = next((content for content in fresh if content.reader is Reader.CUSTOMER), None)
    to_study = next((content for content in fresh if content.reader in readers), None)
    if to_share is not None:
        yield _share(to_share, facts, at)
    if to_study is not None and not _acts_now(facts, at):
        yield _study(to_study, facts, at)


def _acts_now(facts: Facts, at: datetime) -> bool:
    """A silent customer and a signature next week leave no time for reading."""
    return is_quiet(facts, at) or (closes_soon(facts, at) and is_late(facts))


def _share(content: Content, facts: Facts, at: datetime) -> Candidate:
    reviving = is_quiet(facts, at)
    weight = weights.REVIVING_CONTENT if reviving else _novelty(facts, at)
    why = (
        "and gives you a reason to write to a customer who has gone quiet"
        if reviving
        else "and nobody has used it in this deal yet"
    )
    return Candidate(
        kind=ActionKind.SHARE_CONTENT,
        title=clipped(f"Share with the customer: {content.title}", 120),
        rationale=clipped(
            f"This {SAID.get(content.kind, 'piece')} is made for “{facts.stage.name}”, {why}. {content.summary}", 600
        ),
        evidence=_evidence(content, facts),
        due_at=due(facts, at, Urgency.NORMAL),
        effort_minutes=SHARING_MINUTES,
        target=Target(content_ids=(content.id,)),
        message=drafts.sharing(facts, content),
        weight=weight * elsewhere(facts, at),
        occasion=(facts.stage.id,),
    )


def _study(content: Content, facts: Facts, at: datetime) -> Candidate:
    return Candidate(
        kind=ActionKind.STUDY_CONTENT,
        title=clipped(f"Study: {content.title}", 120),
        rationale=clipped(
            f"This {SAID.get(content.kind, 'piece')} prepares you for “{facts.stage.name}”, "
            f"and nobody has used it in this deal. {content.summary}",
            600,
        ),
        evidence=_evidence(content, facts),
        urgency=Urgency.LOW,
        due_at=due(facts, at, Urgency.LOW),
        effort_minutes=STUDYING_MINUTES,
        target=Target(content_ids=(content.id,)),
        weight=_novelty(facts, at) * elsewhere(facts, at),
        occasion=(facts.stage.id,),
    )


def _novelty(facts: Facts, at: datetime) -> float:
    return weights.FIRST_READING + (weights.LATER_READING - weights.FIRST_READING) * ripeness(facts, at)


def _evidence(content: Content, facts: Facts) -> tuple[Evidence, ...]:
    used = sum(one.used for one in facts.contents)
    return (
        Evidence(
            content.title, f"{SAID.get(content.kind, content.kind)} for “{facts.stage.name}”, not yet used", "content"
        ),
        Evidence("Content used in this deal", f"{used} of {len(facts.contents)} of this stage’s pieces", "deal"),
    )
