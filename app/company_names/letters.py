"""Names in Latin letters without accents, in each of the ways in which people write them so.

Of two spellings, the first is the longer: “ü” as “ue”, “å” as “aa”, “я” as “ya”; the second as those write who leave
accents out: “u”, “a”, “ia”. Scripts without a table here are romanised by `anyascii`, one way.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii


class Spellings(NamedTuple):
    long: str
    short: str


_LATIN = {
    "ä": ("ae", "a"), "ö": ("oe", "o"), "ü": ("ue", "u"), "ß": ("ss", "ss"), "å": ("aa", "a"), "ø": ("oe", "o"),
    "æ": ("ae", "a"), "œ": ("oe", "o"), "ð": ("d", "d"), "þ": ("th", "t"), "đ": ("dj", "d"), "ł": ("l", "l"),
    "ő": ("oe", "o"), "ű": ("ue", "u"), "ı": ("i", "i"), "ħ": ("h", "h"),
}  # fmt: skip
_CYRILLIC: dict[str, str | tuple[str, str]] = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": ("yo", "e"), "є": ("ye", "ie"),
    "ж": ("zh", "j"), "з": "z", "и": "i", "і": "i", "ї": ("yi", "i"), "й": ("y", "i"), "к": "k", "л": "l", "м": "m",
    "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ў": "u", "ф": "f", "х": ("kh", "h"),
    "ц": ("ts", "c"), "ч": "ch", "ш": "sh", "щ": ("shch", "sht"), "ъ": ("", "a"), "ы": ("y", "i"), "ь": "", "э": "e",
    "ю": ("yu", "iu"), "я": ("ya", "ia"), "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz", "ѓ": "g",
    "ќ": "k", "ѕ": "dz",
}  # fmt: skip
_GREEK: dict[str, str | tuple[str, str]] = {
    "α": "a", "β": ("v", "b"), "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k",
    "λ": "l", "μ": "m", "ν": "n", "ξ": ("x", "ks"), "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t",
    "υ": "y", "φ": ("f", "ph"), "χ": ("ch", "h"), "ψ": "ps", "ω": "o",
}  # fmt: skip
_GREEK_PAIRS = (("ου", "ou"), ("μπ", "b"), ("ντ", "d"), ("γγ", "ng"), ("γκ", "gk"), ("αυ", "av"), ("ευ", "ev"))


def _both(table: dict[str, str | tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return {letter: (as_, as_) if isinstance(as_, str) else as_ for letter, as_ in table.items()}


_LETTERS: dict[str, tuple[str, str]] = {**_LATIN, **_both(_CYRILLIC), **_both(_GREEK)}


@lru_cache(maxsize=20_000)
def romanised(word: str) -> Spellings:
    """Of a word in small letters."""
    if word.isascii():
        return Spellings(word, word)
    for pair, as_ in _GREEK_PAIRS:
        word = word.replace(pair, as_)
    pieces = [_letter(letter) for letter in unicodedata.normalize("NFC", word)]
    return Spellings("".join(long for long, _ in pieces), "".join(short for _, short in pieces))


@lru_cache(maxsize=20_000)
def _letter(letter: str) -> tuple[str, str]:
    known = _LETTERS.get(letter)
    if known is not None:
        return known
    bare = unicodedata.normalize("NFKD", letter)[0]
    known = _LETTERS.get(bare)
    if known is not None:
        return known
    latin = bare if bare.isascii() else "".join(c for c in anyascii(bare).lower() if c.isalnum())
    return latin, latin


_SOUNDS = (
    (re.compile(r"ph"), "f"),
    (re.compile(r"tsch|tch|[kc]h|sch|sh"), "h"),
    (re.compile(r"th"), "t"),
    (re.compile(r"dt\b"), "t"),
    (re.compile(r"ck|qu|[cq]"), "k"),
    (re.compile(r"ts|tz|[szß]"), "s"),
    (re.compile(r"w"), "v"),
    (re.compile(r"ks"), "x"),
    (re.compile(r"ae|ai|ay|ey|ei|ej"), "e"),
    (re.compile(r"oe"), "o"),
    (re.compile(r"ue|ou|oo"), "u"),
    (re.compile(r"y|ie|ee|j"), "i"),
)
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """Of a word in Latin letters, roughly: the same for spellings that sound alike in one language or another."""
    for written, as_ in _SOUNDS:
        word = written.sub(as_, word)
    return _TWICE.sub(r"\1", word)
