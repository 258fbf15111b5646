"""Titles: the same action as the rules' title, and nearer to it than to any other's."""

from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.splitting import clauses_of, folded
from guidance.grounding.wording.words import are_known, asserts, says_is, spelled, takes_for_done
from guidance.lexicon import PIECE, Lexicon

KEPT = 0.5
"""Share of its own title's words that another title has."""
VERB_LAST = frozenset({"de"})
LEAST_WORDS = 2


def is_title(title: str, ground: Ground) -> bool:
    lexicon = ground.lexicon
    said = lexicon.phrases.sub(" ", spelled(folded(title), lexicon))
    words = PIECE.findall(said)
    if (
        len(words) < LEAST_WORDS
        or asserts(said, lexicon)
        or _tells(said, lexicon)
        or not lexicon.delaying.isdisjoint(words)
        or takes_for_done(said, title, ground, ground.title)
    ):
        return False
    verb = _verb(words, ground)
    rest = " ".join(word for word in words if word != verb) if verb else said
    known = lexicon.free | ground.light | ground.stems(ground.title, *ground.about, *ground.names)
    return are_known(rest, ground, known) and _is_the_same_action(said, words, verb, ground)


def _tells(said: str, lexicon: Lexicon) -> bool:
    return any(says_is(clause, lexicon) for clause in clauses_of(said))


def _verb(words: list[str], ground: Ground) -> str | None:
    """That it begins with, or ends with where verbs do so."""
    titles = ground.lexicon.titles
    verbs = titles.asks | titles.arranges | titles.gives
    if words[0] in verbs:
        return words[0]
    return words[-1] if ground.lexicon.language in VERB_LAST and words[-1] in verbs else None


def _is_the_same_action(said: str, words: list[str], verb: str | None, ground: Ground) -> bool:
    own, stems = ground.stems(ground.title, *ground.about), ground.stems(said) - _light(ground)
    others = [ground.stems(title) for title in ground.titles]
    shared, of_others = len(own & stems), max((len(other & stems) for other in others), default=0)
    if (
        verb is not None
        and ground.is_activity
        and verb not in ground.lexicon.titles.asks
        and _may_do(verb, words, ground)
    ):
        return bool(ground.stems(ground.title) & stems) and shared >= of_others
    if verb is not None and _may_do(verb, words, ground):
        return bool(_about(own & stems, others, ground)) and shared >= of_others
    title = ground.stems(ground.title)
    [first, *_] = PIECE.findall(folded(ground.title)) or [""]
    same = words[0] == first or words[0] in ground.lexicon.titles.asks
    return same and len(title & stems) >= KEPT * len(title) and len(title & stems) > of_others


def _may_do(verb: str, words: list[str], ground: Ground) -> bool:
    """Anything may be asked for; only what is done together may be proposed or given: whoever proposes what the
    customer does, might do it."""
    titles = ground.lexicon.titles
    meets = not titles.meetings.isdisjoint(words)
    return (
        verb in titles.asks
        or (verb in titles.arranges and (ground.is_activity or meets))
        or (verb in titles.gives and (ground.is_activity or bool(ground.content)))
    )


def _about(stems: frozenset[str], others: list[frozenset[str]], ground: Ground) -> frozenset[str]:
    """What no other action is about, and not any."""
    return stems - _light(ground) - frozenset().union(*others)


def _light(ground: Ground) -> frozenset[str]:
    titles = ground.lexicon.titles
    return ground.lexicon.stemmed(titles.any | titles.asks | titles.arranges)
