"""Statements about a deal that are so because something of it is open: a criterion not yet met, an activity not yet
done.

Nothing is read into a sentence: what is left of it without the words that say “not yet” or “is open” has to be the
criterion's or the activity's own.
"""

import re
from collections.abc import Sequence

from guidance.lexicon import PIECE, Lexicon, groups

LEAST_OF_IT = 0.3
MOST_OF_IT = 0.75
"""Share of an open criterion's words that a statement about it has: what is said of a part may not be so."""


def says_what_is_open(said: str, criteria: Sequence[str], activity: str | None, lexicon: Lexicon) -> bool:
    """`said` and the others are folded. `criteria`: open ones; `activity`: the only open one."""
    return any(_denies(said, one, lexicon) or _doubts(said, one, lexicon) for one in criteria) or (
        activity is not None and _names(said, activity, lexicon)
    )


def _denies(said: str, criterion: str, lexicon: Lexicon) -> bool:
    """Word for word the criterion, and once “not yet”. Of a criterion with several clauses, or one that is itself
    denied, nobody knows what that makes false."""
    given = PIECE.findall(criterion)
    if not lexicon.negations.isdisjoint(given) or not _is_one_clause(criterion, lexicon):
        return False
    for marker, instead in lexicon.not_yet.items():
        bare, times = re.subn(marker, instead, said)
        if times == 1 and PIECE.findall(bare) == given:
            return True
    return False


def _doubts(said: str, criterion: str, lexicon: Lexicon) -> bool:
    """“It is not yet known …”, and then nothing but what depends on that and is of the criterion, nearly whole."""
    after, head = lexicon.doubted.fullmatch(said), lexicon.doubting.match(said)
    if after is None and head is None:
        return False
    own, settled = set(lexicon.stems(criterion)), ""
    if after is not None:
        tail = next(text for name, text in groups(after) if name == "what")
        settled = " ".join(text for name, text in groups(after) if name == "settled")
    elif head is not None:
        tail, settled = said[head.end() :], next((text for _, text in groups(head)), "")
    stems = set(lexicon.stems(" ".join(word for word in PIECE.findall(tail) if word not in lexicon.depending)))
    stems |= set(lexicon.stems(settled)) if after is None else set()
    stems = {one if one in own else one.removesuffix("t") if lexicon.language == "de" else one for one in stems}
    if not lexicon.negations.isdisjoint(PIECE.findall(criterion)) and lexicon.whether.match(tail.strip()) is None:
        return False
    is_known = stems <= own | lexicon.free and len(stems & own) >= (LEAST_OF_IT if not settled else MOST_OF_IT) * len(
        own
    )
    takes_for_so = not settled and not lexicon.declaring.isdisjoint(PIECE.findall(tail))
    return is_known and not takes_for_so and _depends(tail, lexicon)


def _depends(tail: str, lexicon: Lexicon) -> bool:
    """Every clause of it begins with what makes it depend, and none says “not”."""
    words = PIECE.findall(tail)
    clauses = re.split(rf",|\b(?:{'|'.join(lexicon.joining)})\b", tail)
    begun = [PIECE.findall(clause)[:1] for clause in clauses if clause.strip()]
    inner = sum(word in lexicon.depending for word in words)
    return (
        bool(begun)
        and all(first and first[0] in lexicon.depending for first in begun)
        and inner == len(begun)
        and lexicon.negations.isdisjoint(words)
    )


def _names(said: str, activity: str, lexicon: Lexicon) -> bool:
    """It says of the activity, in its own words, that it is open, and no more."""
    for pattern in lexicon.open_activity:
        found = re.fullmatch(pattern, said)
        if found is not None:
            words, own = PIECE.findall(found["what"]), set(lexicon.stems(activity))
            stems = set(lexicon.stems(found["what"]))
            barred = lexicon.negations | lexicon.asserting | lexicon.is_ | lexicon.rationale.obliging
            plain = barred.isdisjoint(words) and re.search(r"[,;:.?!–—]", found["what"]) is None
            return plain and stems <= own and 2 * len(stems) >= len(own) > 0
    return False


def _is_one_clause(text: str, lexicon: Lexicon) -> bool:
    words = PIECE.findall(text)
    joined = any(word in lexicon.joining or word in lexicon.depending for word in words)
    return not joined and re.search(r"[,;:]", text) is None
