"""Clauses that wish, ask or propose, and conditions on which these depend."""

import re

from guidance.grounding.wording.courtesies import KNOWN
from guidance.grounding.wording.words import says_is
from guidance.lexicon import PIECE, Lexicon, groups


def left_by_head(clause: str, lexicon: Lexicon) -> list[str] | None:
    """What has to be known of a clause that wishes, asks or proposes: the least that a head leaves. None where none
    begins it."""
    found = (_headed(clause, head, lexicon) for pattern in lexicon.begun if (head := pattern.match(clause)))
    return min((left for left in found if left is not None), key=lambda left: sum(map(len, left)), default=None)


def _headed(clause: str, head: re.Match[str], lexicon: Lexicon) -> list[str] | None:
    rest, named = clause[head.end() :], groups(head)
    verbs = [text for name, text in named if name == "verb"]
    words = PIECE.findall(rest)
    if any(name == "final" for name, _ in named):
        verbs = words[-2:]
    if verbs and not any(_may_do(verb, words, lexicon) for verb in verbs):
        return None
    if says_is(rest if lexicon.is_.intersection(PIECE.findall(head[0])) else f"{head[0]} {rest}", lexicon):
        return None
    deciding = lexicon.stemmed(lexicon.deciding)
    enough = " ".join(text for name, text in named if name == "enough")
    if not deciding.isdisjoint(map(lexicon.stem, PIECE.findall(enough))):
        return None
    return [*(text for name, text in named if name in KNOWN), enough, rest]


def _may_do(verb: str, words: list[str], lexicon: Lexicon) -> bool:
    """What the sender does with the reader, and for nobody."""
    stem, decides = lexicon.stem(verb), not lexicon.stemmed(lexicon.deciding).isdisjoint(map(lexicon.stem, words))
    if stem in lexicon.stemmed(lexicon.together):
        return True
    return stem in lexicon.stemmed(lexicon.makes) and not decides and not lexicon.makes_of.isdisjoint(words)


def left_by_condition(clause: str, lexicon: Lexicon) -> list[str] | None:
    """What has to be known of a condition; None where it is none. It may say “not” of what suits or is clear,
    and of nothing else."""
    found = lexicon.conditional.match(clause)
    if found is None:
        return None
    text = " ".join(text for _, text in groups(found))
    words = PIECE.findall(text)
    if lexicon.negations.isdisjoint(words):
        return [text]
    unsuited, rest, denied = lexicon.sets["unsuited"], list[str](), False
    for word in words:
        if denied and word not in unsuited | lexicon.function | lexicon.negations:
            return [text]
        denied = word in lexicon.negations or (denied and word not in unsuited)
        rest += [] if word in lexicon.negations | unsuited else [word]
    return [text] if denied else [" ".join(rest)]
