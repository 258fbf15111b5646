"""Likely fields of a column of opportunities, by the words of its name in English, German, French and Spanish."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import yaml

WORDS = Path(__file__).with_suffix(".yaml")
_BETWEEN = re.compile(r"[\W_]+")


def guessed_field(column: str) -> str | None:
    plain = "".join(c for c in unicodedata.normalize("NFKD", column.casefold()) if not unicodedata.combining(c))
    words = _BETWEEN.sub(" ", plain).strip()
    return _fields().get(words) or _fields().get(words.replace(" ", ""))


@lru_cache(maxsize=1)
def _fields() -> dict[str, str]:
    read: dict[str, list[str]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return {str(word).replace("_", " "): field for field, words in read.items() for word in words}
