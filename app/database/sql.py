"""SQL text whose values travel beside it, never in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that is named when a statement is composed and given when it runs, so that statements can be shared."""

    name: str


@dataclass(frozen=True, slots=True)
class Value:
    of: object


class Statement(NamedTuple):
    """PostgreSQL text with `$n` places and what goes into them: values, or slots to be filled."""

    text: str
    parameters: tuple[Value | Slot, ...]

    def arguments(self, slots: Mapping[str, object]) -> list[object]:
        return [slots[p.name] if isinstance(p, Slot) else p.of for p in self.parameters]


class Sql:
    """A fragment of SQL. Made by `sql()`, put together by `+`, `sql()` and the functions below."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple["str | Value | Slot", ...]) -> None:
        self.parts = parts

    def __add__(self, other: "Sql") -> "Sql":
        return Sql(self.parts + other.parts)

    def statement(self) -> Statement:
        """Number the places. Equal slots share one; equal values don't, since their types may differ by place."""
        text: list[str] = []
        parameters: list[Value | Slot] = []
        numbers: dict[Slot, int] = {}
        for part in self.parts:
            if isinstance(part, str):
                text.append(part)
                continue
            if isinstance(part, Slot) and part in numbers:
                text.append(f"${numbers[part]}")
                continue
            parameters.append(part)
            text.append(f"${len(parameters)}")
            if isinstance(part, Slot):
                numbers[part] = len(parameters)
        return Statement("".join(text), tuple(parameters))


@lru_cache(maxsize=5_000)
def _pieces(template: str) -> list[str]:
    return template.split("{}")


def sql(template: str, *values: object) -> Sql:
    """`sql("a = {} AND {}", 1, sql("b"))`: each `{}` takes a fragment (spliced), a slot, or a value (a parameter)."""
    pieces = _pieces(template)
    if len(pieces) != len(values) + 1:
        raise ValueError(f"{len(pieces) - 1} places for {len(values)} values in {template!r}")
    parts: list[str | Value | Slot] = [pieces[0]]
    for value, piece in zip(values, pieces[1:], strict=True):
        if isinstance(value, Sql):
            parts.extend(value.parts)
        else:
            parts.append(value if isinstance(value, Slot) else Value(value))
        parts.append(piece)
    return Sql(tuple(parts))


TRUE = sql("TRUE")
FALSE = sql("FALSE")
NOTHING = sql("")


def joined(separator: str, fragments: Iterable[Sql]) -> Sql:
    parts: list[str | Value | Slot] = []
    for fragment in fragments:
        if parts:
            parts.append(separator)
        parts.extend(fragment.parts)
    return Sql(tuple(parts))


def all_of(conditions: Iterable[Sql]) -> Sql:
    """All conditions together; TRUE when there are none. Each is bracketed."""
    kept = [sql("({})", c) for c in conditions if c is not TRUE]
    return joined(" AND ", kept) if kept else TRUE


def any_of(conditions: Iterable[Sql]) -> Sql:
    """One of the conditions; FALSE when there are none. Bracketed as a whole, so that it holds beside an AND."""
    kept = [sql("({})", c) for c in conditions]
    return sql("({})", joined(" OR ", kept)) if kept else FALSE


def quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
