"""Sentences of a reason: cited facts in other words, what is open in the words of what is, and advice."""

import itertools
import re
from collections.abc import Sequence

from guidance.grounding.stated import says_what_is_open
from guidance.grounding.wording.activities import tells_of_activity
from guidance.grounding.wording.figures import in_days, plain_figures, tells_figures, tells_silence
from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.heads import is_occasion
from guidance.grounding.wording.open_points import leaves_open
from guidance.grounding.wording.openness import holds_up, leaves_it_open
from guidance.grounding.wording.splitting import clauses_of, folded
from guidance.grounding.wording.words import are_known, asserts, says_is, spelled, takes_for_done, without_times
from guidance.lexicon import PIECE, Lexicon, groups

INSERTED, MOST_CLAUSES = 2, 5
FIGURE = re.compile(r"[\d¤]")


def is_reason(sentence: str, ground: Ground) -> bool:
    lexicon = ground.lexicon
    if sentence.rstrip(' ”»"').endswith("?") or not lexicon.delaying.isdisjoint(PIECE.findall(folded(sentence))):
        return False
    plain = plain_figures(spelled(folded(sentence), lexicon), ground)
    return any(_is_reason(said, sentence, ground) for said in in_days(plain, ground))


def _is_reason(said: str, sentence: str, ground: Ground) -> bool:
    lexicon = ground.lexicon
    criteria = [folded(one) for one in ground.open_criteria]
    activity = folded(ground.open_activity) if ground.open_activity else None
    if says_what_is_open(said, criteria, activity, lexicon) or leaves_open(said, ground):
        return True
    clauses = clauses_of(said)
    orders = [clauses]
    if len(clauses) <= MOST_CLAUSES:  # a comma may stand within one
        orders += [
            [*clauses[:n], f"{one} {two}", *clauses[n + 2 :]]
            for n, (one, two) in enumerate(itertools.pairwise(clauses))
        ]
    if len(clauses) > INSERTED:  # the second one may stand within the first
        orders.append([f"{clauses[0]} {clauses[2]}", clauses[1], *clauses[3:]])
    return any(_are_told(order, sentence, ground) for order in orders)


def _are_told(clauses: Sequence[str], sentence: str, ground: Ground) -> bool:
    return bool(clauses) and all(
        leaves_it_open(clause, (*clauses[:n], *clauses[n + 1 :]), ground)
        or holds_up(clause, (*clauses[:n], *clauses[n + 1 :]), ground)
        or _may_be_told(clause, clauses[:n], sentence, ground)
        for n, clause in enumerate(clauses)
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
    if leaves_it_open(clause, before, ground) or holds_up(clause, before, ground):
        return True
    if says_what_is_open(clause, [folded(one) for one in ground.open_criteria], None, lexicon):
        return True
    if (
        tells_figures(clause, ground, *before[-1:])
        or tells_silence(clause, ground)
        or tells_of_activity(clause, ground)
    ):
        return True
    if leaves_open(clause, ground) or clause in ground.whole or _is_led_by_figure(clause, sentence, ground):
        return True
    if asserts(clause, lexicon) or takes_for_done(clause, sentence, ground, ground.title):
        return False
    depends = bool(before) and bool(lexicon.subordinators.intersection(PIECE.findall(clause)[:3]))
    clause = without_times(clause, lexicon)
    if before and _goes_on(clause, ground):
        return True
    return _advises(clause, ground) or (depends and not says_is(clause, lexicon) and are_known(clause, ground))


def _is_led_by_figure(clause: str, sentence: str, ground: Ground) -> bool:
    """A figure, and then what may be told: “with 48,000 EUR at stake it would be …”, “18 days … are a good reason to
    call”."""
    if FIGURE.search(clause) is None:
        return False
    return any(
        tells_figures(clause[: gap.start()], ground) and _is_told(clause[gap.end() :], (clause,), sentence, ground)
        for gap in re.finditer(r" ", clause)
    )


def _goes_on(clause: str, ground: Ground) -> bool:
    """“…, to get back into conversation”."""
    lexicon = ground.lexicon
    found = lexicon.rationale.tail.fullmatch(clause) if lexicon.rationale.tail is not None else None
    verbs = lexicon.rationale.imperatives | lexicon.titles.asks
    return (
        found is not None
        and all(_is_one_of(verb, verbs, lexicon) for _, verb in groups(found))
        and _is_plain(clause, ground)
    )


def _advises(clause: str, ground: Ground) -> bool:
    """It begins with what the action begins with, or as advice does; what should be asked or talked about, is advice as
    well."""
    lexicon, words = ground.lexicon, PIECE.findall(clause)
    verbs = lexicon.rationale.imperatives | lexicon.titles.asks
    for head in (head for pattern in lexicon.advice if (head := pattern.match(clause)) is not None):
        named, rest = groups(head), clause[head.end() :]
        occasion = " ".join(text for name, text in named if name == "occasion")
        if occasion and not is_occasion(occasion, lexicon):
            continue
        if not any(name == "verb" for name, _ in named) and _settles(rest, lexicon):
            continue
        does = [text for name, text in named if name == "verb" and text not in lexicon.function]
        rest = " ".join((*(text for name, text in named if name in ("known", "occasion")), rest))
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


def _settles(rest: str, lexicon: Lexicon) -> bool:
    """It decides, and doesn't ask for that."""
    stems = {lexicon.stem(word) for word in PIECE.findall(rest)}
    asks = stems & lexicon.stemmed(lexicon.titles.asks)
    return not asks and not lexicon.stemmed(lexicon.deciding).isdisjoint(stems)


def _is_plain(rest: str, ground: Ground) -> bool:
    return not says_is(rest, ground.lexicon) and are_known(rest, ground)


def _is_one_of(verb: str, verbs: frozenset[str], lexicon: Lexicon) -> bool:
    return lexicon.stem(verb) in lexicon.stemmed(verbs)
