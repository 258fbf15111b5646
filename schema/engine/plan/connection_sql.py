"""Connections as PostgreSQL writes them: one subquery for the rows of a page, aggregated into its text.

A list that belongs to nothing may be long and its page small: the page is chosen first, and joined to what its rows
point at afterwards. Cursors are sealed by us, so the text holds the rows' places between marks; see `seal_cursors`.
"""

import re
from collections.abc import Sequence

from app.database.sql import Sql, joined, sql
from schema.engine.cursors import seal_json
from schema.engine.declare import Entity, Listing
from schema.engine.plan.compile import Aside, Compiler, entity_listed
from schema.engine.plan.json_sql import CURSOR
from schema.engine.plan.pieces import Piece, named, pure
from schema.engine.plan.selection_tree import Branch
from schema.engine.read.selection import TYPE_NAME
from schema.engine.sql.frame import Builder, Frame
from schema.engine.sql.keyset import Page, ordered, place_columns
from schema.engine.sql.statement import Listed

PLACE, NUMBER, COUNT = "_place", "_n", "_c"
"""A row's ordering values, its number on the page, and how many there are: columns of the page's own."""


def seal_cursors(text: str, cursor_scopes: Sequence[str]) -> str:
    """Put cursors where the marks are."""
    parts, end, start = list[str](), 0, text.find(CURSOR)
    while start >= 0:
        stop = text.index(CURSOR, start + 1)
        cursor_scope, _, place = text[start + 1 : stop].partition(":")
        parts += (text[end:start], seal_json(place.encode(), cursor_scopes[int(cursor_scope)]))
        end = stop + 1
        start = text.find(CURSOR, end)
    return "".join((*parts, text[end:])) if parts else text


def connection(compiler: Compiler, around: Builder, branch: Branch, listing: Listing, owner: Sql | None) -> list[Piece]:
    return ConnectionSql(compiler, around, branch, listing, owner).pieces()


class ConnectionSql:
    """Writes one connection. `size` rows are read, and one more where it matters whether there are more."""

    def __init__(
        self, compiler: Compiler, around: Builder, branch: Branch, listing: Listing, owner: Sql | None
    ) -> None:
        assert branch.argument_index is not None
        page = compiler.arguments[branch.argument_index].page
        assert page is not None
        self.compiler, self.around, self.branch, self.listing, self.owner = compiler, around, branch, listing, owner
        self.page: Page = page
        self.entity = entity_listed(branch)
        self.cursor_scope = compiler.cursor_scope(branch)
        about = [below.name for field in branch.below if field.name == "pageInfo" for below in field.below]
        self.counts_more = ("hasPreviousPage" if page.backward else "hasNextPage") in about
        self.bounded = bool({"startCursor", "endCursor"} & set(about))
        self.places_each = any(
            below.name == "cursor" for field in branch.below if field.name == "edges" for below in field.below
        )

    def pieces(self) -> list[Piece]:
        if not any(field.name in ("nodes", "edges", "pageInfo") for field in self.branch.below):
            return named(self.branch.below, [self._aside(field) for field in self.branch.below])
        reading = self.compiler.reading(self.around, self.branch, self.listing, self.owner, self.entity)
        return [self._of_owner(reading) if reading.owned else self._of_none(reading)]

    def _of_owner(self, reading: Listed) -> Sql:
        items = [pure(pieces) for pieces in self._items(reading.frame, reading.entity, self._place(reading))]
        columns = [sql(f"{{}} AS x{n}", item) for n, item in enumerate(items)]
        if self.bounded:
            columns.append(sql(f"{{}} AS {PLACE}", self._place(reading)))
        numbered = self.bounded or self.counts_more or self.page.backward
        rows = self._rows(reading, joined(", ", columns), numbered=numbered)
        texts = [sql(f"q.x{n}") for n in range(len(items))]
        # Without numbers, the rows are taken in the order in which they come.
        order = self._by_number("q") if numbered else sql("")
        return sql("(SELECT {} FROM ({}) q)", self._text("q", texts, order, sql(f"q.{PLACE}")), rows)

    def _of_none(self, reading: Listed) -> Sql:
        alias = reading.frame.alias
        # Where all of it stands in the row, it is written for the few rows that need it, and rows stay in their order.
        at_hand = all(_is_column(key.expression, alias) for key in reading.keys)
        place, columns = self._place(reading), sql(f"{alias}.*")
        if self.places_each or (self.bounded and not at_hand):
            columns += sql(f", {{}} AS {PLACE}", place)
            place = sql(f"{alias}.{PLACE}")
        rows = self._rows(reading, columns, numbered=True)
        builder = self.around.nested()
        frame, aside = reading.frame.reuse_alias(builder), Aside(builder.alias())
        texts = [pure(pieces) for pieces in self._items(frame, reading.entity, place, aside)]
        sorted_ = at_hand and not self.page.backward
        order = sql(" ORDER BY {}", ordered(reading.keys, backward=False)) if sorted_ else self._by_number(alias)
        text = self._text(alias, texts, order, place)
        if not aside.queries:
            return sql(f"(SELECT {{}} FROM ({{}}) {alias}{{}})", text, rows, builder.joined())
        queries = joined(", ", [sql(f"{aside.page} AS MATERIALIZED ({{}})", rows), *aside.queries])
        return sql(f"(WITH {{}} SELECT {{}} FROM {aside.page} {alias}{{}})", queries, text, builder.joined())

    def _rows(self, reading: Listed, columns: Sql, *, numbered: bool) -> Sql:
        # A constant: PostgreSQL plans for the number of rows that it will read.
        limit = self.page.size + self.counts_more
        rows = reading.chosen(columns, self.page) + sql(f" LIMIT {limit}")
        if not numbered:
            return rows
        counted = f", count(*) OVER () AS {COUNT}" if self.bounded else ""
        return sql(f"SELECT r.*, row_number() OVER () AS {NUMBER}{counted} FROM ({{}}) r", rows)

    def _by_number(self, rows: str) -> Sql:
        return sql(f" ORDER BY {rows}.{NUMBER}{' DESC' if self.page.backward else ''}")

    def _items(self, frame: Frame, entity: Entity, place: Sql, aside: Aside | None = None) -> list[list[Piece]]:
        """The text of a row in each of the lists, in the order in which they were selected."""
        items: list[list[Piece]] = []
        for field in self.branch.below:
            if field.name == "nodes":
                items.append(self.compiler.row(frame, entity, field, aside))
            elif field.name == "edges":
                items.append(
                    named(field.below, [self._edge(frame, entity, field, b, place, aside) for b in field.below])
                )
        return items

    def _edge(
        self, frame: Frame, entity: Entity, edge: Branch, below: Branch, place: Sql, aside: Aside | None
    ) -> list[Piece]:
        if below.name == TYPE_NAME:
            return [f'"{edge.type.name}"']
        if below.name == "cursor":
            return self._cursor(place)
        return self.compiler.row(frame, entity, below, aside)

    def _cursor(self, place: Sql) -> list[Piece]:
        return [f'"{CURSOR}{self.cursor_scope}:', place, f'{CURSOR}"']

    def _text(self, rows: str, texts: list[Sql], order: Sql, place: Sql) -> Sql:
        values: list[list[Piece]] = []
        lists = iter(texts)
        for field in self.branch.below:
            if field.name in ("nodes", "edges"):
                values.append(["[", self._joined(rows, next(lists), order), "]"])
            elif field.name == "pageInfo":
                values.append(named(field.below, [self._about(rows, field, below, place) for below in field.below]))
            else:
                values.append(self._aside(field))
        text = pure(named(self.branch.below, values))
        if any(field.name in ("nodes", "edges") for field in self.branch.below):
            return text
        # An aggregate, so that there is one text however many rows the page has.
        return sql("concat({}, left('', count(*)::integer))", text)

    def _joined(self, rows: str, text: Sql, order: Sql) -> Sql:
        within = f" FILTER (WHERE {rows}.{NUMBER} <= {self.page.size})" if self.counts_more else ""
        return sql(f"string_agg({{}}, ','{{}}){within}", text, order)

    def _about(self, rows: str, info: Branch, below: Branch, place: Sql) -> list[Piece]:
        backward = self.page.backward
        match below.name:
            case "hasNextPage" if backward:
                return [_word(self.page.before is not None)]
            case "hasPreviousPage" if not backward:
                return [_word(self.page.after is not None)]
            case "hasNextPage" | "hasPreviousPage":
                return [sql(f"(count(*) > {self.page.size})::text")]
            case "startCursor" | "endCursor":
                return [self._bound(rows, place, last=(below.name == "endCursor") is not backward)]
            case _:
                return [f'"{info.type.name}"']

    def _bound(self, rows: str, place: Sql, *, last: bool) -> Sql:
        """The cursor of the first or last row that was read."""
        if self.page.size == 0:
            return sql("'null'")
        number = f"least({rows}.{COUNT}, {self.page.size})" if last else "1"
        of_one = sql(f"max({{}}) FILTER (WHERE {rows}.{NUMBER} = {number})", place)
        return sql("CASE WHEN count(*) = 0 THEN 'null' ELSE {} END", pure(self._cursor(of_one)))

    def _aside(self, field: Branch) -> list[Piece]:
        if field.name == TYPE_NAME:
            return [f'"{self.branch.type.name}"']
        assert field.name == "totalCount"
        reading = self.compiler.reading(self.around, self.branch, self.listing, self.owner, self.entity)
        return [sql("({})", reading.counted())]

    def _place(self, reading: Listed) -> Sql:
        return sql("to_json(ARRAY[{}])::text", joined(", ", place_columns(reading.keys)))


def _is_column(expression: Sql, alias: str) -> bool:
    return len(expression.parts) == 1 and re.fullmatch(rf"{alias}\.\w+", str(expression.parts[0])) is not None


def _word(truth: bool) -> str:
    return "true" if truth else "false"
