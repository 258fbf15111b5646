"""The words of `business_words.yaml` and the forms of `legal_forms.yaml`, looked up by how they are spelt."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from app.company_names.countries import by_name
from app.company_names.letters import romanised

HERE = Path(__file__).parent


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
    for spelling, country in by_name().items():
        if len(spelling) > 3 or spelling in ("uk", "usa"):
            found.setdefault(spelling, Meaning(Kind.COUNTRY, country))
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
