"""The words of `business_words.yaml` and the forms of `legal_forms.yaml`, looked up by how they are spelt."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml
from babel import Locale

from app.company_names.letters import romanised

HERE = Path(__file__).parent
LANGUAGES = ("en", "de", "fr", "it", "es", "pt", "nl", "pl", "sv", "da", "cs", "fi", "ru", "el")


class Kind(StrEnum):
    """Of a word, by what it says about which company it is."""

    FILLER = "fillers"
    WEAK = "weak"
    """It is a company, or a large one."""
    WEAK_TRADE = "weak_trades"
    TRADE = "trades"
    ARM = "arms"
    SONS = "sons"
    KEPT = "kept"
    """Translated and abbreviated, but as telling as the words around it."""
    COMMON = "common"
    COUNTRY = "countries"
    COMPOUND = "compounds"
    """Ends in the word of a trade, as “Fördertechnik” does."""
    RARE = "rare"


class Meaning(NamedTuple):
    kind: Kind
    concept: str
    """The same for words that mean the same."""


@lru_cache(maxsize=1)
def meanings() -> Mapping[str, Meaning]:
    """By spelling."""
    found: dict[str, Meaning] = {}
    for section, lines in yaml.safe_load((HERE / "business_words.yaml").read_text("utf-8")).items():
        kind = Kind(section)
        if isinstance(lines, str):
            for word in lines.split():
                found.setdefault(word, Meaning(kind, word))
            continue
        for concept, words in lines.items():
            for word in words.split():
                for spelling in romanised(word):
                    found.setdefault(spelling, Meaning(kind, f"{kind}.{concept}"))
    for spelling, country in _countries().items():
        found.setdefault(spelling, Meaning(Kind.COUNTRY, country))
    return found


_SHORT_NAMES = {
    "uk": "GB", "gb": "GB", "britain": "GB", "england": "GB", "usa": "US", "us": "US", "america": "US",
    "deutschland": "DE", "suisse": "CH", "schweiz": "CH", "svizzera": "CH", "iberica": "ES", "iberia": "ES",
    "benelux": "BE", "belux": "BE", "nordic": "SE", "nordics": "SE", "holland": "NL", "oesterr": "AT", "brasil": "BR",
    "hellas": "GR", "czech": "CZ", "ceska": "CZ", "slovensko": "SK", "magyarorszag": "HU", "hungaria": "HU",
}  # fmt: skip


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    """ISO 3166-1 codes by the countries' names of one word, in `LANGUAGES`."""
    found = dict(_SHORT_NAMES)
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha() and " " not in name and len(name) > 3:
                for spelling in romanised(name.casefold()):
                    found.setdefault(spelling, code)
    return found


@lru_cache(maxsize=1)
def legal_forms() -> Mapping[str, frozenset[str]]:
    """The countries that know a form, by its letters without blanks."""
    found: dict[str, set[str]] = {}
    for country, forms in yaml.safe_load((HERE / "legal_forms.yaml").read_text("utf-8")).items():
        for form in forms:
            for spelling in {"".join(romanised(word).long for word in form.split()), "".join(form.split())}:
                found.setdefault(spelling, set()).add(country)
    return {form: frozenset(countries) for form, countries in found.items()}


LONGEST_FORM = 8
"""Words."""
