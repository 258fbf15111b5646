"""Which words of two names stand for each other, and what the rest of them says."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from app.company_names.letters import sound
from app.company_names.lists import words
from app.company_names.name import Name, Word, meaning_of
from app.company_names.vocabulary import Kind, meanings

WEIGHT = {
    Kind.FILLER: 0.0,
    Kind.WEAK: 0.3,
    Kind.WEAK_TRADE: 1.0,
    Kind.TRADE: 1.5,
    Kind.COMPOUND: 2.5,
    Kind.ARM: 1.5,
    Kind.SONS: 0.7,
    Kind.KEPT: 1.5,
    Kind.COMMON: 2.5,
    Kind.COUNTRY: 0.7,
    Kind.RARE: 5.5,
}
"""What a word that both have says for the same company."""
COST = {
    Kind.FILLER: 0.0,
    Kind.WEAK: 0.3,
    Kind.WEAK_TRADE: 1.0,
    Kind.TRADE: 1.5,
    Kind.COMPOUND: 1.8,
    Kind.ARM: 7.5,
    Kind.SONS: 0.5,
    Kind.KEPT: 1.5,
    Kind.COMMON: 2.0,
    Kind.COUNTRY: 0.7,
    Kind.RARE: 2.5,
}
"""What a word that only one has says against it."""
CLASH = 8.0
"""What it says against it that both have words which the other lacks."""
SOFT_CLASH = 3.5
TELLING = frozenset({Kind.TRADE, Kind.COMPOUND, Kind.COMMON, Kind.RARE, Kind.KEPT, Kind.ARM})
PLACE_IN_NAME = 1.0


@dataclass(frozen=True, slots=True)
class Alignment:
    for_: float
    against: float
    only: tuple[str, ...]
    """Words that only one of the two has."""
    said: str
    """A sentence about it; empty where the names have little in common."""


def align(a: Name, b: Name, places: tuple[Sequence[str], Sequence[str]], together: bool | None) -> Alignment:
    """`places`: the words of each company's place. `together`: whether that is one place."""
    first, second = _joined(a, b), _joined(b, a)
    if a.compact == b.compact and a.compact:
        return _whole(first, places, together)
    pairs, left_a, left_b = _paired(first, second)
    left_a, left_b, short = _abbreviated(left_a, left_b)
    for_ = sum(_worth(word, places, together) * likeness for word, _, likeness in pairs) + short
    against = -sum(_doubt(likeness) for _, _, likeness in pairs)
    rest_a, rest_b = _without_place(left_a, places[0], together), _without_place(left_b, places[1], together)
    against -= _against(rest_a, rest_b, pairs, short)
    only = tuple(word.long for word in (*rest_a, *rest_b))
    return Alignment(for_, against, only, _sentence(pairs, short, rest_a, rest_b))


def _whole(spelt: Sequence[Word], places: tuple[Sequence[str], Sequence[str]], together: bool | None) -> Alignment:
    return Alignment(
        sum(_worth(word, places, together) for word in spelt),
        0.0,
        (),
        "The names are the same but for how they are written.",
    )


def _worth(word: Word, places: tuple[Sequence[str], Sequence[str]], together: bool | None) -> float:
    if says_place(word, places[0]) or says_place(word, places[1]):
        return PLACE_IN_NAME if together else 0.5
    if word.kind is Kind.RARE and (word.is_number or len(word.long) < 3):
        return 2.0
    return WEIGHT[word.kind]


def _doubt(likeness: float) -> float:
    return 0.0 if likeness >= 0.9 else (1 - likeness) * 4


# --- which words stand for each other


def _joined(name: Name, other: Name) -> list[Word]:
    """Words that the other writes as one, as one: “Sun Power” where there is a “SunPower”."""
    spelt = {word.long for word in other.words} | {word.short for word in other.words}
    found, at = list[Word](), 0
    words = name.words
    while at < len(words):
        for size in (3, 2):
            joint = "".join(word.long for word in words[at : at + size])
            if at + size <= len(words) and (joint in spelt or joint in meanings()):
                found.append(Word(joint, joint, meaning_of(joint, joint, joint)))
                at += size
                break
        else:
            found.append(words[at])
            at += 1
    return found


Pair = tuple[Word, Word, float]


def _paired(first: Sequence[Word], second: Sequence[Word]) -> tuple[list[Pair], list[Word], list[Word]]:
    """The likest first, each word once."""
    likely = [
        (likeness, i, j) for i, a in enumerate(first) for j, b in enumerate(second) if (likeness := _alike(a, b)) > 0
    ]
    likely.sort(key=lambda one: (-one[0], abs(one[1] - one[2])))
    used_a, used_b, pairs = set[int](), set[int](), list[Pair]()
    for likeness, i, j in likely:
        if i not in used_a and j not in used_b:
            used_a.add(i)
            used_b.add(j)
            pairs.append((first[i], second[j], likeness))
    left_a = [word for i, word in enumerate(first) if i not in used_a]
    left_b = [word for j, word in enumerate(second) if j not in used_b]
    return pairs, left_a, left_b


_ENDINGS = words("endings")


_OPEN = frozenset({Kind.RARE, Kind.COMPOUND})
"""Of no list, so that they may be misspelt or inflected."""


@lru_cache(maxsize=100_000)
def _alike(a: Word, b: Word) -> float:
    """1: the same word; 0: another one."""
    if a.meaning == b.meaning or a.long in (b.long, b.short) or a.short in (b.long, b.short):
        return 1.0
    if a.is_number or b.is_number:
        return 0.0
    if (a.cut and b.long.startswith(a.long)) or (b.cut and a.long.startswith(b.long)):
        return 0.9
    return max(_spelt_alike(x, y, a, b) for x, y in {(a.long, b.long), (a.short, b.short)})


def _spelt_alike(x: str, y: str, a: Word, b: Word) -> float:
    short, long = sorted((x, y), key=len)
    known = a.kind not in _OPEN and b.kind not in _OPEN
    if len(short) >= 4 and long.startswith(short) and long[len(short) :] in _ENDINGS and not known:
        return 0.92
    stem = _common_prefix(x, y)
    if not known and stem >= 5 and x[stem:] in _ENDINGS and y[stem:] in _ENDINGS:
        return 0.9
    if known or len(short) < 4:
        return 0.0
    if sound(x) == sound(y):
        return 0.9
    return _mistyped(short, long, a, b)


def _mistyped(short: str, long: str, a: Word, b: Word) -> float:
    """One slip of the fingers. A letter that is another one makes another name more often than one that is missing,
    doubled or has changed places."""
    distance = OSA.distance(short, long, score_cutoff=2)
    common = a.kind is Kind.COMMON or b.kind is Kind.COMMON
    if distance == 1:
        replaced = len(short) == len(long) and sorted(short) != sorted(long)
        if len(short) < 5 or (replaced and len(short) < 6) or (common and replaced):
            return 0.0
        if replaced:
            return 0.6 if short[0] == long[0] else 0.5
        return 0.75 if not common else 0.5
    if distance == 2 and len(short) >= 10 and short[:3] == long[:3]:
        return 0.5
    return 0.0


def _common_prefix(x: str, y: str) -> int:
    size = 0
    for one, other in zip(x, y, strict=False):
        if one != other:
            break
        size += 1
    return size


def _abbreviated(a: list[Word], b: list[Word]) -> tuple[list[Word], list[Word], float]:
    """Initials of several words on one side that stand for them on the other: “BMW”."""
    worth = 0.0
    for short, long in ((a, b), (b, a)):
        for word in [w for w in short if 2 <= len(w.long) <= 6 and w.kind is Kind.RARE]:
            at = _spelt_out(word.long, long)
            if at is not None:
                worth += 3.5 if len(word.long) > 2 else 1.5
                del long[at : at + len(word.long)]
                short.remove(word)
    return a, b, worth


def _spelt_out(letters: str, words: Sequence[Word]) -> int | None:
    initials = "".join(word.long[0] for word in words)
    at = initials.find(letters)
    return at if at >= 0 else None


# --- the rest


def says_place(word: Word, place: Sequence[str]) -> bool:
    """Whether the word says the place."""
    for part in place:
        if part in (word.long, word.short):
            return True
        if (
            len(part) >= 4
            and word.short.startswith(part[:-1])
            and word.short[len(part) :] in ("", "er", "s", "i", "a", "ska", "ski")
        ):
            return True
    return False


def _without_place(words: Sequence[Word], place: Sequence[str], together: bool | None) -> list[Word]:
    return [word for word in words if not (together is not False and says_place(word, place))]


def _against(a: Sequence[Word], b: Sequence[Word], pairs: Sequence[Pair], short: float) -> float:
    cost = sum(COST[word.kind] for word in a) + sum(COST[word.kind] for word in b)
    telling_a = [word for word in a if word.kind in TELLING]
    telling_b = [word for word in b if word.kind in TELLING]
    if telling_a and telling_b:
        cost += CLASH
    elif (_sensible(a) and _sensible(b)) or (telling_a and _is_group(b)) or (telling_b and _is_group(a)):
        cost += SOFT_CLASH
    if not short and not any(_is_distinct(word) for word, _, _ in pairs):
        cost += 1.5 * (len(telling_a) + len(telling_b)) + (2.0 if _sensible(a) or _sensible(b) else 0.0)
    return cost


def _sensible(words: Sequence[Word]) -> bool:
    return any(word.kind is not Kind.WEAK for word in words)


def _is_group(words: Sequence[Word]) -> bool:
    return any(word.meaning.concept == "weak.group" for word in words)


def _is_distinct(word: Word) -> bool:
    return word.kind in (Kind.RARE, Kind.COMMON) and not word.is_number


def _sentence(pairs: Sequence[Pair], short: float, a: Sequence[Word], b: Sequence[Word]) -> str:
    if not a and not b and pairs and all(likeness >= 0.9 for _, _, likeness in pairs) and not short:
        return "The names are the same but for how they are written."
    common = [word.long for word, _, likeness in pairs if likeness >= 0.9]
    mistyped = [f"“{x.long}” and “{y.long}”" for x, y, likeness in pairs if likeness < 0.9]
    parts = list[str]()
    if common:
        parts.append("The names have in common: " + ", ".join(common) + ".")
    if mistyped:
        parts.append("Spelt alike: " + ", ".join(mistyped) + ".")
    if short:
        parts.append("One name abbreviates the other.")
    return " ".join(parts)
