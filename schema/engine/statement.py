"""The statements that read rows: by key, listed, and listed for many owners at once. None without visibility."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.database.sql import Slot, Sql, Statement, all_of, sql
from app.identity.visibility import Sight, visible, visible_of_one
from schema.engine.declare import Asked, Entity, Key, Listing, Through
from schema.engine.frame import Builder, Frame, given
from schema.engine.paging import Page, ordered, within

OWNER = "owner"


def keyed(frame: Frame, entity: Entity, keys: Slot) -> Statement:
    """Rows by primary key, in no order."""
    conditions = [
        sql(f"{frame.alias}.id = ANY ({{}}::uuid[])", keys),
        visible(frame.builder.sight, entity.table, frame.alias),
        entity.condition(frame),
    ]
    return _select(frame, all_of(conditions)).statement()


@dataclass(slots=True)
class Listed:
    """A listing about to be read: `frame` takes the columns, then `rows` or `counts` makes the statement."""

    entity: Entity
    listing: Listing
    asked: Asked
    place: str
    frame: Frame
    keys: Sequence[Key]
    conditions: list[Sql]

    @property
    def owned(self) -> bool:
        return self.listing.link is not None

    def rows(self, page: Page | None) -> Statement:
        """The rows of a page, or all of them; with the column `owner` when they belong to owners."""
        backward = page is not None and page.backward
        bounds = [] if page is None else within(self.keys, page, self.place)
        select = self._source(all_of([*self.conditions, *bounds])) + sql(" ORDER BY {}", ordered(self.keys, backward))
        if page is not None:
            select += sql(" LIMIT {}", Slot(f"{self.place}.limit"))
        if not self.owned:
            return select.statement()
        text = sql(
            f"SELECT c.*, p.id AS {OWNER} FROM unnest({{}}::uuid[]) WITH ORDINALITY AS p(id, n)"
            " CROSS JOIN LATERAL ({}) c ORDER BY p.n, c.rank",
            Slot(f"{self.place}.owners"),
            # The rows come in their order; `rank` keeps it through the outer statement.
            sql("SELECT r.*, row_number() OVER () AS rank FROM ({}) r", select),
        )
        return text.statement()

    def counts(self) -> Statement:
        """How many rows there are, for each owner."""
        if not self.owned:
            return self._from(sql("count(*) AS n"), all_of(self.conditions)).statement()
        counted = self._from(sql("count(*) AS n"), all_of(self.conditions))
        return sql(
            f"SELECT p.id AS {OWNER}, c.n FROM unnest({{}}::uuid[]) AS p(id) CROSS JOIN LATERAL ({{}}) c",
            Slot(f"{self.place}.owners"),
            counted,
        ).statement()

    def _source(self, where: Sql) -> Sql:
        return self._from(self.frame.builder.selected(), where)

    def _from(self, selected: Sql, where: Sql) -> Sql:
        link = self.listing.link
        tables = f"{self.entity.table} {self.frame.alias}"
        if isinstance(link, Through):
            linked = f"{self.frame.alias}.id = {self.frame.link}.{link.member}"
            tables = f"{link.table} {self.frame.link} JOIN {tables} ON {linked}"
        return sql(f"SELECT {{}} FROM {tables}{{}} WHERE {{}}", selected, self.frame.builder.joined(), where)


def listed(sight: Sight, entity: Entity, listing: Listing, asked: Asked, place: str) -> Listed:
    builder = Builder(sight)
    link = listing.link
    alias = builder.alias()
    frame = Frame(builder, entity.table, alias, builder.alias() if isinstance(link, Through) else None)
    what = given(place, asked)
    conditions = [*_belonging(frame, entity, listing), *listing.where(frame, what)]
    return Listed(entity, listing, asked, place, frame, tuple(listing.order(frame, what)), conditions)


def _belonging(frame: Frame, entity: Entity, listing: Listing) -> list[Sql]:
    sight, link = frame.builder.sight, listing.link
    if isinstance(link, str):
        seen = visible_of_one(sight, f"{entity.table}.{link}", entity.table, frame.alias)
        return [sql(f"{frame.alias}.{link} = p.id"), seen, entity.condition(frame)]
    seen = visible(sight, entity.table, frame.alias)
    if isinstance(link, Through):
        return [sql(f"{frame.link}.{link.owner} = p.id"), seen, entity.condition(frame)]
    return [seen, entity.condition(frame)]


def _select(frame: Frame, where: Sql) -> Sql:
    builder = frame.builder
    return sql(
        f"SELECT {{}} FROM {frame.table} {frame.alias}{{}} WHERE {{}}", builder.selected(), builder.joined(), where
    )
