"""Pairs of words that stand for each other in two names, and what the rest of them says."""

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
LEAST_COMPOUND, LEAST_PART, MOST_PARTS = 7, 3, 3
"""Letters of a word that an abbreviation takes apart, of its parts, and how many parts it has."""


@dataclass(frozen=True, slots=True)
class Alignment:
    for_: float
    against: float
    only: tuple[str, ...]
    """Words that only one of the two has, and that tell something."""
    said: str
    """A sentence about it; empty where the names have little in common."""


@dataclass(frozen=True, slots=True)
class Known:
    """Beside the names. `places`: the words of each company's place; `together`: whether that is one place. `common`:
    words that many companies have, as `sound` spells them."""

    places: tuple[Sequence[str], Sequence[str]]
    together: bool | None
    common: frozenset[str] = frozenset()


def align(a: Name, b: Name, known: Known) -> Alignment:
    first, second = _joined(a, b), _joined(b, a)
    if a.compact == b.compact and a.compact:
        return _whole(first, known)
    pairs, left_a, left_b = _paired(first, second)
    left_a, left_b, short = _abbreviated(left_a, left_b)
    for_ = sum(_worth(word, known) * likeness for word, _, likeness in pairs) + short
    against = -sum(_doubt(likeness) for _, _, likeness in pairs)
    rest_a, rest_b = _without_place(left_a, known.places[0], known), _without_place(left_b, known.places[1], known)
    against -= _against(rest_a, rest_b, pairs, short)
    only = tuple(word.long for word in (*rest_a, *rest_b) if word.kind in TELLING)
    return Alignment(for_, against, only, _sentence(pairs, short, rest_a, rest_b))


def _whole(spelt: Sequence[Word], known: Known) -> Alignment:
    return Alignment(
        sum(_worth(word, known) for word in spelt),
        0.0,
        (),
        "The names are the same but for how they are written.",
    )


def _worth(word: Word, known: Known) -> float:
    if says_place(word, known.places[0]) or says_place(word, known.places[1]):
        return PLACE_IN_NAME if known.together else 0.5
    if word.kind is Kind.RARE and (word.is_number or len(word.long) < 3):
        return 2.0
    if word.kind is Kind.RARE and known.common and sound(word.short) in known.common:
        return WEIGHT[Kind.COMMON]
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
            at = _spelt_out(word.short, long)
            if at is not None:
                worth += 3.5 if len(word.short) > 2 else 1.5
                del long[slice(*at)]
                short.remove(word)
    return a, b, worth


def _spelt_out(letters: str, words: Sequence[Word]) -> tuple[int, int] | None:
    """Which words in a row the letters stand for: the initial of each, or besides those of a compound's parts, as “ÖBB”
    of “Österreichische Bundesbahnen”."""
    at = "".join(word.short[:1] or " " for word in words).find(letters)
    if at >= 0:
        return at, at + len(letters)
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            if _abbreviates(letters, [word.short for word in words[start:end]]):
                return start, end
    return None


def _abbreviates(letters: str, words: Sequence[str]) -> bool:
    """Whether the letters begin every word, with others of a compound between that stand in it in that order."""
    if not letters or not words:
        return not letters and not words
    if letters[0] != words[0][:1]:
        return False
    parts = MOST_PARTS if len(words[0]) >= LEAST_COMPOUND else 1
    return any(
        _in_order(letters[1:size], words[0][LEAST_PART:]) and _abbreviates(letters[size:], words[1:])
        for size in range(1, min(len(letters), parts) + 1)
    )


def _in_order(letters: str, word: str) -> bool:
    rest = iter(word)
    return all(letter in rest for letter in letters)


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


def _without_place(words: Sequence[Word], place: Sequence[str], known: Known) -> list[Word]:
    return [word for word in words if not (known.together is not False and says_place(word, place))]


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
