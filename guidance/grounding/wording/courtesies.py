"""Clauses that are polite and say nothing else."""

import re

from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.splitting import folded
from guidance.lexicon import PIECE, Lexicon, groups

KNOWN = ("known", "what")
"""Groups of which all words have to be known."""


def begins_politely(sentence: str, lexicon: Lexicon) -> bool:
    return lexicon.salutation.match(sentence.casefold()) is not None


def ends_politely(sentence: str, lexicon: Lexicon) -> bool:
    return re.fullmatch(lexicon.valediction, folded(sentence).rstrip(", ")) is not None


def left_by_courtesy(clause: str, ground: Ground) -> list[str] | None:
    """What has to be known of a clause that is a courtesy; None where it is none."""
    for pattern in ground.lexicon.polite:
        found = pattern.fullmatch(clause)
        if found is not None and _is_of_its_sets(groups(found), ground):
            return [text for name, text in groups(found) if name in KNOWN]
    return _by_two(clause, ground)


def _by_two(clause: str, ground: Ground) -> list[str] | None:
    for joint in re.finditer(r"\s", clause):
        rest = clause[joint.end() :]
        after = without_lead(rest, ground.lexicon)
        if after != rest and (second := left_by_courtesy(after, ground)) is not None:
            first = left_by_courtesy(clause[: joint.start()], ground)
            return None if first is None else [*first, *second]
    return None


def without_lead(clause: str, lexicon: Lexicon) -> str:
    first, _, rest = clause.partition(" ")
    return rest if first in lexicon.lead and rest else clause


def _is_of_its_sets(named: list[tuple[str, str]], ground: Ground) -> bool:
    return all(_is_of(name, text, ground) for name, text in named if name not in KNOWN)


def _is_of(name: str, text: str, ground: Ground) -> bool:
    lexicon, words = ground.lexicon, PIECE.findall(text)
    if name == "self":
        names = {word for one in ground.sender for word in PIECE.findall(one.casefold())}
        return all(word in names or word in lexicon.function for word in words) and (
            not words or not names.isdisjoint(words)
        )
    if name == "content":
        own = ground.stems(*ground.content)
        own |= lexicon.stemmed(lexicon.contents) if own else frozenset()
        stems = ground.stems(text)
        return bool(own & stems) and stems <= own | lexicon.free and lexicon.negations.isdisjoint(words)
    return all(word in lexicon.sets[name] or word in lexicon.function for word in words)
