"""A statement under construction: its columns and joins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.database.sql import TRUE, Slot, Sql, Statement, all_of, joined, sql
from app.identity.scopes import SPOKEN, SPOKEN_ANYWHERE, VisibilityScope
from app.identity.visibility import visible, visible_of_one, visible_to_one
from app.models.tables import references_of

NOW = Slot("now")
"""The instant that all of an operation sees as the present."""


class Bindings:
    """The arguments of a listing, as the makers of SQL see them: choices as they are, values as slots."""

    __slots__ = ("_choices", "_names", "place")

    def __init__(self, place: str, names: frozenset[str], choices: Mapping[str, Any]) -> None:
        self.place = place
        self._names = names
        self._choices = choices

    def value(self, name: str) -> Slot | None:
        """The slot of a value; None when it was not given."""
        return Slot(f"{self.place}.{name}") if name in self._names else None

    def choice(self, name: str, default: Any = None) -> Any:
        return self._choices.get(name, default)


class Unguarded(Exception):
    """A statement reads a table without the condition under which its rows exist for the viewer."""


class Names:
    """The names of a statement, unique in its subqueries as well: aliases, and which table each stands for."""

    def __init__(self) -> None:
        self._aliases = 0
        self._read: list[tuple[str, str, Sql]] = []

    def alias(self) -> str:
        self._aliases += 1
        return f"t{self._aliases}"

    def reads(self, table: str, alias: str, seen: Sql) -> None:
        self._read.append((table, alias, seen))

    def check(self, text: Sql) -> None:
        """Raises `Unguarded` unless every table stands beside its condition."""
        for table, alias, seen in self._read:
            if seen is not TRUE and not _within(seen.parts, text.parts):
                raise Unguarded(f"{table} {alias}")


def _within(part: tuple[object, ...], whole: tuple[object, ...]) -> bool:
    size = len(part)
    return any(whole[n] == part[0] and whole[n : n + size] == part for n in range(len(whole) - size + 1))


class Builder:
    """Collects the columns and joins of one `SELECT`. Who builds it says what it reads `FROM` and `WHERE`."""

    def __init__(self, scope: VisibilityScope, names: Names | None = None) -> None:
        self.scope = scope
        self.names = names or Names()
        self.columns: list[Sql] = []
        self.joins: list[Sql] = []

    def nested(self) -> "Builder":
        """For a subquery."""
        return Builder(self.scope, self.names)

    def alias(self) -> str:
        return self.names.alias()

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

    def statement(self, text: Sql) -> Statement:
        """The only way to a statement that reads tables. Raises `Unguarded`."""
        self.names.check(text)
        return text.statement()


@dataclass(frozen=True, slots=True)
class Entity:
    """The rows of a table, or some of them, that a type is made of."""

    origin: type
    table: str
    prefix: str
    columns: frozenset[str]
    condition: Callable[["Frame"], Sql]


def every_row(_: "Frame") -> Sql:
    return TRUE


class Frame:
    """One table in a statement, under its alias. `seen` is the condition under which its rows exist for the viewer.

    `to_one` names the foreign key (`opportunity.stage_id`) that leads here from a visible row, `of_one` the one that
    leads from here to a visible row.
    """

    def __init__(
        self,
        builder: Builder,
        table: str,
        *,
        link: str | None = None,
        to_one: str | None = None,
        of_one: str | None = None,
    ) -> None:
        self.builder = builder
        self.table = table
        self.alias = builder.alias()
        self.link = link
        self.seen = self._seen(to_one, of_one)
        builder.names.reads(table, self.alias, self.seen)
        self._joins: dict[tuple[str, str], Frame] = {}

    def _seen(self, to_one: str | None, of_one: str | None) -> Sql:
        scope = self.builder.scope
        if to_one is not None:
            return visible_to_one(scope, to_one, self.table, self.alias)
        if of_one is not None:
            return visible_of_one(scope, of_one, self.table, self.alias)
        return visible(scope, self.table, self.alias)

    def reuse_alias(self, builder: Builder) -> "Frame":
        """The rows that a subquery of the same alias has chosen, read in the statement around it."""
        other = object.__new__(Frame)
        other.builder, other.table, other.alias, other.link = builder, self.table, self.alias, None
        other.seen, other._joins = TRUE, {}
        return other

    def column(self, name: str) -> Sql:
        return sql(f"{self.alias}.{name}")

    def localised(self, name: str) -> Sql:
        """A text in the viewer's language where the row's translations have it, else as it is written."""
        said = f"{self.alias}.translations -> {{}}::text ->> '{name}'"
        return sql(f"coalesce({said}, {said}, {self.alias}.{name})", SPOKEN, SPOKEN_ANYWHERE)

    def link_column(self, name: str) -> Sql:
        """A column of the table that links a listing to its owner."""
        if self.link is None:
            raise LookupError(f"{self.table} is not read through a link here")
        return sql(f"{self.link}.{name}")

    @property
    def now(self) -> Slot:
        return NOW

    def target(self, column: str, entity: Entity | None = None) -> str:
        """The table that a foreign key points at."""
        return entity.table if entity else references_of(self.table)[column]

    def follow(self, column: str, entity: Entity | None = None) -> "Frame":
        """The row that a foreign key points at, if the viewer may see it; joined once."""
        place = (column, entity.prefix if entity and entity.condition is not every_row else "")
        if place not in self._joins:
            other = Frame(self.builder, self.target(column, entity), to_one=f"{self.table}.{column}")
            conditions = [sql(f"{other.alias}.id = {self.alias}.{column}"), other.seen]
            if entity is not None:
                conditions.append(entity.condition(other))
            self.builder.joins.append(sql(f" LEFT JOIN {other.table} {other.alias} ON {{}}", all_of(conditions)))
            self._joins[place] = other
        return self._joins[place]
