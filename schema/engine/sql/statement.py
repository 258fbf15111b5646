"""The statements that read rows: by key, listed, and listed for many owners at once. None without visibility."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.database.sql import NOTHING, Slot, Sql, Statement, all_of, joined, sql
from app.identity.visibility import parts_of
from schema.engine.sql.frame import Bindings, Builder, Entity, Frame
from schema.engine.sql.keyset import Key, Page, ordered, within
from schema.engine.sql.listing import Listing, Through

OWNER = "owner"
OF_EACH = sql("p.id")
"""The key of each owner, where rows of many are read by one statement."""


def keyed(frame: Frame, entity: Entity, keys: Slot) -> Statement:
    """Rows by primary key, in no order."""
    return frame.builder.statement(of_keys(frame, entity, frame.builder.selected(), keys))


def of_keys(frame: Frame, entity: Entity, selected: Sql, keys: Slot | Sql) -> Sql:
    """`keys`: a slot of an array of them, or a subquery."""
    among = sql("= ANY ({}::uuid[])", keys) if isinstance(keys, Slot) else sql("IN ({})", keys)
    conditions = [sql(f"{frame.alias}.id {{}}", among), frame.seen, entity.condition(frame)]
    tables = f"{frame.table} {frame.alias}"
    return sql(f"SELECT {{}} FROM {tables}{{}} WHERE {{}}", selected, frame.builder.joined(), all_of(conditions))


@dataclass(slots=True)
class Listed:
    """A listing about to be read: `frame` takes the columns, then `rows` or `counts` makes the statement.

    `joins_needed`: the first so many of the frame's joins are needed to find and order rows, the others by columns.
    `parts`: conditions of sets of rows that one index each leads to; empty where it is one set (`in_parts`).
    """

    entity: Entity
    listing: Listing
    bindings: Bindings
    frame: Frame
    keys: Sequence[Key]
    conditions: list[Sql]
    joins_needed: int
    parts: Sequence[Sql]

    @property
    def owned(self) -> bool:
        return self.listing.link is not None

    def rows(self, page: Page | None) -> Statement:
        """The rows of a page, or all of them; with the column `owner` when they belong to owners."""
        select = self.chosen(self.frame.builder.selected(), page)
        if page is not None:
            # A constant: PostgreSQL plans for the number of rows that it will read.
            select += sql(f" LIMIT {page.size + 1}")
        if not self.owned:
            return self.frame.builder.statement(select)
        text = sql(
            f"SELECT c.*, p.id AS {OWNER} FROM unnest({{}}::uuid[]) WITH ORDINALITY AS p(id, n)"
            " CROSS JOIN LATERAL ({}) c ORDER BY p.n, c.rank",
            Slot(f"{self.bindings.place}.owners"),
            # The rows come in their order; `rank` keeps it through the outer statement.
            sql("SELECT r.*, row_number() OVER () AS rank FROM ({}) r", select),
        )
        return self.frame.builder.statement(text)

    def counts(self) -> Statement:
        """The number of rows, for each owner."""
        counted = self.counted()
        if not self.owned:
            return self.frame.builder.statement(counted)
        text = sql(
            f"SELECT p.id AS {OWNER}, c.n FROM unnest({{}}::uuid[]) AS p(id) CROSS JOIN LATERAL ({{}}) c",
            Slot(f"{self.bindings.place}.owners"),
            counted,
        )
        return self.frame.builder.statement(text)

    def chosen(self, selected: Sql, page: Page | None) -> Sql:
        """`SELECT … ORDER BY …` of the rows between a page's bounds, all of them without one."""
        backward = page is not None and page.backward
        order = sql(" ORDER BY {}", ordered(self.keys, backward))
        bounds = [] if page is None else within(self.keys, page, self.bindings.place)
        if page is None or not self.parts:
            return self._from(selected, all_of([*self.conditions, *bounds]), page) + order
        # No more of a part than the page takes: then a part in its index's order is read no further.
        end = order + sql(f" LIMIT {page.size + 1}")
        rows = self._in_parts(sql(f"{self.frame.alias}.*"), bounds, end)
        joins = self.frame.builder.joined()
        return sql(f"SELECT {{}} FROM ({{}}) {self.frame.alias}{{}}", selected, rows, joins) + order

    def counted(self) -> Sql:
        if not self.parts:
            return self._from(sql("count(*) AS n"), all_of(self.conditions), None)
        return sql("SELECT count(*) AS n FROM ({}) counted", self._in_parts(sql("1"), [], NOTHING))

    def _in_parts(self, selected: Sql, bounds: Sequence[Sql], end: Sql) -> Sql:
        joins = joined("", self.frame.builder.joins[: self.joins_needed])
        tables = f"{self.entity.table} {self.frame.alias}"
        return joined(
            " UNION ALL ",
            (
                sql(
                    f"(SELECT {{}} FROM {tables}{{}} WHERE {{}}{{}})",
                    *(selected, joins, all_of([part, *self.conditions, *bounds]), end),
                )
                for part in self.parts
            ),
        )

    def _from(self, selected: Sql, where: Sql, page: Page | None) -> Sql:
        link = self.listing.link
        tables = f"{self.entity.table} {self.frame.alias}"
        if isinstance(link, Through):
            linked = f"{self.frame.alias}.id = {self.frame.link}.{link.member}"
            tables = f"{link.table} {self.frame.link} JOIN {tables} ON {linked}"
        joins = self.listing.among(self.frame, self.bindings, page) + self.frame.builder.joined()
        return sql(f"SELECT {{}} FROM {tables}{{}} WHERE {{}}", selected, joins, where)


def listed(builder: Builder, entity: Entity, listing: Listing, bindings: Bindings, owner: Sql = OF_EACH) -> Listed:
    """`owner`: the key of what the list belongs to, where it belongs to something."""
    link = listing.link
    through = builder.alias() if isinstance(link, Through) else None
    of_one = f"{entity.table}.{link}" if isinstance(link, str) else None
    frame = Frame(builder, entity.table, link=through, of_one=of_one)
    conditions = [frame.seen, entity.condition(frame), *listing.where(frame, bindings)]
    if isinstance(link, str):
        conditions.insert(0, sql(f"{frame.alias}.{link} = {{}}", owner))
    elif isinstance(link, Through):
        conditions.insert(0, sql(f"{through}.{link.owner} = {{}}", owner))
    keys = tuple(listing.order(frame, bindings))
    parts = parts_of(builder.scope, entity.table, frame.alias) if listing.is_parted(bindings) else ()
    return Listed(entity, listing, bindings, frame, keys, conditions, len(builder.joins), parts)
