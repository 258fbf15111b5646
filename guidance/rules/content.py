"""Share this stage's content with the customer, or study it: the first piece of either sort that is not yet used.

What is written for customers is shared; what is written for sellers is studied and never shared. What is for the
vendor's people is theirs where they sell themselves, and nobody's else.
"""

from collections.abc import Iterator
from datetime import datetime

from catalogues import Said, counted, either, phrase
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
    of_deal,
    prospect,
    ripeness,
)
from guidance.rules.saying import content_of, sentence, stage_of, told

SHARING_MINUTES = 10
STUDYING_MINUTES = 20
SORTS = {
    "BATTLECARD": phrase("battlecard"),
    "DECK": phrase("deck"),
    "CASE_STUDY": phrase("case study"),
    "TEMPLATE": phrase("template"),
    "TRAINING": phrase("training"),
    "PRICING": phrase("pricing page"),
    "DEMO": phrase("demo"),
    "CHECKLIST": phrase("checklist"),
}
PIECE = phrase("piece")


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
    return Candidate(
        kind=ActionKind.SHARE_CONTENT,
        title=clipped(told(facts, sharing_title(content, facts)), 120),
        rationale=clipped(sentence(told(facts, sharing_reason(content, facts, reviving)), content.summary), 600),
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
        title=clipped(told(facts, studying_title(content, facts)), 120),
        rationale=clipped(sentence(told(facts, studying_reason(content, facts)), content.summary), 600),
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


def sharing_title(content: Content, facts: Facts) -> Said:
    return either(
        phrase("Send the customer “{content}”", content=content_of(facts, content)),
        phrase("Send the customer the content for this stage"),
    )


def studying_title(content: Content, facts: Facts) -> Said:
    return either(
        phrase("Read through “{content}”", content=content_of(facts, content)),
        phrase("Read through the content for this stage"),
    )


def sharing_reason(content: Content, facts: Facts, reviving: bool) -> Said:
    sort, stage = SORTS.get(content.kind, PIECE), stage_of(facts)
    if reviving:
        return either(
            phrase(
                "This {sort} is made for “{stage}”, and gives you a reason to write to a customer who has gone quiet.",
                sort=sort,
                stage=stage,
            ),
            phrase(
                "This {sort} is made for the stage, and gives you a reason to write to a customer who has gone quiet.",
                sort=sort,
            ),
        )
    return either(
        phrase("This {sort} is made for “{stage}”, and nobody has used it in this deal yet.", sort=sort, stage=stage),
        phrase("This {sort} is made for the stage, and nobody has used it in this deal yet.", sort=sort),
    )


def studying_reason(content: Content, facts: Facts) -> Said:
    sort = SORTS.get(content.kind, PIECE)
    return either(
        phrase(
            "This {sort} prepares you for “{stage}”, and nobody has used it in this deal.",
            sort=sort,
            stage=stage_of(facts),
        ),
        phrase("This {sort} prepares you for the stage, and nobody has used it in this deal.", sort=sort),
    )


def _evidence(content: Content, facts: Facts) -> tuple[Evidence, ...]:
    used, sort = sum(one.used for one in facts.contents), SORTS.get(content.kind, PIECE)
    fresh = either(
        phrase("{sort} for “{stage}”, not yet used", sort=sort, stage=stage_of(facts)),
        phrase("{sort} for the stage, not yet used", sort=sort),
    )
    share = counted(
        "{used} of {n} of this stage’s pieces", "{used} of {n} of this stage’s pieces", len(facts.contents), used=used
    )
    return (
        Evidence(content.title, told(facts, fresh), told(facts, phrase("content"))),
        Evidence(told(facts, phrase("Content used in this deal")), told(facts, share), of_deal(facts)),
    )
