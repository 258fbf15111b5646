"""Clauses that tell that something is open, in whatever words and order: one operator, such as “not yet”, “is missing”
or “has to”, and beside it nothing but the words of an open criterion or of the activity still to do.

What isn't an operator may neither assert nor deny: so nothing but the operator says how things stand.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.splitting import unquoted
from guidance.lexicon import PIECE, groups

LEAST_OF_IT = 0.25
MOST_OF_IT = 0.75
"""Share of a criterion's words that is to be told: of one with several clauses, a part may not be open."""
LEAST_PART = 5
"""Letters of a German word that stands for a compound that ends with it."""


class Told(NamedTuple):
    """`rest`: the clause without its operator; `needs`: that says that something is required; `denies`: or that it is
    not done."""

    rest: str
    needs: bool
    denies: bool


def leaves_it_open(clause: str, others: Sequence[str], ground: Ground) -> bool:
    """`others`: further clauses of the sentence, which may tell the rest of a criterion."""
    told = _told(clause, ground)
    if told is None:
        return False
    if _is_activity(told, ground) or (told.needs and _is_it(told.rest, others, ground)):
        return True
    beside = [one.rest for one in (_told(other, ground) for other in others) if one is not None]
    return any(
        _is_of(criterion, told.rest, beside, ground, denies=told.denies)
        for criterion in ground.open_criteria
        if not _is_placed(told, frozenset(PIECE.findall(criterion.casefold())), ground)
    )


def _is_it(rest: str, others: Sequence[str], ground: Ground) -> bool:
    """Nothing is named but what another clause tells to be open."""
    lexicon = ground.lexicon
    plain = lexicon.rationale.glue | lexicon.openness.beside | lexicon.openness.it
    return plain.issuperset(PIECE.findall(rest)) and any(leaves_it_open(other, (), ground) for other in others)


def holds_up(clause: str, others: Sequence[str], ground: Ground) -> bool:
    """The deal stays where it is, or what it takes to go on; which is so where something required is open. Or until
    when it does, where another clause, or the rest of this one, says that it does."""
    ways, said = ground.lexicon.openness, unquoted(clause)
    for joint in (*ways.until.finditer(said), *ways.while_.finditer(said)):
        before = [said[: joint.start()].strip(" ,")] if joint.start() else others
        if _is_until(joint, said, ground) and any(_stays(one, ground) for one in before):
            return True
    return _stays(said, ground)


def _is_until(joint: re.Match[str], said: str, ground: Ground) -> bool:
    """Nothing but what is open, which is so later, or isn't so now."""
    lexicon, words = ground.lexicon, PIECE.findall(said[joint.end() :])
    lacking = lexicon.negations | lexicon.rationale.lacking
    denied = not lacking.isdisjoint(words)
    telling = lacking | lexicon.asserting | lexicon.is_ | lexicon.openness.passive | lexicon.openness.performed
    rest = " ".join(word for word in words if word not in telling)
    if denied is (joint.re is lexicon.openness.until) or re.search(r"[\d¤]", said) is not None:
        return False
    return _is_activity(Told(rest, needs=True, denies=False), ground) or any(
        _is_of(criterion, rest, (), ground) for criterion in ground.open_criteria
    )


def _stays(said: str, ground: Ground) -> bool:
    lexicon = ground.lexicon
    open_ = [*ground.open_criteria, *([ground.to_do] if ground.to_do and ground.is_required else [])]
    lacks = lexicon.openness.without.match(said)
    if lacks is not None and any(_is_named(lacks, one, ground) for one in open_):
        said = said[lacks.end() :].strip(" ,")
    else:
        said = lexicon.openness.without_it.sub("", said).strip(" ,")
    if not open_:
        return False
    found = lexicon.blocked.fullmatch(said)
    if _is_held(said, ground):
        return True
    if found is None:
        return False
    words = lexicon.function | lexicon.figures.age.cue | lexicon.openness.beside
    own = ground.stems(*ground.stage)
    named = " ".join(text for _, text in groups(found))
    return all(word in words or lexicon.stem(word) in own for word in PIECE.findall(named))


def _is_held(said: str, ground: Ground) -> bool:
    """Nothing but that the deal is held, or doesn't move."""
    ways, words = ground.lexicon.held, PIECE.findall(said)
    held, moves = not ways.held.isdisjoint(words), not ways.moves.isdisjoint(words)
    denied = sum(word in ground.lexicon.figures.denying for word in words)
    plain = ways.held | ways.moves | ways.beside | ground.lexicon.figures.denying
    named = [word for word in words if word not in plain]
    rest, stage = " ".join(named), ground.stems(*ground.stage)
    of_it = held and any(_is_of(one, rest, (), ground, least=MOST_OF_IT) for one in ground.open_criteria)
    known = of_it or all(ground.lexicon.stem(word) in stage for word in named)
    return (
        known and re.search(r"[\d¤]", said) is None and ((held and not denied) or (moves and not held and denied == 1))
    )


def _is_named(lacks: re.Match[str], what: str, ground: Ground) -> bool:
    """“without this approval”, of a criterion that speaks of it."""
    lexicon = ground.lexicon
    words = [word for _, text in groups(lacks) for word in PIECE.findall(text)]
    stems = frozenset(lexicon.stem(word) for word in words if word not in lexicon.function)
    return bool(stems) and stems <= ground.stems(what)


def _told(clause: str, ground: Ground) -> Told | None:
    lexicon = ground.lexicon
    ways, said = lexicon.openness, unquoted(clause)
    found = [
        (match, pattern) for pattern in (ways.not_done, ways.lacking, ways.needing) for match in pattern.finditer(said)
    ]
    if len(found) != 1 or ways.spoilt.search(said) is not None or re.search(r"[\d¤]", said):
        return None
    match, pattern = found[0]
    kept = " ".join(text for _, text in groups(match))
    rest = f"{said[: match.start()]} {kept} {said[match.end() :]}"
    words = PIECE.findall(rest)
    telling = (lexicon.is_ | lexicon.asserting | lexicon.negations) - ways.passive - ways.beside
    if not telling.isdisjoint(words):
        return None
    return Told(" ".join(words), needs=pattern is ways.needing, denies=pattern is ways.not_done)


def _is_placed(told: Told, given: frozenset[str], ground: Ground) -> bool:
    """“not part of this stage” denies another thing than that it is done."""
    lexicon = ground.lexicon
    rest = next((told.rest[: one.start()] for one in lexicon.rationale.beyond.finditer(told.rest) if one[0]), told.rest)
    places = lexicon.figures.age.cue | lexicon.figures.counts["points"] | lexicon.titles.any
    return told.denies and not (places - given - lexicon.function).isdisjoint(PIECE.findall(rest))


def _stems(rest: str, own: frozenset[str], given: frozenset[str], ground: Ground) -> frozenset[str] | None:
    """What is named beside what any such clause may say; None where a word is neither."""
    lexicon = ground.lexicon
    plain = lexicon.rationale.glue | lexicon.openness.beside | lexicon.openness.passive | given
    plain |= frozenset() if ground.is_advice else lexicon.openness.yours
    words = [word for word in PIECE.findall(rest) if word not in plain]
    if any(word in lexicon.function for word in words):
        return None
    stems = frozenset(lexicon.stem(word) for word in words) - ground.stems(*ground.stage[:1]) | (
        ground.stems(*words) & own
    )
    if lexicon.language == "de":
        stems = frozenset(
            next((one for one in own if len(stem) >= LEAST_PART and one.endswith(stem)), stem) for stem in stems
        )
    return stems


def _is_of(
    criterion: str,
    rest: str,
    beside: Sequence[str],
    ground: Ground,
    *,
    denies: bool = False,
    least: float = LEAST_OF_IT,
) -> bool:
    lexicon = ground.lexicon
    given = frozenset(PIECE.findall(criterion.casefold()))
    own = ground.stems(*(given - lexicon.asserting - lexicon.is_))
    if not lexicon.negations.isdisjoint(given):
        return False
    light = lexicon.stemmed(lexicon.titles.any | (lexicon.openness.performed if denies else frozenset()))
    light |= ground.stems(ground.asked.get(criterion, ""))
    stems = _stems(rest, own | light, given & lexicon.function, ground)
    if stems is None or not stems <= own | light or not stems & (own | light):
        return False
    further = (_stems(other, own, given & lexicon.function, ground) for other in beside)
    union = stems.union(*(one for one in further if one is not None and one <= own | light))
    several = not lexicon.joining.isdisjoint(given)
    return len(union & own) >= (MOST_OF_IT if several else least) * len(own)


def _is_activity(told: Told, ground: Ground) -> bool:
    """In its own words, half of them, or as “it”."""
    lexicon = ground.lexicon
    if ground.to_do is None or (told.needs and not ground.is_required):
        return False
    words, ways = PIECE.findall(told.rest), lexicon.openness
    if _is_placed(told, frozenset(PIECE.findall(" ".join((ground.to_do, *ground.about)).casefold())), ground):
        return False
    is_it = not (ways.it | lexicon.rationale.pointing).isdisjoint(words) or ways.beside.issuperset(words)
    for text in (ground.to_do, *(ground.about if ground.is_activity else ())):
        own = ground.stems(text)
        stems = _stems(told.rest, own, ways.it, ground)
        known = own | ground.stems(ground.to_do) | ground.light | lexicon.stemmed(ways.performed)
        if stems is not None and stems <= known and (is_it or 2 * len(stems & own) >= len(own)):
            return True
    return False
