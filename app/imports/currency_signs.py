"""The signs that people write for a currency, as the Unicode consortium's CLDR has them for where it is used."""

from collections.abc import Iterator
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_territory_language_info

_ENGLISH = ("en", "en_AU", "en_CA")
"""Where `US$`, `A$` and the like are written."""
_ALSO = {"CHF": ("fr", "sfr"), "PLN": ("zl",), "CZK": ("kc",)}
"""What CLDR lacks and exports have."""
_MOST_LANGUAGES = 4


@lru_cache(maxsize=256)
def signs_of(currency: str) -> frozenset[str]:
    """In lower case, without a full stop at the end too; the code itself among them."""
    found = {currency, *_ALSO.get(currency, ())}
    for locale in _locales(currency):
        sign = locale.currency_symbols.get(currency)
        if sign:
            found.add(sign)
    return frozenset(form for sign in found for form in (sign.casefold(), sign.casefold().rstrip(".")) if form)


def _locales(currency: str) -> Iterator[Locale]:
    names = [*_ENGLISH]
    for territory, used in get_global("territory_currencies").items():
        if any(entry[0] == currency for entry in used):
            languages = get_territory_language_info(territory)
            official = sorted(languages, key=lambda code: languages[code]["official_status"] is None)
            names += [f"{language}_{territory}" for language in official[:_MOST_LANGUAGES]]
    for name in names:
        try:
            yield Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
