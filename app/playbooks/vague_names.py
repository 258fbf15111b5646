"""Names of stages that don't say where the buyer stands: those made of nothing but the words of `vague_words.yaml`.

The words of all languages count for every name: sellers mix them (“In Bearbeitung”, “Follow-up nötig”), and a
playbook's language says in which it is written, not which words are used.
"""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import yaml

WORDS = Path(__file__).with_name("vague_words.yaml")
WORD = re.compile(r"[^\W\d_]+")
ORDINAL = re.compile(r"[ivx]+|[a-z]")


def is_vague(name: str) -> bool:
    """Numbers, single letters and Roman numerals count stages; they don't name them."""
    return all(word in _vague() or ORDINAL.fullmatch(word) for word in WORD.findall(_plain(name)))


def _plain(text: str) -> str:
    """Without accents, in small letters."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in letters if not unicodedata.combining(c)))


@lru_cache(maxsize=1)
def _vague() -> frozenset[str]:
    written: dict[str, str] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return frozenset(word for words in written.values() for word in map(_plain, words.split()))
