"""Numbers in words, as “forty-eight thousand”, in the languages that have them."""

from functools import lru_cache

from text_to_num import alpha2digit

LANGUAGES = frozenset({"en", "de", "fr", "es"})


@lru_cache(maxsize=2_048)
def in_figures(text: str, language: str) -> str:
    """The text with figures in their place; small ones that may be articles stay."""
    if language not in LANGUAGES or len(text) > 3_000:
        return text
    figures: str = alpha2digit(text, language)
    return figures
