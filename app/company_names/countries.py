"""Countries as people name them, by their ISO 3166-1 codes."""

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

from app.company_names.letters import romanised

LANGUAGES = ("en", "de", "fr", "it", "es", "pt", "nl", "pl", "sv", "da", "cs", "fi", "ru", "el", "ja", "zh", "ko", "uk")
_SHORT_NAMES = {
    "uk": "GB", "gb": "GB", "britain": "GB", "england": "GB", "usa": "US", "us": "US", "america": "US",
    "deutschland": "DE", "suisse": "CH", "schweiz": "CH", "svizzera": "CH", "iberica": "ES", "iberia": "ES",
    "benelux": "BE", "belux": "BE", "nordic": "SE", "nordics": "SE", "holland": "NL", "oesterr": "AT", "brasil": "BR",
    "hellas": "GR", "czech": "CZ", "ceska": "CZ", "slovensko": "SK", "magyarorszag": "HU", "hungaria": "HU",
}  # fmt: skip


@lru_cache(maxsize=1)
def by_name() -> Mapping[str, str]:
    """By the countries' names in `LANGUAGES`, in Latin letters without blanks."""
    found = dict(_SHORT_NAMES)
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha() and len(name) > 1:
                for key in _keys(name):
                    found.setdefault(key, code)
    return found


@lru_cache(maxsize=2_000)
def country_of(text: str | None) -> str | None:
    """The code; what is no country that is known here, as it is, in capitals. None where nothing is said."""
    said = (text or "").strip()
    if len(said) == 2 and said.isascii() and said.upper() != "UK":
        return said.upper()
    return next((by_name()[key] for key in _keys(said) if key in by_name()), said.upper() or None)


def _keys(name: str) -> set[str]:
    spelt = romanised("".join(name.casefold().split()))
    return {spelt.long, spelt.short} - {""}
