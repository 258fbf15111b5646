"""A company's name, taken apart: the words that say which company it is, and its legal form."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.company_names.letters import romanised
from app.company_names.lists import words as listed
from app.company_names.places import known_place
from app.company_names.vocabulary import LONGEST_FORM, Kind, Meaning, legal_forms, meanings

MOST_WORDS = 24
SHORT = 5
_ALIAS = re.compile(
    r"\b(?:t/a|d/b/a|dba|trading as|formerly(?: known as)?|f/k/a|fka|a/k/a|aka|previously|vormals|vorm\.|ehemals|"
    r"ehem\.|frueher|früher|firmierend als|auch bekannt als|anciennement|ex|già|antes|dawniej|voorheen|tidigare)\s+"
)
_BRACKETS = re.compile(r"[(（\[]([^()（）\[\]]*)[)）\]]")
_APOSTROPHE = re.compile(r"(?<=\w)['’`´ʼ](?=\w)")
_INITIALS = re.compile(r"\b(?:\w[.\s]){1,}\w?\b\.?")
_DOTTED = re.compile(r"(?<![^\W\d_])((?:[^\W\d_]\.){2,}[^\W\d_]?\.?)(?![^\W\d_])")
_SLASHED = re.compile(r"\b([^\W\d_])/([^\W\d_])\b")
_FRENCH = re.compile(r"\b[ldnmsj]['’`´](?=\w)")
_CUT = "․"
"""In place of a full stop after a word."""
_SEPARATORS = re.compile(rf"[^\w&{_CUT}]+|_")
_CUT_OFF = re.compile(r"\b([^\W\d_]{2,5})\.(?=\W|$)")
_AND = re.compile(r"\s*[&+]\s*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12"}
_SPELT = {
    "one": "1", "two": "2", "three": "3", "eins": "1", "zwei": "2", "drei": "3", "deux": "2", "trois": "3", "due": "2",
    "tre": "3", "dos": "2", "tres": "3", "twee": "2", "drie": "3", "dwa": "2", "trzy": "3",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    long: str
    short: str
    meaning: Meaning
    cut: bool = False
    """Whether a full stop says that there are more letters: “Ned.”."""

    @property
    def kind(self) -> Kind:
        return self.meaning.kind

    @property
    def is_number(self) -> bool:
        return self.long.isdigit()


@dataclass(frozen=True, slots=True)
class Name:
    words: tuple[Word, ...]
    """Without the legal form and words that only join others."""
    forms: frozenset[str]
    """Of countries, those that know the legal form; empty where there is none."""
    initials: str
    """Of all words but the legal form."""
    compact: str
    """All words in a row."""
    is_branch: bool = False
    """Whether it says that it is one of a company's branches, wherever that is."""


@lru_cache(maxsize=50_000)
def names_of(text: str) -> tuple[Name, ...]:
    """The name, and those by which it says the company is or was known, too. None where nothing is left of it."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    aliases = list[str]()
    for inner in _BRACKETS.findall(plain):
        said = _ALIAS.sub("", inner)
        if said != inner or len(inner.strip()) > SHORT:
            aliases.append(said)
    main, *others = _ALIAS.split(_BRACKETS.sub(_kept, plain))
    found = [_name(part) for part in (main, *others, *aliases)]
    known = [name for name in found if name.words]
    return tuple(name for n, name in enumerate(known) if n == 0 or any(_tells(w) for w in name.words))


def _kept(bracket: re.Match[str]) -> str:
    """What stands in brackets is a part of the name where it is short: “(UK)”, “(株)”, “(publ)”."""
    inner = bracket[1].strip()
    return f" {inner} " if len(inner) <= SHORT or inner in ("haftungsbeschränkt", "haftungsbeschraenkt") else " "


def _tells(word: Word) -> bool:
    return word.kind in (Kind.RARE, Kind.COMMON, Kind.TRADE, Kind.KEPT)


def _name(text: str) -> Name:
    split = list(_split(text))[:MOST_WORDS]
    rest, forms = _without_forms(split)
    spelt = _without_branch([_word(word) for word in rest])
    words = tuple(word for word in spelt if word.kind is not Kind.FILLER and word.long)
    if not words and any(word.long for word in spelt):
        words = tuple(Word(w.long, w.short, Meaning(Kind.RARE, w.long)) for w in spelt if w.long)
    words = _with_brand(words)
    compact = "".join(w.long for w in words)
    return Name(words, forms, "".join(w.long[0] for w in words), compact, len(spelt) < len(rest))


def _with_brand(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Where no word is rarer, the first compound is what the company is called by."""
    if any(word.kind in (Kind.RARE, Kind.COMMON) for word in words):
        return words
    for at, word in enumerate(words):
        if word.kind is Kind.COMPOUND:
            brand = replace(word, meaning=Meaning(Kind.RARE, word.long))
            return (*words[:at], brand, *words[at + 1 :])
    return words


def _without_branch(words: list[Word]) -> list[Word]:
    """Without “Niederlassung Leipzig”."""
    for at, word in enumerate(words):
        if at and word.meaning.concept == "weak.branch":
            return words[:at]
    return words


def _split(text: str) -> Iterator[str]:
    text = _DOTTED.sub(lambda m: f" {m[1].replace('.', '')} ", text)
    text = _SLASHED.sub(r"\1\2", text)
    text = _FRENCH.sub("", text)
    text = _APOSTROPHE.sub("", text)
    text = _AND.sub(" & ", text)
    text = _CUT_OFF.sub(lambda m: f"{m[1]}{_CUT} ", text)
    for word in _SEPARATORS.sub(" ", text).split():
        if _CJK.search(word):
            yield from _cut(word)
        else:
            yield word


@lru_cache(maxsize=1)
def _cutters() -> re.Pattern[str]:
    words = {w for w in meanings() if _CJK.search(w)} | {form for form in legal_forms() if _CJK.search(form)}
    words |= {"株", "有", "주"}
    long = sorted((w for w in words if len(w) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, long)) + r"|^株(?=.{2})|株$|^주(?=.{3})")


_CITY = re.compile(r"^(.{2,4}?)(?:市|省|特別市|특별시|시)(?=.)")


def _cut(word: str) -> Iterator[str]:
    """Scripts that write words without blanks between them, at the words that are known."""
    word = _CITY.sub(r"\1 ", word)
    at = 0
    for piece in word.split():
        at = 0
        for found in _cutters().finditer(piece):
            if found.start() > at:
                yield piece[at : found.start()]
            yield found[0]
            at = found.end()
        if at < len(piece):
            yield piece[at:]


def _without_forms(words: Sequence[str]) -> tuple[list[str], frozenset[str]]:
    """Legal forms stand at the end, several in a row as well, or at the beginning; those that can't be a word of a name
    may stand anywhere. A name is never left empty."""
    keys = [romanised(word.rstrip(_CUT)).long for word in words]
    forms = legal_forms()
    countries: frozenset[str] = frozenset()
    first, last = 0, len(words)
    while size := _ending(keys, words, first, last):
        known = _known(keys, words, last - size, last)
        countries = countries & known or known
        last -= size
        while last > first + 1 and keys[last - 1] == "&":
            last -= 1
    while last - first > 1 and keys[first] in _ANYWHERE - _WORDS_TOO:
        countries = countries or _known(keys, words, first, first + 1)
        first += 1
    if size := _beginning(keys, words, first, last):
        known = _known(keys, words, first, first + size)
        countries = countries & known or known
        first += size
    kept = list[str]()
    at = first
    while at < last:
        if at > first and keys[at] in _ANYWHERE and last - first > 1:
            countries = countries or forms.get(keys[at], frozenset())
        elif keys[at] != "&":
            kept.append(words[at])
        at += 1
    return (kept or list(words[first:last])), countries


_ANYWHERE = listed("forms_anywhere")
_WORDS_TOO = frozenset({"spa"})
_AT_FIRST = listed("forms_at_the_beginning")


def _known(keys: Sequence[str], words: Sequence[str], start: int, end: int) -> frozenset[str]:
    forms = legal_forms()
    return forms.get("".join(keys[start:end])) or forms.get("".join(words[start:end])) or frozenset()


def _ending(keys: Sequence[str], words: Sequence[str], first: int, last: int) -> int:
    """How many words at the end are a legal form."""
    forms = legal_forms()
    for size in range(min(LONGEST_FORM, last - first - 1), 0, -1):
        if "".join(keys[last - size : last]) in forms or "".join(words[last - size : last]) in forms:
            return size
    return 1 if last - first > 1 and keys[last - 1] in ("zhu", "株", "주", "ju") else 0


def _beginning(keys: Sequence[str], words: Sequence[str], first: int, last: int) -> int:
    if last - first > 1 and (keys[first] in _AT_FIRST or words[first] in _AT_FIRST):
        return 1
    return 0


@lru_cache(maxsize=50_000)
def _word(text: str) -> Word:
    cut = text.endswith(_CUT)
    text = text.rstrip(_CUT)
    long, short = romanised(text)
    number = _ROMAN.get(long) or _SPELT.get(long) or (long.lstrip("0") if long.isdigit() else None)
    if number:
        return Word(number, number, Meaning(Kind.RARE, number))
    return Word(long, short, meaning_of(text, long, short), cut)


def meaning_of(text: str, long: str, short: str) -> Meaning:
    known = meanings()
    found = known.get(text) or known.get(long) or known.get(short)
    if found is not None:
        return found
    place = known_place(long) or known_place(short)
    if place is not None:
        return Meaning(Kind.KEPT, f"place.{place}")
    if _is_compound(long):
        return Meaning(Kind.COMPOUND, long)
    return Meaning(Kind.RARE, long)


def _is_compound(word: str) -> bool:
    """Whether it ends in a word of trade, as “Fördertechnik” does."""
    known = meanings()
    for start in range(3, len(word) - 3):
        meaning = known.get(word[start:])
        if meaning is not None and meaning.kind in (Kind.TRADE, Kind.WEAK_TRADE, Kind.ARM):
            return True
    return False
