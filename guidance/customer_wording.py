"""The check that a text is fit for customers: a playbook's wording, a title, a name, a model's draft."""

from collections.abc import Collection
from functools import lru_cache

from guidance.inward import figures_in, internal_words, keys_in, names_in
from guidance.phrasebook import Phrasebook, fallback, phrasebook


def customer_wording_faults(text: str, language: str, stage_names: Collection[str], keys: Collection[str]) -> list[str]:
    """What a customer shouldn't read in the `customer_wording` of a playbook in `language`: words of its phrasebook's
    list, names of stages, keys, amounts and dates; each once. Without a phrasebook, English's list counts."""
    book = phrasebook(language) or fallback()
    return list(dict.fromkeys((*inward_in(text, book, stage_names, keys), *figures_in(text))))


def inward_in(text: str, book: Phrasebook, stage_names: Collection[str], keys: Collection[str]) -> list[str]:
    return list(_inward_in(text, book.internal, book.capital_nouns, tuple(stage_names), tuple(keys)))


@lru_cache(maxsize=8_192)
def _inward_in(
    text: str, internal: tuple[str, ...], capital_nouns: bool, stage_names: tuple[str, ...], keys: tuple[str, ...]
) -> tuple[str, ...]:
    """Kept: the same wordings and titles are asked about for every deal in their stage, and in every language."""
    return (
        *internal_words(text, internal),
        *names_in(text, stage_names, capital_nouns=capital_nouns),
        *keys_in(text, keys),
    )
