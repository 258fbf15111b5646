"""Translations of a row's texts as they are stored: a JSON object by language tag in small letters, so that a reader's
language is looked up and not searched. Under the ancestors of a tag (`de` of `de-CH`) stands the first translation that
has them, unless they have one of their own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.languages import ancestry

Stored = Mapping[str, Mapping[str, Any]]

PLACE = "place"


def stored(translations: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]] | None:
    """None where there are none."""
    said = [
        {**{name: text for name, text in one.items() if text is not None}, PLACE: place}
        for place, one in enumerate(translations)
    ]
    found = {one["language"].lower(): one for one in said}
    for one in said:
        for tag in ancestry(one["language"]):
            found.setdefault(tag, one)
    return found or None


def in_order(kept: Stored | None) -> list[Mapping[str, Any]]:
    """As they were given, each once."""
    each = {one[PLACE]: one for one in (kept or {}).values()}
    return [each[place] for place in sorted(each)]


def spoken(kept: Stored | None, languages: Iterable[str], text: str) -> tuple[str, str] | None:
    """The text in the first of these languages that has it, with the language it is in."""
    for tag in languages:
        one = (kept or {}).get(tag)
        if one and (found := one.get(text)):
            return str(found), str(one["language"])
    return None
