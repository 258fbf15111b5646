"""Wording of a criterion that is open, or of a content that nobody has used: that it is, and nothing else."""

import re

from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.splitting import unquoted
from guidance.lexicon import PIECE, groups

LEAST_OF_IT = 0.4
MOST_OF_IT = 0.75
"""Share of a criterion's words that is to be told: of one with several clauses, a part may not be open."""


def leaves_open(said: str, ground: Ground) -> bool:
    """`said`: a sentence or a clause, folded."""
    found = (pattern.fullmatch(said) for pattern in ground.lexicon.open_points)
    if any(match is not None and _is_open(match, ground) for match in found):
        return True
    unused = (pattern.fullmatch(said) for pattern in ground.lexicon.unused)
    if ground.is_unused and any(match is not None and _is_content(match, ground) for match in unused):
        return True
    return _tells_of_contents(said, ground)


def _tells_of_contents(said: str, ground: Ground) -> bool:
    """That none of the stage's is used, or that this one is made for the stage."""
    none_used = ground.lexicon.rationale.none_used.fullmatch(said)
    if none_used is not None and ground.pieces is not None:
        return counted(none_used) <= {ground.pieces}
    made = ground.lexicon.rationale.made_for.fullmatch(unquoted(said))
    stage = " ".join(text for name, text in groups(made) if name == "stage") if made is not None else ""
    return bool(stage) and ground.is_for_customer and is_stage(stage, ground, *ground.stage[:1])


def _is_open(found: re.Match[str], ground: Ground) -> bool:
    named = groups(found)
    stage = " ".join(text for name, text in named if name == "stage")
    if not is_stage(stage, ground) or not counted(found) <= {ground.figures.get("open")}:
        return False
    told = [text for name, text in named if name in ("x", "y")]
    if not (ground.lexicon.is_ | ground.lexicon.asserting).isdisjoint(PIECE.findall(" ".join(told))):
        return False
    told += [text for name, text in named if name == "when"]
    for text in (text for name, text in named if name == "lack"):
        words = PIECE.findall(text)
        if ground.lexicon.rationale.lacking.isdisjoint(words):
            return False
        told.append(" ".join(word for word in words if word not in ground.lexicon.rationale.lacking))
    return bool(told) and _is_of_a_criterion(" ".join(told), ground)


def is_stage(text: str, ground: Ground, *names: str) -> bool:
    """Of `names`, or of this one and the next."""
    words = ground.lexicon.function | ground.lexicon.figures.age.cue
    words |= frozenset() if names else ground.lexicon.figures.open.words
    own = ground.stems(*(names or ground.stage))
    return all(word in words or ground.lexicon.stem(word) in own for word in PIECE.findall(text))


def _is_of_a_criterion(text: str, ground: Ground) -> bool:
    lexicon = ground.lexicon
    if not lexicon.negations.isdisjoint(PIECE.findall(text)) or any(map(str.isdigit, text)):
        return False
    light = ground.stems(" ".join(lexicon.titles.any)) | lexicon.stemmed(lexicon.rationale.glue)
    stems = ground.stems(text) - light
    for criterion in ground.open_criteria:
        given = PIECE.findall(criterion.casefold())
        own, words = ground.stems(criterion), lexicon.function - lexicon.rationale.glue - set(given)
        several = not lexicon.joining.isdisjoint(given)
        enough = (MOST_OF_IT if several else LEAST_OF_IT) * len(own)
        if not words.isdisjoint(PIECE.findall(text)):
            continue
        if lexicon.negations.isdisjoint(given) and stems <= own | light and len(stems & own) >= enough:
            return True
    return False


def counted(found: re.Match[str]) -> set[int]:
    """What its `count` says, which is two in words."""
    return {int(text) if text.isdecimal() else 2 for name, text in groups(found) if name == "count"}


def _is_content(found: re.Match[str], ground: Ground) -> bool:
    text = " ".join(text for name, text in groups(found) if name == "content")
    own, stems = ground.stems(*ground.content), ground.stems(text)
    pronoun = not stems and bool(PIECE.findall(text))
    return pronoun or (bool(own & stems) and stems <= own | ground.lexicon.free)
