"""Sentences of a reason: cited facts in other words, what is open in the words of what is, and advice."""

import re
from collections.abc import Sequence

from guidance.grounding.stated import says_what_is_open
from guidance.grounding.wording.activities import tells_of_activity
from guidance.grounding.wording.figures import plain_figures, tells_figures
from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.open_points import leaves_open
from guidance.grounding.wording.splitting import clauses_of, folded
from guidance.grounding.wording.words import are_known, asserts, says_is, spelled, takes_for_done, without_times
from guidance.lexicon import PIECE, Lexicon, groups

AMOUNT = re.compile(r"^(?:\w+ ){0,2}\d+ (?:eur|euros?)\b(?=.)")
"""What advice may begin with."""


def is_reason(sentence: str, ground: Ground) -> bool:
    lexicon = ground.lexicon
    if sentence.rstrip(' ”»"').endswith("?") or not lexicon.delaying.isdisjoint(PIECE.findall(folded(sentence))):
        return False
    said = plain_figures(spelled(folded(sentence), lexicon), ground)
    criteria = [folded(one) for one in ground.open_criteria]
    activity = folded(ground.open_activity) if ground.open_activity else None
    if says_what_is_open(said, criteria, activity, lexicon) or leaves_open(said, ground):
        return True
    clauses = clauses_of(said)
    return bool(clauses) and all(
        _may_be_told(clause, clauses[:n], sentence, ground) for n, clause in enumerate(clauses)
    )


def _may_be_told(clause: str, before: Sequence[str], sentence: str, ground: Ground) -> bool:
    """As one statement, or as two of which each may be told."""
    if _is_told(clause, before, sentence, ground):
        return True
    joints = ground.lexicon.rationale.both.finditer(clause)
    return any(
        _is_told(clause[: joint.start()], before, sentence, ground)
        and _may_be_told(clause[joint.end() :], (), sentence, ground)
        for joint in joints
    )


def _is_told(clause: str, before: Sequence[str], sentence: str, ground: Ground) -> bool:
    lexicon = ground.lexicon
    if lexicon.rationale.beyond.fullmatch(clause):
        return bool(before)
    clause = lexicon.rationale.connectors.sub("", clause).strip(' “”„«»"')
    if not clause or lexicon.rationale.beyond.fullmatch(clause):
        return True
    if tells_figures(clause, ground, *before[-1:]) or tells_of_activity(clause, ground):
        return True
    amount = AMOUNT.match(clause)
    if amount is not None and tells_figures(amount[0], ground):
        clause = clause[amount.end() :].strip()
    if leaves_open(clause, ground) or clause in ground.whole:
        return True
    if asserts(clause, lexicon) or takes_for_done(clause, sentence, ground, ground.title):
        return False
    depends = bool(before) and bool(lexicon.subordinators.intersection(PIECE.findall(clause)[:3]))
    clause = without_times(clause, lexicon)
    return _advises(clause, ground) or (depends and not says_is(clause, lexicon) and are_known(clause, ground))


def _advises(clause: str, ground: Ground) -> bool:
    """It begins with what the action begins with, or as advice does; what should be asked or talked about, is advice as
    well."""
    lexicon, words = ground.lexicon, PIECE.findall(clause)
    verbs = lexicon.rationale.imperatives | lexicon.titles.asks
    for head in (head for pattern in lexicon.advice if (head := pattern.match(clause)) is not None):
        named, rest = groups(head), clause[head.end() :]
        does = [text for name, text in named if name == "verb" and text not in lexicon.function]
        rest = " ".join((*(text for name, text in named if name == "known"), rest))
        if all(_is_one_of(verb, verbs, lexicon) for verb in does) and _is_plain(rest, ground):
            return True
    [own, *_] = PIECE.findall(folded(ground.title)) or [""]
    if not words or says_is(clause, lexicon):
        return False
    first = words[0]
    if first in verbs:
        clause = clause.partition(first)[2]
    begins = first in verbs or first == own or (lexicon.language == "de" and words[-1] in verbs)
    should = not lexicon.rationale.obliging.isdisjoint(words) and any(
        word in lexicon.titles.meetings or _is_one_of(word, verbs, lexicon) for word in words
    )
    return (begins or should) and are_known(clause, ground)


def _is_plain(rest: str, ground: Ground) -> bool:
    return not says_is(rest, ground.lexicon) and are_known(rest, ground)


def _is_one_of(verb: str, verbs: frozenset[str], lexicon: Lexicon) -> bool:
    return lexicon.stem(verb) in lexicon.stemmed(verbs)
