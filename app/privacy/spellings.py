"""Names and addresses as texts spell them: regular expressions of PostgreSQL's, for matching whatever the case."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence

REPLACED = r"\1[erased]"
"""What `regexp_replace` puts in place of what a pattern finds."""
_SPACES = "\u00a0\u00ad\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
"""PostgreSQL knows of spaces beyond ASCII only where its locale does."""
_HYPHENS = "\u2010-\u2014"
_ESCAPED = r"\\+(?:[nrtbf]|u(?:00[01a][0-9a-f]|20[0-9a-f]{2}|3000|feff))"
"""Spaces and signs in JSON, or in a document of JSON that is a string of another."""
_GAP = rf"(?:[\s{_SPACES}]|{_ESCAPED})"
_JOINT = rf"(?:[-\s._{_SPACES}{_HYPHENS}]|{_ESCAPED})+"
_LETTER = "[:alnum:]"
_BEFORE = rf"(^|[^{_LETTER}]|{_ESCAPED})"
"""Is kept (`REPLACED`): looking back instead takes PostgreSQL several times as long."""
_APOSTROPHES = "'’‘ʼ´`"
_AFTER_NAME = rf"(?=[{_APOSTROPHES}]?s?(?:[^{_LETTER}]|$))"
"""Or its genitive, as in German or English; an apostrophe may be a letter."""
_AFTER_ADDRESS = rf"(?![{_LETTER}])"
_IN_ASCII = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "å": "aa",
        "ø": "oe",
        "æ": "ae",
        "œ": "oe",
        "ß": "ss",
        "ł": "l",
        "đ": "d",
        "þ": "th",
    }
)
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d"})


def pattern_of(addresses: Sequence[str], name: str | None, *, of_json: bool = False) -> str:
    """Finds these in a text, or in the text of a JSON document (`of_json`): addresses as they are, and a whole name
    however it is spaced, accented, cased and inflected, or as in “Last, First”. Matches nothing if there is nothing."""
    found = [rf"(?:{_address(one, of_json)}){_AFTER_ADDRESS}" for one in sorted(addresses, key=len, reverse=True)]
    if name is not None and (parts := _parts(name, of_json)):
        found.append(rf"(?:{'|'.join(_orders(parts))}){_AFTER_NAME}")
    return rf"{_BEFORE}(?:{'|'.join(found)})" if found else "(?!)"


def _orders(parts: list[str]) -> Iterator[str]:
    yield _JOINT.join(parts)
    for n in range(1, len(parts)):
        yield rf"{_JOINT.join(parts[n:])}{_GAP}*,{_GAP}*{_JOINT.join(parts[:n])}"


def _parts(name: str, of_json: bool) -> list[str]:
    words = re.split(rf"[-\s._{_SPACES}{_HYPHENS}]+", name)
    return [_any_of(_spellings(word), of_json) for word in words if word]


def _address(address: str, of_json: bool) -> str:
    return rf"{_GAP}+".join(_any_of(_cases(word), of_json) for word in address.split())


def _any_of(spellings: Iterator[str], of_json: bool) -> str:
    known = set(spellings)
    if of_json:
        known = {json.dumps(one, ensure_ascii=False)[1:-1] for one in known}
    escaped = {_escaped(one) for one in known} | {_escaped(json.dumps(one)[1:-1]) for one in known if not one.isascii()}
    return rf"(?:{'|'.join(sorted(escaped, key=lambda one: (-len(one), one)))})"


def _spellings(word: str) -> Iterator[str]:
    lower = unicodedata.normalize("NFC", word).lower()
    for one in (word, lower.translate(_IN_ASCII), lower.translate(_STROKES)):
        plain = "".join(letter for letter in unicodedata.normalize("NFKD", one) if not unicodedata.combining(letter))
        yield from _cases(one)
        yield from _cases(plain)


def _cases(word: str) -> Iterator[str]:
    """PostgreSQL compares letters beyond ASCII by their case only where its locale knows them."""
    for cased in (word, word.lower(), word.upper(), word.title(), word.casefold()):
        yield unicodedata.normalize("NFC", cased)
        yield unicodedata.normalize("NFD", cased)


def _escaped(text: str) -> str:
    return "".join(map(_sign, text))


def _sign(letter: str) -> str:
    """Backslashes stand in whatever number: a document within a document doubles them."""
    if letter in _APOSTROPHES:
        return rf"(?:[{_APOSTROPHES}]|\\+u2019)"
    if letter == "\\":
        return r"\\+"
    return letter if letter.isalnum() else f"\\{letter}"
