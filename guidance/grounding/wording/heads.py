"""Clauses that wish, ask or propose, and conditions on which these depend."""

import re

from guidance.grounding.wording.courtesies import KNOWN
from guidance.grounding.wording.words import says_is
from guidance.lexicon import PIECE, Lexicon, groups

NEAR = 5
"""Words behind a verb among which is what it is done with."""


def left_by_head(clause: str, lexicon: Lexicon) -> list[str] | None:
    """What has to be known of a clause that wishes, asks or proposes: the least that a head leaves. None where none
    begins it."""
    found = (_headed(clause, head, lexicon) for pattern in lexicon.begun if (head := pattern.match(clause)))
    return min((left for left in found if left is not None), key=lambda left: sum(map(len, left)), default=None)


def speaks_of_sender(clause: str, lexicon: Lexicon) -> bool:
    heads = (pattern.match(clause) for pattern in lexicon.begun)
    return any(name == "me" for head in heads if head is not None for name, _ in groups(head))


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
    slot = " ".join(text for name, text in named if name == "slot")
    occasion = slot or " ".join(text for name, text in named if name == "occasion")
    will = [f"{text} {rest}" for name, text in named if name in ("enough", "occasion", "slot", "will")]
    if any(not deciding.isdisjoint(map(lexicon.stem, PIECE.findall(one))) for one in will):
        return None
    if any(name == "will" for name, _ in named) and not is_occasion(rest, lexicon):
        return None
    if not is_occasion(occasion, lexicon) or (slot and not _is_of_any(f"{slot} {rest}", lexicon)):
        return None
    return [*(text for name, text in named if name in KNOWN), enough, occasion, rest]


def _is_of_any(text: str, lexicon: Lexicon) -> bool:
    """It speaks of nobody in particular."""
    plain = lexicon.function | lexicon.time_words | lexicon.occasions | lexicon.sets["unsuited"]
    return plain.issuperset(PIECE.findall(text))


def is_occasion(text: str, lexicon: Lexicon) -> bool:
    """Nothing, or a meeting, an answer, a time: what may be so without anybody's doing."""
    named = (lexicon.occasions | lexicon.titles.meetings | lexicon.time_words) - lexicon.function
    words = PIECE.findall(text)
    if lexicon.function.issuperset(words):
        return not words or not lexicon.occasions.isdisjoint(words)
    return lexicon.is_.isdisjoint(words) and not lexicon.stemmed(named).isdisjoint(map(lexicon.stem, words))


def _may_do(verb: str, words: list[str], lexicon: Lexicon) -> bool:
    """What the sender does with the reader, and for nobody."""
    stem, decides = lexicon.stem(verb), not lexicon.stemmed(lexicon.deciding).isdisjoint(map(lexicon.stem, words))
    if stem in lexicon.stemmed(lexicon.together):
        return True
    return (
        stem in lexicon.stemmed(lexicon.makes)
        and not decides
        and not lexicon.makes_of.isdisjoint(words[:NEAR] if verb not in words else words)
    )


def left_by_opening(clause: str, lexicon: Lexicon) -> list[str] | None:
    """What has to be known of what a sentence may begin with, such as “for the workshop” or “if so”."""
    found = lexicon.opening.fullmatch(clause)
    if found is None or not all(is_occasion(text, lexicon) for name, text in groups(found) if name == "occasion"):
        return None
    return [text for _, text in groups(found)]


def left_by_condition(clause: str, lexicon: Lexicon) -> list[str] | None:
    """What has to be known of a condition; None where it is none. It may say “not”, but for an answer that doesn't
    come: then, only of what suits or is clear, or that somebody can't."""
    found = lexicon.conditional.match(clause)
    if found is None:
        return None
    words = [
        word
        for _, text in groups(found)
        for word in PIECE.findall(text)
        if word not in lexicon.asserting | lexicon.lately
    ]
    text = " ".join(words)
    if lexicon.negations.isdisjoint(words):
        return [text]
    if not lexicon.able.isdisjoint(words):
        return [" ".join(word for word in words if word not in lexicon.negations)]
    if lexicon.unanswered.isdisjoint(words):
        return [" ".join(word for word in words if word not in lexicon.denials)]
    unsuited, rest, denied = lexicon.sets["unsuited"], list[str](), False
    for word in words:
        if denied and word not in unsuited | lexicon.function | lexicon.negations:
            return [text]
        denied = word in lexicon.negations or (denied and word not in unsuited)
        rest += [] if word in lexicon.negations | unsuited else [word]
    return [text] if denied else [" ".join(rest)]
