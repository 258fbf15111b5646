"""Whether two claims on one customer are about the same deal: the same products, or a need in similar words."""

import re
from collections.abc import Mapping
from typing import Any

from rapidfuzz import fuzz

from app.company_names.letters import romanised
from app.company_names.vocabulary import Kind, meanings

SIMILAR = 78.0
"""Of 100."""
LEAST_WORDS = 3
_WORD = re.compile(r"\w+")


def same_deal(mine: Mapping[str, Any], other: Mapping[str, Any]) -> str | None:
    """A sentence that says why; None where nothing says so. Of rows with `products`, `title`, `need` and `name`, that
    of the customer, which tells nothing of the need."""
    theirs = {_plain(product) for product in other["products"]} - {""}
    common = sorted({_plain(product): product for product in mine["products"] if _plain(product) in theirs}.values())
    if common:
        return f"The same products: {', '.join(common)}."
    names = _words(mine["name"]) | _words(other["name"])
    one, another = (_words(f"{row['title'] or ''} {row['need'] or ''}") - names for row in (mine, other))
    if min(len(one), len(another)) < LEAST_WORDS:
        return None
    if fuzz.token_sort_ratio(" ".join(sorted(one)), " ".join(sorted(another))) >= SIMILAR or _mostly_common(
        one, another
    ):
        return "A similar need."
    return None


def _mostly_common(one: set[str], another: set[str]) -> bool:
    """Of the shorter one's words, most stand in the other, as they are or nearly."""
    short, long = sorted((one, another), key=len)
    met = sum(any(fuzz.ratio(word, other) >= 85 for other in long) for word in short)
    return met >= LEAST_WORDS and met / len(short) >= 0.75


def _plain(product: str) -> str:
    return "".join(_WORD.findall(product.casefold()))


def _words(text: str | None) -> set[str]:
    found = (romanised(word).short for word in _WORD.findall((text or "").casefold()))
    return {word for word in found if len(word) > 2 and not _joins(word)}


def _joins(word: str) -> bool:
    meaning = meanings().get(word)
    return meaning is not None and meaning.kind is Kind.FILLER
