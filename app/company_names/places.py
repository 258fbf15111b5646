"""Places, compared as people name them: “München” and “Munich”, “Frankfurt” and “Frankfurt am Main”."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml
from rapidfuzz.distance import OSA

from app.company_names.letters import romanised, sound

_BETWEEN = re.compile(r"[\W_]+")
_SAINT = re.compile(r"^(?:saint|sankt|st|sainte|ste|santa|santo|san)\b\.?\s*")
_SUFFIX = re.compile(r"(?<=.)(?:特别市|特別市|특별시|광역시|市|区|縣|县|省|시|군)$")
_LEFT_OUT = frozenset({"bad", "am", "im", "an", "der", "la", "le", "las", "los", "el", "de", "the", "den", "city"})


@lru_cache(maxsize=1)
def _one_place() -> Mapping[str, str]:
    lines = yaml.safe_load((Path(__file__).parent / "places.yaml").read_text("utf-8"))
    return {name: line.split()[0] for line in lines for word in line.split() for name in {word, *romanised(word)}}


@lru_cache(maxsize=20_000)
def place_words(place: str) -> tuple[str, ...]:
    """The words of a place's name, one spelling for all languages; none if it isn't known."""
    text = unicodedata.normalize("NFKC", place).casefold().strip()
    text = _SUFFIX.sub("", _SAINT.sub("saint ", text))
    names = _one_place()
    whole = "".join(romanised(word).short for word in _BETWEEN.sub(" ", text).split())
    if text in names or whole in names:
        return (names.get(text) or names[whole],)
    words = [w for w in _BETWEEN.sub(" ", text).split() if w not in _LEFT_OUT and not w.isdigit()]
    return tuple(names.get(romanised(w).long) or names.get(romanised(w).short) or romanised(w).short for w in words)


@lru_cache(maxsize=50_000)
def same_place(a: str, b: str) -> bool | None:
    """None where one of them isn't known."""
    first, second = place_words(a), place_words(b)
    if not first or not second:
        return None
    if set(first) <= set(second) or set(second) <= set(first):
        return True
    one, other = "".join(first), "".join(second)
    return sound(one) == sound(other) or (min(len(one), len(other)) > 5 and OSA.distance(one, other) <= 1)


def known_place(word: str) -> str | None:
    """The one spelling of a place that has several; None of others."""
    return _one_place().get(word)
