"""What an answer may draw on: everything the model was told, and apart from that whose word it is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from guidance.actions import Candidate
from guidance.briefing import Briefing
from guidance.cleaning import clean, visible
from guidance.facts import Facts, Reader

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Sources:
    """`given`: all that the model was told, with the drafts of the rules. `trusted`, by candidate: the rules' and the
    playbook's own words for it. `written`: what partners and customers wrote, names apart. `names`: those names.
    `stages`, `internal_titles`: names of stages and titles of contents that no customer hears of."""

    given: str
    trusted: Mapping[str, str]
    written: tuple[str, ...]
    names: str
    briefing: Briefing = field(repr=False)
    stages: tuple[str, ...] = ()
    internal_titles: tuple[str, ...] = ()

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(words(self.given))

    @cached_property
    def spaced(self) -> str:
        return f" {spaced(self.given)} "

    @cached_property
    def folded(self) -> str:
        return folded(self.given)


def sources_of(facts: Facts, briefing: Briefing) -> Sources:
    drafts = [
        _message(ranked.candidate).replace(facts.deal.owner or "\0", "") for ranked in briefing.candidates.values()
    ]
    told = [clean(text, LONGEST_TEXT) for text in (*_texts(briefing.variables), *drafts)]
    partner = facts.partner.name if facts.partner else ""
    deal = facts.deal
    return Sources(
        given="\n".join(told),
        trusted={handle: _trusted(handle, briefing) for handle in briefing.candidates},
        written=tuple(clean(text, LONGEST_TEXT) for text in _written(facts) if text),
        names="\n".join(clean(name) for name in (deal.name, deal.account.name, partner)),
        briefing=briefing,
        stages=(facts.stage.name, *((facts.next_stage.name,) if facts.next_stage else ())),
        internal_titles=tuple(
            one.title for one in briefing.contents.values() if one.reader is not Reader.CUSTOMER and one.title.strip()
        ),
    )


def folded(text: str) -> str:
    """For comparing: letter case, quotes and white space don't count."""
    return " ".join(visible(text).casefold().translate(QUOTES).split())


def spaced(text: str) -> str:
    """Nothing but words, with single blanks between."""
    return " ".join(re.findall(r"\w+", visible(text).casefold()))


def words(text: str) -> list[str]:
    return [word.casefold().replace("’", "'").removesuffix("'s") for word in WORD.findall(text)]


QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


def _trusted(handle: str, briefing: Briefing) -> str:
    candidate = briefing.candidates[handle].candidate
    parts = [candidate.title, candidate.rationale, _message(candidate)]
    parts += [text for one in candidate.evidence for text in (one.fact, one.value, one.source)]
    parts += [text for content in briefing.contents.values() for text in (content.title, content.summary)]
    return "\n".join(parts)


def _message(candidate: Candidate) -> str:
    return candidate.draft or ""


def _written(facts: Facts) -> Iterator[str]:
    yield facts.deal.next_step or ""
    yield facts.deal.notes or ""
    yield from (question.answer or "" for question in facts.questions)
    yield from (response.reason or "" for response in facts.responses)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
