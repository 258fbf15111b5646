"""Names of months in the languages that exports come in."""

import unicodedata
from collections import defaultdict
from functools import lru_cache

from babel.dates import get_month_names

LANGUAGES = ("en", "de", "de_AT", "fr", "es", "it", "nl", "pt", "pl", "cs", "sv", "da", "nb", "fi")
_SHORT = 3
_OF_SPREADSHEETS = {("mrz", 3), ("maerz", 3), ("jaenner", 1)}


@lru_cache(maxsize=1)
def month_numbers() -> dict[str, int]:
    """Name or abbreviation in lower case, without a full stop, with its accents or without → 1 to 12. Names that mean
    another month in another language are left out."""
    meant: dict[str, set[int]] = defaultdict(set)
    for name, number in _names():
        for spelling in (name, _bare(name)):
            meant[spelling].add(number)
    shortened: dict[str, set[int]] = defaultdict(set)
    for name, numbers in meant.items():
        if len(name) > _SHORT:
            shortened[name[:_SHORT]] |= numbers  # “Sep” where CLDR has “Sept”
    return {name: min(numbers) for name, numbers in {**shortened, **meant}.items() if len(numbers) == 1}


def _names() -> set[tuple[str, int]]:
    return _OF_SPREADSHEETS | {
        (name.casefold().rstrip("."), number)
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for number, name in get_month_names(width, context, language).items()
    }


def _bare(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
