"""A language model's choice for an action, and the action composed from it.

A composition has keys, dates and spans, and none of the words that are shown, but for `said`, which only free wording
has. The words are made of it and of the facts as they are, so that they stay true as days go by.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from guidance.actions import Candidate, Draft
from guidance.drafts import attached
from guidance.facts import Facts, Quote
from guidance.letters import Block, Letter, Place
from guidance.quotes import evidence_of
from guidance.reasons import OWN, reasons_of, reasons_of_deal
from guidance.rules.reading import MIDDAY

LONGEST_RATIONALE = 600


@dataclass(frozen=True, slots=True)
class Said:
    """Words of the model's own that passed the checks, and the sentences they were checked against: once one of these
    changes, the words are dropped."""

    title: str | None
    rationale: str | None
    draft: str | None
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Composition:
    """`reasons`: keys of `guidance.reasons`, in order; none: as the rules have it. `blocks`: of the message, in order,
    without its points; None: as the rules have it. `contents`: ids of contents to use. `due`: not after the rules'."""

    reasons: tuple[str, ...] = ()
    blocks: tuple[str, ...] | None = None
    contents: tuple[str, ...] = ()
    due: date | None = None
    quotes: tuple[Quote, ...] = ()
    said: Said | None = None

    def to_plain(self) -> dict[str, Any]:
        plain: dict[str, Any] = _adapter().dump_python(self, mode="json", exclude_defaults=True)
        return plain

    @classmethod
    def from_plain(cls, plain: object) -> "Composition":
        return _adapter().validate_python(plain)


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Composition]:
    return TypeAdapter(Composition)


def composed(candidate: Candidate, choice: Composition, facts: Facts, at: datetime) -> Candidate:
    """The action as it is shown. Whatever of the choice is there no more gives way to the rules' own."""
    other = candidate.told(
        rationale=_rationale(candidate, choice, facts, at),
        message=_message(candidate, choice, facts),
        due_at=_due(candidate, choice, at),
        evidence=(*candidate.evidence, *evidence_of(choice.quotes, facts)),
        target=candidate.with_contents(choice.contents),
    )
    return _worded(other, choice.said) if choice.said and _holds(choice.said, candidate, facts, at) else other


def offered(candidate: Candidate, facts: Facts) -> Letter | None:
    """The candidate's letter with all blocks that it may be composed of."""
    message = candidate.message
    if message is None or message.letter is None:
        return None
    contents = [one for one in facts.contents if one.id not in candidate.target.content_ids]
    told = any(block.content_id for block in message.letter.blocks)
    more = [] if told or not message.is_to_customer else attached(facts, message.language, contents)
    return message.letter.with_others(more)


def _rationale(candidate: Candidate, choice: Composition, facts: Facts, at: datetime) -> str:
    """With a reason of the action's own among its sentences, whatever was chosen."""
    own = reasons_of(candidate, facts, at)
    known = {**own, **reasons_of_deal(facts, at)}
    keys = [key for key in dict.fromkeys(choice.reasons) if key in known]
    if not own.keys() & set(keys):
        keys = [OWN, *keys]
    text = known[keys[0]]
    for key in keys[1:]:
        longer = f"{text} {known[key]}"
        text = longer if len(longer) <= LONGEST_RATIONALE else text
    return text if any(known[key] in text for key in keys if key in own) else candidate.rationale


def _message(candidate: Candidate, choice: Composition, facts: Facts) -> Draft | None:
    letter = offered(candidate, facts)
    if letter is None or choice.blocks is None or candidate.message is None:
        return candidate.message
    there = {block.text: block for block in letter.choice}
    points = [block for block in letter.blocks if block.place is Place.POINT]
    chosen: list[Block | None] = [*points, *(there.get(text) for text in choice.blocks)]
    other = None if None in chosen else letter.of([block for block in chosen if block])
    return candidate.message if other is None else replace(candidate.message, text=other.text, letter=other)


def _due(candidate: Candidate, choice: Composition, at: datetime) -> datetime | None:
    if choice.due is None or candidate.due_at is None:
        return candidate.due_at
    chosen = datetime.combine(choice.due, MIDDAY, tzinfo=candidate.due_at.tzinfo or UTC)
    return chosen if at < chosen < candidate.due_at else candidate.due_at


def _holds(said: Said, candidate: Candidate, facts: Facts, at: datetime) -> bool:
    """Whether all that free wording was checked against is still the case."""
    sentences = (*reasons_of(candidate, facts, at).values(), *reasons_of_deal(facts, at).values())
    return {candidate.title, *sentences}.issuperset(said.against)


def _worded(other: Candidate, said: Said) -> Candidate:
    message = other.message
    if said.draft and message:
        message = replace(message, text=said.draft, letter=None, unchecked=True)
    return other.told(title=said.title or other.title, rationale=said.rationale or other.rationale, message=message)
