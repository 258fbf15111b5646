"""Whether two systems say the same: their answers with what may differ taken out."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

_UUID = re.compile(r"(?:[a-z]{3}_)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)")


def normalised(value: Any, name: str = "") -> Any:
    """Ids without their kind, instants in UTC, amounts as numbers, money flat, linked rows in place of their links."""
    if name == "endCursor":
        return value is not None
    if name == "medianDaysInStage" and value is not None:
        return round(value, 2)  # it grows while one system is asked after the other
    if isinstance(value, list):
        return [normalised(item) for item in value]
    if isinstance(value, dict):
        return dict(_fields(value))
    if isinstance(value, str):
        return _text(value, name)
    return value


def _fields(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if value.keys() == {"content"}:
        value = value["content"]
    for name, below in value.items():
        if name == "amount" and isinstance(below, dict):
            yield "amount", Decimal(below["amount"])
            yield "currency", below["currency"]
        elif name == "amount" and below is None:
            yield "amount", None
            yield "currency", None
        else:
            yield name, normalised(below, name)


def _text(value: str, name: str) -> Any:
    if name == "amount":
        return Decimal(value)
    if found := _UUID.fullmatch(value):
        return found[1]
    if _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


def difference(expected: Any, found: Any, path: str = "") -> str | None:
    """Where two answers part, in a line; None when they are equal."""
    if isinstance(expected, dict) and isinstance(found, dict):
        if expected.keys() != found.keys():
            return f"{path}: fields {sorted(expected)} against {sorted(found)}"
        places = [(f"{path}.{name}", expected[name], found[name]) for name in expected]
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return f"{path}: {len(expected)} entries against {len(found)}"
        places = [(f"{path}[{n}]", *pair) for n, pair in enumerate(zip(expected, found, strict=True))]
    else:
        return None if expected == found else f"{path}: {expected!r} against {found!r}"
    return next((said for place in places if (said := difference(place[1], place[2], place[0]))), None)
