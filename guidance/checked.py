"""Free wording, sentence by sentence: what passes the checks stands, and what doesn't gives way to the composed.

Beside our own checks, the model looks at its sentences a second time, in a call of its own, and names for each what
carries it; what nothing carries is refused as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from guidance.briefing import Briefing, Offer
from guidance.composition import LONGEST_RATIONALE, Said
from guidance.customer_wording import inward_in
from guidance.facts import Facts
from guidance.grounding.answers import Chosen
from guidance.grounding.grounds import grounds_of
from guidance.grounding.wording import Field, Ground, may_be_said, sentences_of
from guidance.grounding.wording.courtesies import begins_politely, ends_politely
from guidance.json_text import values_in
from guidance.letters import Letter, Place
from guidance.lexicon import lexicon
from guidance.phrasebook import fallback, phrasebook

LONGEST_TITLE = 120
LONGEST_DRAFT = 3_000
LOOK_NAME = "second_look"
NONE = "NONE"
ASKS = "ASKS"


Key = tuple[str, Field, str]
"""Of a sentence: its candidate's id, the field, and its text, folded."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One that passed our checks; `carriers`: ids of what may carry it."""

    action: str
    where: Field
    text: str
    carriers: Mapping[str, str]

    @property
    def key(self) -> "Key":
        return self.action, self.where, _folded(self.text)


@dataclass(frozen=True)
class Wordings:
    """What a model said of the candidates it chose, as far as it may be shown. `by_rules`: titles of all candidates."""

    facts: Facts
    briefing: Briefing
    chosen: Sequence[Chosen]

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """All that pass, each text once: what repeats itself is refused."""
        found: dict[str, Sentence] = {}
        said = [one for chosen in self.chosen for one in self._of(chosen)]
        for one in said:
            found.setdefault(_folded(one.text), one)
        return tuple(found.values())

    def _of(self, chosen: Chosen) -> Iterator[Sentence]:
        offer = self.briefing.offers[chosen.id]
        carriers = {id: self.briefing.sentences[id] for id in chosen.facts}
        blocks = {id: block.text for id, block in offer.blocks.items()}
        for where, text, longest in (
            (Field.TITLE, chosen.title, LONGEST_TITLE),
            (Field.RATIONALE, chosen.rationale, LONGEST_RATIONALE),
            (Field.DRAFT, chosen.draft, LONGEST_DRAFT),
        ):
            if text and len(text) <= longest:
                grounds = grounds_of(self.facts, self.briefing, offer, chosen.facts, where)
                parts = sentences_of(text)
                parts = [] if where is Field.TITLE and len(parts) > 1 else parts
                passed = (part for part in parts if any(_passes(part, where, g, offer, self.facts) for g in grounds))
                yield from (
                    Sentence(chosen.id, where, part, blocks if where is Field.DRAFT else carriers) for part in passed
                )

    def said(self, chosen: Chosen, kept: frozenset[Key]) -> Said | None:
        """The wording of one action, of the sentences in `kept`; None where none is."""
        offer = self.briefing.offers[chosen.id]
        title = chosen.title if (chosen.id, Field.TITLE, _folded(chosen.title)) in kept else None
        title = None if title == offer.ranked.candidate.title else title
        rationale = self._rationale(chosen, kept)
        of_draft = frozenset(text for id, where, text in kept if (id, where) == (chosen.id, Field.DRAFT))
        message = offer.ranked.candidate.message
        language = message.language if message else self.facts.playbook_language
        draft = _draft(offer.letter, language, chosen.draft or "", of_draft)
        if not (title or rationale or draft):
            return None
        against = (offer.ranked.candidate.title, *(self.briefing.sentences[id] for id in chosen.facts))
        return Said(title, rationale, draft, against)

    def _rationale(self, chosen: Chosen, kept: frozenset[Key]) -> str | None:
        """What was refused has the rules' own reason in its place."""
        parts, own = sentences_of(chosen.rationale or ""), self.briefing.offers[chosen.id].ranked.candidate.rationale
        passed = [part if (chosen.id, Field.RATIONALE, _folded(part)) in kept else None for part in parts]
        if not any(passed):
            return None
        first, there = passed.index(None) if None in passed else len(passed), {_folded(part) for part in passed}
        rest = " ".join(part for part in sentences_of(own) if _folded(part) not in there)
        texts = [rest if n == first else part for n, part in enumerate(passed) if part or n == first]
        text = " ".join(part for part in texts if part)
        return text if len(text) <= LONGEST_RATIONALE else None


def _passes(part: str, where: Field, ground: Ground, offer: Offer, facts: Facts) -> bool:
    message = offer.ranked.candidate.message
    if where is Field.DRAFT and message is not None and message.is_to_customer:
        book, names = phrasebook(message.language) or fallback(), [facts.stage.name]
        if inward_in(part, book, names, (facts.stage.key,)):
            return False
    return may_be_said(part, where, ground)


def _draft(letter: Letter | None, language: str, draft: str, kept: frozenset[str]) -> str | None:
    """Between our own head and tail; the point stands in the place of what was refused, or at the end, unless it is
    there word for word. A greeting or a closing of its own takes the place of ours."""
    if letter is None:
        return None
    points = [block.text for block in letter.blocks if block.place is Place.POINT]
    frame = {_folded(sentence) for part in (*letter.head, *letter.tail) for sentence in sentences_of(part)}
    parts: list[str] = []
    said = False
    for paragraph in draft.split("\n"):
        sentences = [sentence for sentence in sentences_of(paragraph) if _folded(sentence) not in frame]
        passed = [sentence for sentence in sentences if _folded(sentence) in kept]
        said = said or any(_folded(sentence) not in {_folded(point) for point in points} for sentence in passed)
        if len(passed) < len(sentences) and points and not any(point in parts for point in points):
            passed += points
        if passed:
            parts.append(" ".join(passed))
    missing = [point for point in points if not any(point in part for part in parts)]
    words, place = lexicon(language), len(parts)
    if words is not None and parts and ends_politely(parts[-1], words):
        place -= 1
    parts[place:place] = missing
    return "\n\n".join(_framed(letter, parts, language)) if said else None


def _framed(letter: Letter, parts: Sequence[str], language: str) -> Iterator[str]:
    words, (signature, *more), last = lexicon(language), letter.tail, sentences_of(parts[-1]) if parts else []
    greets = words is not None and begins_politely(parts[0], words)
    yield from letter.head[:1] if greets else letter.head
    if words is not None and last and ends_politely(last[-1], words):
        names = signature.split("\n")[1:]
        yield from parts[:-1]
        yield "\n".join((parts[-1], *names))
    else:
        yield from (*parts, signature)
    yield from more


def look_schema(sentences: Sequence[Sentence]) -> dict[str, Any]:
    carriers = sorted({id for one in sentences for id in one.carriers})
    carried = {
        "type": "object",
        "properties": {
            "sentence": {"type": "string", "enum": [f"s{n}" for n in range(1, len(sentences) + 1)]},
            "carrier": {"type": "string", "enum": [*carriers, ASKS, NONE]},
        },
        "required": ["sentence", "carrier"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"carried": {"type": "array", "items": carried}},
        "required": ["carried"],
        "additionalProperties": False,
    }


class _Carried(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    sentence: str
    carrier: str


class _Look(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    carried: list[_Carried]


def kept_by(answer: str, sentences: Sequence[Sentence]) -> frozenset[Key]:
    """Of the second look: the sentences for which it names one of their own carriers, or that only ask; none
    where it can't be read."""
    for value in values_in(answer):
        try:
            look = _Look.model_validate(value)
        except ValidationError:
            continue
        carriers = {one.sentence: one.carrier for one in look.carried}
        named = ((one, carriers.get(f"s{n}", NONE)) for n, one in enumerate(sentences, 1))
        return frozenset(one.key for one, by in named if by in one.carriers or (by == ASKS and _asks(one)))
    return frozenset()


def _asks(sentence: Sentence) -> bool:
    """Advice and messages ask or propose; a claim has to be carried."""
    return sentence.where is not Field.RATIONALE or not any(character.isdigit() for character in sentence.text)


def _folded(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()
