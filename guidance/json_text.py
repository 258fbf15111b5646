"""JSON in a model's text: whatever stands around it, and with the slips that leave one reading only."""

import json
import re
from collections.abc import Iterator
from typing import Any

MOST_PLACES = 20
_SLIPS = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LAST_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)


def values_in(text: str) -> Iterator[Any]:
    """Objects and lists in the order of their first characters; then once more, read without comments and the commas
    after the last member. A list inside what breaks off is none: only the first thing in the text may be one."""
    text = _unquoted(text)
    yield from _values(text)
    mended = _LAST_COMMA.sub(_kept, _SLIPS.sub(_kept, text))
    if mended != text:
        yield from _values(mended)


def _kept(found: re.Match[str]) -> str:
    return found[1] or ""


def _unquoted(text: str) -> str:
    """Some models give their JSON as a JSON string."""
    if not text.lstrip().startswith('"'):
        return text
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return inner if isinstance(inner, str) else text


def _values(text: str) -> Iterator[Any]:
    decoder, start, tried = json.JSONDecoder(), _first(text), 0
    while start >= 0 and tried < MOST_PLACES:
        try:
            found, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield found
        start, tried = text.find("{", end), tried + 1


def _first(text: str) -> int:
    found = re.search(r"\{|\[\s*\{", text)
    return found.start() if found else -1
