"""Titles: the same action as the rules' title, and nearer to it than to any other's."""

from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.splitting import clauses_of, folded
from guidance.grounding.wording.words import are_known, asserts, says_is, spelled, takes_for_done
from guidance.lexicon import PIECE, Lexicon, groups

KEPT = 0.5
"""Share of its own title's words that another title has."""
REFLEXIVE = frozenset({"se", "s"})
ASKED = frozenset({"to"})
"""“Ask them to look at it and sign.”"""
VERB_LAST = frozenset({"de"})
LEAST_WORDS = 2


def is_title(title: str, ground: Ground) -> bool:
    lexicon = ground.lexicon
    said, titles = lexicon.phrases.sub(" ", spelled(folded(title), lexicon)), lexicon.titles
    words = PIECE.findall(said)
    if (
        len(words) < LEAST_WORDS
        or asserts(said, lexicon)
        or _tells(said, lexicon)
        or not lexicon.delaying.isdisjoint(words)
        or lexicon.titles.presuming.search(said) is not None
        or _decides_beside(said, lexicon)
        or not (titles.aftermath - set(PIECE.findall(folded(ground.title)))).isdisjoint(words)
        or takes_for_done(said, title, ground, ground.title)
    ):
        return False
    if _resumes(said, ground):
        return True
    verb = _verb(said, words, ground)
    rest = " ".join(word for word in words if word != verb) if verb else said
    known = (
        lexicon.free | ground.light | ground.stems(ground.title, *ground.about, *ground.names) | _named_stage(ground)
    )
    return are_known(rest, ground, known) and _is_the_same_action(said, words, verb, ground)


def _decides_beside(said: str, lexicon: Lexicon) -> bool:
    """“Agree it and sign”, or “freigeben und dann fragen” where verbs stand last."""
    for joint in lexicon.rationale.both.finditer(said):
        before, after = PIECE.findall(said[: joint.start()]), PIECE.findall(said[joint.end() :])
        if lexicon.language in VERB_LAST and not lexicon.titles.signs.isdisjoint(before[-1:]):
            return True
        is_asked = not ASKED.isdisjoint(before)
        if not is_asked and not lexicon.titles.signs.isdisjoint([w for w in after if w not in lexicon.function][:1]):
            return True
    return False


def _tells(said: str, lexicon: Lexicon) -> bool:
    return any(says_is(clause, lexicon) for clause in clauses_of(said))


def _named_stage(ground: Ground) -> frozenset[str]:
    """Stems of this stage's name, unless it is a decision."""
    return ground.stems(*ground.stage[:1]) - ground.lexicon.stemmed(ground.lexicon.deciding)


def _resumes(said: str, ground: Ground) -> bool:
    """Contact is taken up again, and nothing else."""
    names = {word for name in ground.names for word in PIECE.findall(name.casefold())}
    found = (pattern.fullmatch(said) for pattern in ground.lexicon.resumes)
    whom = (PIECE.findall(" ".join(text for _, text in groups(match))) for match in found if match is not None)
    plain = ground.lexicon.function | ground.lexicon.titles.any | names
    return ground.is_resuming and any(plain.issuperset(words) for words in whom)


def _verb(said: str, words: list[str], ground: Ground) -> str | None:
    """That it begins with, or that it or its first clause ends with where verbs do so."""
    titles = ground.lexicon.titles
    verbs = titles.asks | titles.arranges | titles.gives | titles.does | titles.studies
    places = words[:1] if words[0] not in REFLEXIVE else words[1:2]
    if ground.lexicon.language in VERB_LAST:
        first = next(iter(clauses_of(said)), "")
        places += [*words[-1:], *PIECE.findall(first)[-1:]]
        places += [word for part in ground.lexicon.rationale.both.split(first) for word in PIECE.findall(part)[-1:]]
    return next((word for word in places if word in verbs), None)


def _is_the_same_action(said: str, words: list[str], verb: str | None, ground: Ground) -> bool:
    own, stems = ground.stems(ground.title, *ground.about), ground.stems(said) - _light(ground)
    others = [ground.stems(title) for title in ground.titles]
    shared, of_others = len(own & stems), max((len(other & stems) for other in others), default=0)
    titles = ground.lexicon.titles
    does = verb is not None and _may_do(verb, said, words, ground)
    if does and ground.is_activity and (verb not in titles.asks or verb in titles.does | titles.gives):
        rivals = [
            ground.stems(title) for title in (ground.rivals if verb in titles.gives | titles.does else ground.titles)
        ]
        return bool(ground.stems(ground.title) & stems) and shared >= max(
            (len(one & stems) for one in rivals), default=0
        )
    if does:
        near = [other for other, said in zip(others, ground.titles, strict=True) if said not in ground.rivals]
        return bool(_about(own & stems, near if verb in titles.asks else others, ground)) and shared >= of_others
    title = ground.stems(ground.title)
    [first, *_] = PIECE.findall(folded(ground.title)) or [""]
    same = words[0] == first or words[0] in ground.lexicon.titles.asks
    return same and len(title & stems) >= KEPT * len(title) and len(title & stems) > of_others


def _may_do(verb: str, said: str, words: list[str], ground: Ground) -> bool:
    """Anything may be asked for; only what is done together may be proposed or given: whoever proposes what the
    customer does, might do it."""
    titles = ground.lexicon.titles
    meets = not titles.meetings.isdisjoint(words)
    return (
        (verb in titles.asks and not _does_their_part(verb, words, ground))
        or (verb in titles.does and ground.is_activity)
        or (verb in titles.studies and ground.is_study)
        or (verb in titles.arranges and (ground.is_activity or meets or titles.proposes.search(said) is not None))
        or (verb in titles.gives and (ground.is_activity or (bool(ground.content) and not ground.is_study)))
    )


def _does_their_part(verb: str, words: list[str], ground: Ground) -> bool:
    """What the customer is to do, and not with them."""
    titles, stem = ground.lexicon.titles, ground.lexicon.stem(verb)
    is_theirs = not ground.is_activity and verb not in titles.arranges and stem in ground.stems(*ground.about)
    return is_theirs and titles.jointly.isdisjoint(words)


def _about(stems: frozenset[str], others: list[frozenset[str]], ground: Ground) -> frozenset[str]:
    """What no other action is about, and not any."""
    return stems - _light(ground) - frozenset().union(*others)


def _light(ground: Ground) -> frozenset[str]:
    titles = ground.lexicon.titles
    return ground.lexicon.stemmed(titles.any | titles.asks | titles.arranges)
