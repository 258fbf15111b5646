"""Names of months in the languages that exports come in."""

from functools import lru_cache

from babel.dates import get_month_names

LANGUAGES = ("en", "de", "fr", "es")


@lru_cache(maxsize=1)
def month_numbers() -> dict[str, int]:
    """Name or abbreviation in lower case, without a full stop → 1 to 12."""
    found: dict[str, int] = {}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, language).items():
                    found.setdefault(name.casefold().rstrip("."), number)
    for name in [name for name in found if len(name) > 3 and name[:3] not in found]:
        found[name[:3]] = found[name]  # “Sep” where CLDR has “Sept”
    return found
