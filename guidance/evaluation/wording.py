"""Measures of what a model's answers read like, beside the rules' own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from guidance.actions import Candidate
from guidance.grounding.wording import sentences_of
from guidance.lexicon import Lexicon, lexicon

SCAFFOLDING = ("urgency", "due by", "own fact", "block b", "text t", "candidate", "…", "minutes, due")
"""What stands around the data in a prompt, and in no advice."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Of `actions`: `nearest`, whose title and reason have more words of their own candidate than of any other. Of
    `drafts` that the rules have: `kept`. `scaffolding`: actions with words of the prompt's own; `repeated`: sentences
    said before in the same answer, drafts apart; `reordered`: answers in another order than the rules'."""

    answers: int = 0
    actions: int = 0
    nearest: int = 0
    drafts: int = 0
    kept: int = 0
    scaffolding: int = 0
    repeated: int = 0
    reordered: int = 0

    def __add__(self, other: "Wording") -> "Wording":
        return Wording(
            self.answers + other.answers,
            self.actions + other.actions,
            self.nearest + other.nearest,
            self.drafts + other.drafts,
            self.kept + other.kept,
            self.scaffolding + other.scaffolding,
            self.repeated + other.repeated,
            self.reordered + other.reordered,
        )


def wording_of(shown: Sequence[Candidate], by_rules: Sequence[Candidate], language: str = "en") -> Wording:
    """Of one answer. Both hold the same actions, by key."""
    words, own = lexicon(language), {one.key: one for one in by_rules}
    shown = [one for one in shown if one.key in own]
    said = Counter(sentence.casefold() for one in shown for sentence in sentences_of(one.rationale))
    before = Counter(sentence.casefold() for one in shown for sentence in sentences_of(own[one.key].rationale))
    return Wording(
        answers=1,
        actions=len(shown),
        nearest=sum(_is_nearest(one, own, words) for one in shown) if words else len(shown),
        drafts=sum(own[one.key].draft is not None for one in shown),
        kept=sum(own[one.key].draft is not None and one.draft is not None for one in shown),
        scaffolding=sum(_is_scaffold(one, own[one.key]) for one in shown),
        repeated=sum((said - before).values()) - len(said - before),
        reordered=[one.key for one in shown] != [one.key for one in by_rules][: len(shown)],
    )


def _is_nearest(shown: Candidate, own: dict[str, Candidate], words: Lexicon) -> bool:
    def shared(other: Candidate) -> float:
        theirs = set(words.stems(f"{other.title} {other.rationale}"))
        return len(stems & theirs) / len(theirs) if theirs else 0.0

    stems = set(words.stems(f"{shown.title} {shown.rationale}"))
    return all(shared(own[shown.key]) >= shared(other) for other in own.values())


def _is_scaffold(shown: Candidate, own: Candidate) -> bool:
    said, before = f"{shown.title} {shown.rationale}".casefold(), f"{own.title} {own.rationale}".casefold()
    return any(part in said and part not in before for part in SCAFFOLDING)
