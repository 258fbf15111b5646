"""A statement in the making: what is selected, and what is joined to say it."""

from collections.abc import Mapping
from typing import Any

from app.database.sql import Slot, Sql, all_of, joined, sql
from app.identity.visibility import Sight, visible_to_one
from app.models.tables import references_of
from schema.engine.declare import Asked, Entity

NOW = Slot("now")
"""The instant that all of an operation sees as the present."""


class Given:
    """What was asked of a listing, as the makers of SQL see it: choices as they are, values as slots."""

    __slots__ = ("_choices", "_names", "_place")

    def __init__(self, place: str, names: frozenset[str], choices: Mapping[str, Any]) -> None:
        self._place = place
        self._names = names
        self._choices = choices

    def value(self, name: str) -> Slot | None:
        """The slot of a value; None when it was not given."""
        return Slot(f"{self._place}.{name}") if name in self._names else None

    def choice(self, name: str, default: Any = None) -> Any:
        return self._choices.get(name, default)


def given(place: str, asked: Asked) -> Given:
    return Given(place, frozenset(asked.values), asked.choices)


def slots_of_asked(place: str, asked: Asked) -> dict[str, object]:
    return {f"{place}.{name}": value for name, value in asked.values.items()}


class Builder:
    """Collects the columns and joins of one statement. Who builds it says what it reads `FROM` and `WHERE`."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.columns: list[Sql] = []
        self.joins: list[Sql] = []
        self._aliases = 0

    def alias(self) -> str:
        self._aliases += 1
        return f"t{self._aliases}"

    def select(self, value: Sql) -> int:
        """The value's index in a row; equal values share one."""
        for index, known in enumerate(self.columns):
            if known.parts == value.parts:
                return index
        self.columns.append(value)
        return len(self.columns) - 1

    def selected(self) -> Sql:
        return joined(", ", (sql(f"{{}} AS c{n}", value) for n, value in enumerate(self.columns)))

    def joined(self) -> Sql:
        return joined("", self.joins)


class Frame:
    """One table in a statement, under its alias."""

    def __init__(self, builder: Builder, table: str, alias: str | None = None, link: str | None = None) -> None:
        self.builder = builder
        self.table = table
        self.alias = alias or builder.alias()
        self.link = link
        self._joins: dict[tuple[str, str], Frame] = {}

    def column(self, name: str) -> Sql:
        return sql(f"{self.alias}.{name}")

    def link_column(self, name: str) -> Sql:
        """A column of the table that links a listing to its owner."""
        if self.link is None:
            raise LookupError(f"{self.table} is not read through a link here")
        return sql(f"{self.link}.{name}")

    @property
    def now(self) -> Slot:
        return NOW

    def follow(self, column: str, entity: Entity | None = None) -> "Frame":
        """The row that a foreign key points at, if the viewer may see it; joined once."""
        place = (column, entity.prefix if entity else "")
        if place not in self._joins:
            table = entity.table if entity else references_of(self.table)[column]
            other = Frame(self.builder, table)
            conditions = [
                sql(f"{other.alias}.id = {self.alias}.{column}"),
                visible_to_one(self.builder.sight, f"{self.table}.{column}", table, other.alias),
            ]
            if entity is not None:
                conditions.append(entity.condition(other))
            self.builder.joins.append(sql(f" LEFT JOIN {table} {other.alias} ON {{}}", all_of(conditions)))
            self._joins[place] = other
        return self._joins[place]
