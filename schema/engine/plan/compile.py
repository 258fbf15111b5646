"""The compiler from selections to pieces of JSON text: what PostgreSQL writes by itself, and what is read later."""

from collections.abc import Callable, Mapping, Sequence

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
from schema.engine.plan.fallback import CannotPlan, Cause
from schema.engine.plan.json_sql import WRONG, leaf, quoted
from schema.engine.plan.pieces import Inner, Later, Piece, is_pure, named, pure
from schema.engine.plan.run import Source
from schema.engine.plan.selection_tree import BoundArguments, Branch, slot_prefix
from schema.engine.read.selection import TYPE_NAME, origin_of
from schema.engine.sql.frame import Bindings, Builder, Frame
from schema.engine.sql.statement import Listed, listed, of_keys


def text_or(text: Sql, absent: Sql) -> Sql:
    return sql("coalesce({}, {})", text, absent)


def absent_of(branch: Branch) -> str:
    """The text that stands for a missing value."""
    return WRONG if is_non_null_type(branch.selected.graphql.type) else "null"


def entity_below(branch: Branch) -> Entity:
    """Raises `CannotPlan`."""
    found = entity_of(origin_of(branch.type))
    if found is None:
        raise CannotPlan(Cause.TYPE, f"{branch.name} is not of a table")
    return found


def entity_listed(branch: Branch) -> Entity:
    """The entity that a connection lists. Raises `CannotPlan`."""
    nodes = branch.type.fields.get("nodes") if isinstance(branch.type, GraphQLObjectType) else None
    found = entity_of(origin_of(get_named_type(nodes.type))) if nodes else None
    if found is None:
        raise CannotPlan(Cause.TYPE, f"{branch.name} does not list rows of a table")
    return found


def bindings_of(branch: Branch, arguments: Sequence[BoundArguments]) -> Bindings:
    assert branch.argument_index is not None
    names, choices = arguments[branch.argument_index].shape[:2]
    return Bindings(slot_prefix(branch.argument_index), names, dict(choices))


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


class Compiler:
    """Makes pieces of selections, for one scope and one set of arguments.

    `cursor_scopes`: of the marked cursors. `connection` makes the pieces of a connection that PostgreSQL writes, and
    `source_of` the source of what is read after its rows; both compile what is selected below by this again.
    """

    def __init__(
        self,
        scope: VisibilityScope,
        arguments: Sequence[BoundArguments],
        connection: "Connection",
        source_of: "SourceOf",
    ) -> None:
        self._connection, self._source_of = connection, source_of
        self.scope = scope
        self.arguments = arguments
        self.cursor_scopes: list[str] = []

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
                return [Later(self._source_of(self, branch), frame.column("id"))]
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
        bindings = bindings_of(branch, self.arguments)
        of = entity or entity_below(branch)
        return listed(around.nested(), of, listing, bindings, *([] if owner is None else [owner]))

    def first(self, around: Builder, branch: Branch, listing: Listing) -> list[Piece]:
        """The first row of a listing that belongs to nothing."""
        reading = self.reading(around, branch, listing)
        row = pure(self.row(reading.frame, reading.entity, branch))
        return [text_or(sql("({} LIMIT 1)", reading.chosen(row, None)), quoted(absent_of(branch)))]

    def page(self, around: Builder, branch: Branch, listing: Listing, owner: Sql | None) -> list[Piece]:
        """A connection. `owner`: the key of what its list belongs to."""
        return self._connection(self, around, branch, listing, owner)

    def cursor_scope(self, branch: Branch) -> int:
        assert branch.argument_index is not None
        wanted = self.arguments[branch.argument_index].cursor_scope
        if wanted not in self.cursor_scopes:
            self.cursor_scopes.append(wanted)
        return self.cursor_scopes.index(wanted)


Connection = Callable[[Compiler, Builder, Branch, Listing, Sql | None], list[Piece]]
SourceOf = Callable[[Compiler, Branch], Source]


def is_sure(frame: Frame, column: str, other: Frame, entity: Entity) -> bool:
    """Whether a row has one for certain: there is a foreign key, it is never null, and nothing hides what it names."""
    named_by_key = references_of(frame.table).get(column) == other.table and not facts_of(frame.table)[column].nullable
    return named_by_key and other.seen is TRUE and entity.condition(other) is TRUE


class Aside:
    """Rows that many rows of a page point at, and which take subqueries: each written once, beside the page."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.queries: list[Sql] = []

    def take(self, compiler: Compiler, frame: Frame, branch: Branch, column: str) -> Sql:
        entity = entity_below(branch)
        builder = frame.builder.nested()
        other = Frame(builder, entity.table, to_one=f"{frame.table}.{column}")
        text = pure(compiler.row(other, entity, branch))
        selected = sql(f"{other.alias}.id, {{}} AS x", text)
        rows = of_keys(other, entity, selected, sql(f"SELECT pg.{column} FROM {self.page} pg"))
        name = builder.alias()
        self.queries.append(sql(f"{name} AS MATERIALIZED ({{}})", rows))
        frame.builder.joins.append(sql(f" LEFT JOIN {name} ON {name}.id = {frame.alias}.{column}"))
        found = sql(f"{name}.x")
        return found if is_sure(frame, column, other, entity) else text_or(found, quoted(absent_of(branch)))
