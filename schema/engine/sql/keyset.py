"""Pages by key: a page begins where a row stands, not at a number of rows, so page 1,000 costs what page 1 costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.database.sql import FALSE, Slot, Sql, all_of, any_of, joined, sql
from schema.engine.cursors import Place, unseal
from schema.errors import ClientError

DEFAULT_PAGE = 25
MAX_PAGE = 100


@dataclass(frozen=True, slots=True)
class Key:
    """One term of an order. `type` is its PostgreSQL type. Empty values come last, whichever way it is ordered."""

    expression: Sql
    type: str
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """`size` rows after and before the places given, from the end when `backward`."""

    size: int
    backward: bool
    after: Place | None
    before: Place | None

    def shape(self) -> tuple[object, ...]:
        """All of it that decides the text of a statement."""
        return self.backward, _pattern(self.after), _pattern(self.before)

    def pattern(self) -> "Page":
        """Without the places themselves: a page of the same shape."""
        return Page(self.size, self.backward, *(_blanked(place) for place in (self.after, self.before)))

    def slots(self, place: str) -> dict[str, object]:
        slots: dict[str, object] = {}
        for side, values in (("after", self.after), ("before", self.before)):
            slots.update({f"{place}.{side}.{n}": value for n, value in enumerate(values or ())})
        return slots


def _pattern(place: Place | None) -> tuple[bool, ...] | None:
    return None if place is None else tuple(value is None for value in place)


def _blanked(place: Place | None) -> Place | None:
    return None if place is None else tuple(None if value is None else "" for value in place)


def page_of(arguments: Mapping[str, Any], cursor_scope: str, default: int = DEFAULT_PAGE) -> Page:
    """Raises `ClientError` for sizes out of range and for cursors of other lists."""
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None and first != default:
        raise ClientError("Ask for `first` or for `last`, not for both.", argument=("last",))
    size, name = (last, "last") if last is not None else (default if first is None else first, "first")
    if not 0 <= size <= MAX_PAGE:
        raise ClientError(f"`{name}` is from 0 to {MAX_PAGE}; page through the list for more.", argument=(name,))
    places = {}
    for side in ("after", "before"):
        cursor = arguments.get(side)
        places[side] = None if cursor is None else unseal(cursor, cursor_scope, side)
    return Page(size, last is not None, places["after"], places["before"])


def within(keys: Sequence[Key], page: Page, place: str) -> list[Sql]:
    """The conditions that put a row between the page's bounds."""
    bounds = []
    if page.after is not None:
        bounds.append(_beyond(keys, page.after, f"{place}.after", forward=True))
    if page.before is not None:
        bounds.append(_beyond(keys, page.before, f"{place}.before", forward=False))
    return bounds


def ordered(keys: Sequence[Key], backward: bool) -> Sql:
    terms = []
    for key in keys:
        descending = key.descending is not backward
        empties = (" NULLS FIRST" if backward else " NULLS LAST") if key.nullable else ""
        terms.append(sql(f"{{}} {'DESC' if descending else 'ASC'}{empties}", key.expression))
    return joined(", ", terms)


def place_columns(keys: Sequence[Key]) -> list[Sql]:
    """The values that a cursor keeps of a row: texts that PostgreSQL reads back to the very same values."""
    return [sql("({})::text", key.expression) for key in keys]


def _beyond(keys: Sequence[Key], place: Place, slots: str, *, forward: bool) -> Sql:
    if len(place) != len(keys):
        return FALSE
    bounds = [_bound(f"{slots}.{n}", key) for n, key in enumerate(keys)]
    if not any(key.nullable for key in keys) and len({key.descending for key in keys}) == 1:
        operator = ">" if forward is not keys[0].descending else "<"
        sides = joined(", ", (key.expression for key in keys)), joined(", ", bounds)
        return sql(f"({{}}) {operator} ({{}})", *sides)
    options = []
    equal: list[Sql] = []
    for key, value, bound in zip(keys, place, bounds, strict=True):
        options.append(all_of([*equal, _past(key, value, bound, forward=forward)]))
        equal.append(sql("{} IS NULL", key.expression) if value is None else sql("{} = {}", key.expression, bound))
    return any_of(options)


def _bound(slot: str, key: Key) -> Sql:
    return sql(f"({{}}::text)::{key.type}", Slot(slot))


def _past(key: Key, value: str | None, bound: Sql, *, forward: bool) -> Sql:
    """Strictly after (or, going back, before) a value, where empty values come last."""
    if value is None:
        return FALSE if forward else sql("{} IS NOT NULL", key.expression)
    operator = ">" if forward is not key.descending else "<"
    beyond = sql(f"{{}} {operator} {{}}", key.expression, bound)
    return any_of([beyond, sql("{} IS NULL", key.expression)]) if key.nullable and forward else beyond
