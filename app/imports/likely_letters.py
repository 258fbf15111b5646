"""The likelihood that a text was written by people, judged by its letters beyond ASCII.

Bytes that are read in the wrong encoding become signs among letters, capitals within words, and words of several
scripts, such as “MГјller”; and letters of one encoding become twice as many of another.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(r"[^\W\d_]+")
_FAMILIES = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HALFWIDTH": "HALFWIDTH", "IDEOGRAPHIC": "CJK"}
_QUOTES_AND_DASHES = frozenset("„“”‚‘’«»‹›–—…·•€°§№、。「」（）・ー")
_CAPITAL_WITHIN, _SIGN, _OTHER_SCRIPT, _RARE = 2, 2, 3, 1


def oddness(text: str) -> tuple[float, int]:
    """To be sorted by, the least odd first: (faults for each letter beyond ASCII, how many there are)."""
    beyond = [c for c in text if not c.isascii()]
    faults = sum(_SIGN for c in beyond if not c.isalpha() and c not in _QUOTES_AND_DASHES)
    faults += sum(_in_word(word[0]) for word in _WORD.finditer(text) if not word[0].isascii())
    faults += sum(_RARE for c in beyond if _is_rare(c))
    return faults / max(len(beyond), 1), len(beyond)


def _in_word(word: str) -> int:
    scripts = {_script(c) for c in word}
    faults = _OTHER_SCRIPT * (len(scripts) - 1)
    if not word.isupper():
        faults += sum(_CAPITAL_WITHIN for before, c in pairwise(word) if c.isupper() and before.islower())
        faults += sum(_CAPITAL_WITHIN for c in word[1:] if c.isupper() and not c.isascii())
    if len(word) > 2 and scripts == {"LATIN"} and not any(c.isascii() for c in word):
        faults += _OTHER_SCRIPT
    return faults


@lru_cache(maxsize=20_000)
def _script(letter: str) -> str:
    first = unicodedata.name(letter, "UNNAMED").split(" ")[0].split("-")[0]
    return _FAMILIES.get(first, first)


@lru_cache(maxsize=20_000)
def _is_rare(letter: str) -> bool:
    """Ideographs that are in no common set of characters, halfwidth letters, and letters for private use."""
    name = unicodedata.name(letter, "")
    if name.startswith("CJK"):
        return not (_in_set(letter, "gb2312") or _in_set(letter, "big5") or _in_set(letter, "shift_jis"))
    return not name or name.startswith("HALFWIDTH") or unicodedata.category(letter) == "Co"


def _in_set(letter: str, encoding: str) -> bool:
    return bool(letter.encode(encoding, "ignore"))
