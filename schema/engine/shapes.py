"""The compiler from selections to pieces of JSON text: what PostgreSQL writes by itself, and what is read later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import GraphQLObjectType, get_named_type, is_non_null_type

from app.database.sql import TRUE, Sql, sql
from app.identity.scopes import VisibilityScope
from app.models.tables import facts_of, references_of
from schema.engine.declare import (
    Column,
    Computed,
    Embedded,
    Entity,
    Expression,
    First,
    Identifier,
    Listing,
    Localised,
    Paged,
    ToMany,
    ToOne,
    column_of,
    entity_of,
)
from schema.engine.fallback import CannotPlan, Cause
from schema.engine.frame import Builder, Frame, Given
from schema.engine.outline import Ask, Branch
from schema.engine.selection import TYPE_NAME, origin_of
from schema.engine.statement import Listed, listed, of_keys
from schema.engine.written import WRONG, concat, leaf, quoted

if TYPE_CHECKING:
    from schema.engine.rows import Source


@dataclass(frozen=True, slots=True)
class Later:
    """Read for all rows together, after them, by their key (None: once, for the whole answer)."""

    source: "Source"
    key: Sql | None


@dataclass(frozen=True, slots=True)
class Inner:
    """What a row points at, when something of it is read later; `absent` stands there when `key` is null."""

    key: Sql
    absent: str
    pieces: "list[Piece]"


Piece = str | Sql | Later | Inner


def is_pure(pieces: Sequence[Piece]) -> bool:
    """Whether PostgreSQL can write all of it."""
    return all(isinstance(piece, str | Sql) for piece in pieces)


def pure(pieces: Sequence[Piece]) -> Sql:
    return concat(piece for piece in pieces if isinstance(piece, str | Sql))


def named(branches: Sequence[Branch], values: Sequence[Sequence[Piece]]) -> list[Piece]:
    """An object of these fields."""
    pieces: list[Piece] = []
    for n, (branch, value) in enumerate(zip(branches, values, strict=True)):
        pieces += [f'{"," if n else "{"}"{branch.key}":', *value]
    return [*pieces, "}"] if branches else ["{}"]


def text_or(text: Sql, absent: Sql) -> Sql:
    return sql("coalesce({}, {})", text, absent)


def absent_of(branch: Branch) -> str:
    """What stands where a field has no value."""
    return WRONG if is_non_null_type(branch.selected.graphql.type) else "null"


def entity_below(branch: Branch) -> Entity:
    """Raises `CannotPlan`."""
    found = entity_of(origin_of(branch.type))
    if found is None:
        raise CannotPlan(Cause.TYPE, f"{branch.name} is not of a table")
    return found


def entity_listed(branch: Branch) -> Entity:
    """What a connection lists. Raises `CannotPlan`."""
    nodes = branch.type.fields.get("nodes") if isinstance(branch.type, GraphQLObjectType) else None
    found = entity_of(origin_of(get_named_type(nodes.type))) if nodes else None
    if found is None:
        raise CannotPlan(Cause.TYPE, f"{branch.name} does not list rows of a table")
    return found


def place_of(asking: int | None) -> str:
    return f"a{asking}"


def given_of(branch: Branch, asks: Sequence[Ask]) -> Given:
    assert branch.asking is not None
    names, choices = asks[branch.asking].shape[:2]
    return Given(place_of(branch.asking), names, dict(choices))


def is_written(branch: Branch) -> bool:
    """Whether PostgreSQL can write the field's value by itself."""
    read = branch.selected.read
    if branch.name == TYPE_NAME or isinstance(read, Column | Identifier | Localised | Expression | Embedded):
        return True
    if isinstance(read, ToOne | ToMany | Paged | First):
        return all(_is_written_below(below) for below in branch.below)
    return False


def _is_written_below(branch: Branch) -> bool:
    """Of a connection, `edges`, `nodes` and the like are no reads of their own."""
    if branch.selected.read is None and branch.name != TYPE_NAME:
        return all(_is_written_below(below) for below in branch.below)
    return is_written(branch)


def _lists(branch: Branch) -> bool:
    """Whether reading it takes a subquery for each row."""
    return any(
        isinstance(below.selected.read, ToMany | Paged) or (isinstance(below.selected.read, ToOne) and _lists(below))
        for below in branch.below
    )


class Shaper:
    """Makes pieces of selections, for one scope and one set of asks. `purposes`: what the marked cursors are for."""

    def __init__(self, scope: VisibilityScope, asks: Sequence[Ask]) -> None:
        self.scope = scope
        self.asks = asks
        self.purposes: list[str] = []

    def row(self, frame: Frame, entity: Entity, branch: Branch, aside: "Aside | None" = None) -> list[Piece]:
        """The object of one row. `aside` takes what is worth computing once for many rows."""
        return self.row_of(frame, entity, branch.type.name, branch.below, aside)

    def row_of(
        self, frame: Frame, entity: Entity, type_name: str, branches: Sequence[Branch], aside: "Aside | None" = None
    ) -> list[Piece]:
        return named(branches, [self._value(frame, entity, type_name, branch, aside) for branch in branches])

    def _value(
        self, frame: Frame, entity: Entity, type_name: str, branch: Branch, aside: "Aside | None"
    ) -> list[Piece]:
        if branch.name == TYPE_NAME:
            return [f'"{type_name}"']
        type_, attribute = branch.selected.graphql.type, branch.selected.attribute
        match branch.selected.read:
            case Identifier():
                return [f'"{entity.prefix}_', frame.column("id"), '"']
            case Column() as read:
                return self._column(frame, branch, column_of(read, attribute))
            case Localised() as read:
                return self._localised(frame, branch, column_of(read, attribute))
            case Expression(build):
                return list(leaf(type_, build(frame)))
            case Embedded(_, parts, present):
                values = [self._part(frame, below, parts, branch, present) for below in branch.below]
                whole = named(branch.below, values)
                absent = quoted(absent_of(branch))
                return [sql("CASE WHEN {} IS NULL THEN {} ELSE {} END", frame.column(present), absent, pure(whole))]
            case ToOne() as read:
                return self._to_one(frame, branch, column_of(read, attribute), aside)
            case ToMany(listing) if is_written(branch):
                return [self._all(frame, branch, listing)]
            case Paged(listing) if is_written(branch):
                return self.page(frame.builder, branch, listing, frame.column("id"))
            case ToMany() | Paged() | Computed():
                from schema.engine.sources import source_of

                return [Later(source_of(self, branch), frame.column("id"))]
            case read:
                raise CannotPlan(Cause.RESOLVER, f"{branch.name} is read as {read}")

    def _column(self, frame: Frame, branch: Branch, column: str, *, present: bool = False) -> list[Piece]:
        facts = facts_of(frame.table)[column]
        nullable = facts.nullable and not present
        return list(leaf(branch.selected.graphql.type, frame.column(column), nullable=nullable, big=facts.big))

    def _localised(self, frame: Frame, branch: Branch, column: str) -> list[Piece]:
        nullable = facts_of(frame.table)[column].nullable
        return list(leaf(branch.selected.graphql.type, frame.localised(column), nullable=nullable))

    def _part(self, frame: Frame, branch: Branch, parts: Mapping[str, str], whole: Branch, present: str) -> list[Piece]:
        if branch.name == TYPE_NAME:
            return [f'"{whole.type.name}"']
        column = parts[branch.selected.attribute]
        return self._column(frame, branch, column, present=column == present)

    def _to_one(self, frame: Frame, branch: Branch, column: str, aside: "Aside | None") -> list[Piece]:
        entity, absent = entity_below(branch), absent_of(branch)
        if aside is not None and _lists(branch) and is_written(branch):
            return [aside.take(self, frame, branch, column)]
        other = frame.follow(column, entity)
        pieces = self.row(other, entity, branch)
        if not is_pure(pieces):
            return [Inner(other.column("id"), absent, pieces)]
        if is_sure(frame, column, other, entity):
            return pieces
        return [sql("CASE WHEN {} IS NULL THEN {} ELSE {} END", other.column("id"), quoted(absent), pure(pieces))]

    def _all(self, frame: Frame, branch: Branch, listing: Listing) -> Sql:
        reading = self.reading(frame.builder, branch, listing, frame.column("id"))
        item = pure(self.row(reading.frame, reading.entity, branch))
        rows = reading.chosen(sql("{} AS x", item), None)
        return sql("(SELECT concat('[', string_agg(q.x, ','), ']') FROM ({}) q)", rows)

    def reading(
        self, around: Builder, branch: Branch, listing: Listing, owner: Sql | None = None, entity: Entity | None = None
    ) -> Listed:
        what = given_of(branch, self.asks)
        of = entity or entity_below(branch)
        return listed(around.nested(), of, listing, what, *([] if owner is None else [owner]))

    def first(self, around: Builder, branch: Branch, listing: Listing) -> list[Piece]:
        """The first row of a listing that belongs to nothing."""
        reading = self.reading(around, branch, listing)
        row = pure(self.row(reading.frame, reading.entity, branch))
        return [text_or(sql("({} LIMIT 1)", reading.chosen(row, None)), quoted(absent_of(branch)))]

    def page(self, around: Builder, branch: Branch, listing: Listing, owner: Sql | None) -> list[Piece]:
        """A connection. `owner`: the key of what its list belongs to."""
        from schema.engine.pages import PageShape

        return PageShape(self, around, branch, listing, owner).pieces()

    def purpose(self, branch: Branch) -> int:
        assert branch.asking is not None
        wanted = self.asks[branch.asking].purpose
        if wanted not in self.purposes:
            self.purposes.append(wanted)
        return self.purposes.index(wanted)


def is_sure(frame: Frame, column: str, other: Frame, entity: Entity) -> bool:
    """Whether a row has one for certain: there is a foreign key, it is never null, and nothing hides what it names."""
    named_by_key = references_of(frame.table).get(column) == other.table and not facts_of(frame.table)[column].nullable
    return named_by_key and other.seen is TRUE and entity.condition(other) is TRUE


class Aside:
    """Rows that many rows of a page point at, and which take subqueries: each written once, beside the page."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.queries: list[Sql] = []

    def take(self, shaper: Shaper, frame: Frame, branch: Branch, column: str) -> Sql:
        entity = entity_below(branch)
        builder = frame.builder.nested()
        other = Frame(builder, entity.table, to_one=f"{frame.table}.{column}")
        text = pure(shaper.row(other, entity, branch))
        selected = sql(f"{other.alias}.id, {{}} AS x", text)
        rows = of_keys(other, entity, selected, sql(f"SELECT pg.{column} FROM {self.page} pg"))
        name = builder.alias()
        self.queries.append(sql(f"{name} AS MATERIALIZED ({{}})", rows))
        frame.builder.joins.append(sql(f" LEFT JOIN {name} ON {name}.id = {frame.alias}.{column}"))
        found = sql(f"{name}.x")
        return found if is_sure(frame, column, other, entity) else text_or(found, quoted(absent_of(branch)))
