"""Loading of a selection's objects: one statement for each list of the document, however many rows it has.

graphql-core completes what is loaded here. It serves whatever a compiled plan can't hold, and payloads and events.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from graphql import GraphQLObjectType

from app.database import database
from app.database.sql import Slot, Statement
from app.identity.scopes import scope_of, slots_of
from schema.engine.cursors import Place, seal
from schema.engine.declare import (
    Column,
    Computed,
    Embedded,
    Entity,
    Expression,
    First,
    Identifier,
    Listing,
    ListingArguments,
    Localised,
    Made,
    Paged,
    Requester,
    ToMany,
    ToOne,
    column_of,
    entity_of,
)
from schema.engine.ids import encode
from schema.engine.read.selection import Document, Selected, origin_of
from schema.engine.sql.frame import NOW, Builder, Frame
from schema.engine.sql.keyset import Page, page_of, place_columns
from schema.engine.sql.listing import bindings, cursor_scope_of, slots_of_arguments
from schema.engine.sql.statement import OWNER, Listed, keyed, listed
from schema.pagination import Connection, Edge, PageInfo

T = TypeVar("T")
ONE_ROW = Page(size=1, backward=False, after=None, before=None)


def blank(origin: type[T], **attributes: object) -> T:
    """An object of a type without its constructor: only what was selected is there."""
    made = origin.__new__(origin)
    made.__dict__.update(attributes, _loaded={})
    return made


class Maker:
    """Makes objects of one type from the rows of a statement, and remembers them for what is loaded after it."""

    def __init__(self, entity: Entity, key: int) -> None:
        self.entity = entity
        self.key = key
        self.values: list[tuple[str, int]] = []
        self.identifiers: list[str] = []
        self.embedded: list[tuple[str, type, list[tuple[str, int]], int]] = []
        self.ones: list[tuple[str, Maker]] = []
        self.later: list[Selected] = []
        self.made: list[tuple[UUID, Any]] = []

    def make(self, row: asyncpg.Record) -> Any:
        key = row[self.key]
        if key is None:
            return None
        attributes: dict[str, object] = {name: row[index] for name, index in self.values}
        for name in self.identifiers:
            attributes[name] = encode(self.entity.prefix, key)
        for name, type_, parts, present in self.embedded:
            whole = row[present] is not None
            attributes[name] = blank(type_, **{part: row[index] for part, index in parts}) if whole else None
        made: Any = blank(self.entity.origin, **attributes)
        for name, maker in self.ones:
            made._loaded[name] = maker.make(row)
        if self.later:
            self.made.append((key, made))
        return made


class Loader:
    """Everything one operation loads. `document` says what was selected, `requester` who sees it."""

    def __init__(self, requester: Requester, document: Document) -> None:
        self.requester = requester
        self.document = document
        self.scope = scope_of(requester.viewer)
        self._slots: dict[str, object] = {**slots_of(requester.viewer), NOW.name: requester.at}
        self._places = 0

    async def by_keys(self, entity: Entity, fields: Sequence[Selected], keys: Iterable[UUID]) -> dict[UUID, Any]:
        """The visible rows among `keys`."""
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}
        builder, place = Builder(self.scope), self._place()
        frame = Frame(builder, entity.table)
        maker = self._maker(frame, entity, fields)
        rows = await self._fetch(keyed(frame, entity, Slot(f"{place}.keys")), {f"{place}.keys": wanted})
        found = {row[maker.key]: maker.make(row) for row in rows}
        await self._finish(maker)
        return found

    async def first(self, entity: Entity, listing: Listing, bound: ListingArguments, fields: Sequence[Selected]) -> Any:
        place = self._place()
        reading = listed(Builder(self.scope), entity, listing, bindings(place, bound))
        maker = self._maker(reading.frame, entity, fields)
        rows = await self._fetch(reading.rows(ONE_ROW), {**slots_of_arguments(place, bound), **ONE_ROW.slots(place)})
        made = maker.make(rows[0]) if rows else None
        await self._finish(maker)
        return made

    async def all(
        self,
        entity: Entity,
        listing: Listing,
        bound: ListingArguments,
        fields: Sequence[Selected],
        owners: Sequence[UUID],
    ) -> dict[UUID, list[Any]]:
        place = self._place()
        reading = listed(Builder(self.scope), entity, listing, bindings(place, bound))
        maker = self._maker(reading.frame, entity, fields)
        rows = await self._fetch(reading.rows(None), {**slots_of_arguments(place, bound), f"{place}.owners": owners})
        lists: dict[UUID, list[Any]] = {owner: [] for owner in owners}
        for row in rows:
            lists[row[OWNER]].append(maker.make(row))
        await self._finish(maker)
        return lists

    async def pages(
        self, selected: Selected, read: Paged, arguments: Mapping[str, Any], owners: Sequence[UUID] | None
    ) -> dict[UUID | None, Connection[Any]]:
        """A connection for each owner; under the key None where the listing belongs to none."""
        listing = read.listing
        bound = listing.bind(arguments)
        scope = cursor_scope_of(listing, bound)
        page = page_of(arguments, scope, read.size)
        fields = self.document.below(selected)
        entity = _listed_entity(selected)
        place = self._place()
        slots = {**slots_of_arguments(place, bound), **page.slots(place), f"{place}.owners": owners}
        made: dict[UUID | None, Connection[Any]] = {
            owner: blank(Connection) for owner in (owners if owners is not None else (None,))
        }
        if any(field.name != "totalCount" for field in fields):
            reading = listed(Builder(self.scope), entity, listing, bindings(place, bound))
            await _PageOf(self, reading, page, scope, fields).into(made, slots)
        if any(field.name == "totalCount" for field in fields):
            counting = listed(Builder(self.scope), entity, listing, bindings(place, bound)).counts()
            for row in await self._fetch(counting, slots):
                made[row[OWNER] if owners is not None else None].total_count = row["n"]
        return made

    async def fill(self, objects: Sequence[Any], fields: Sequence[Selected], path: tuple[str, ...] = ()) -> None:
        """Load what value objects of one type point at.

        `path`: the keys in the answer that lead to them from the value that is filled. Under two names in a document,
        the same objects may have different things selected of them.
        """
        for selected in fields:
            if isinstance(selected.read, ToOne):
                await self._point(objects, selected, path)
            elif selected.read is None and isinstance(selected.type, GraphQLObjectType):
                below, place = self.document.below(selected), (*path, selected.key)
                await self.fill(_flat(getattr(value, selected.attribute, None) for value in objects), below, place)
                essential = [one.key for one in below if isinstance(one.read, ToOne) and one.read.essential]
                if essential:
                    _leave_out(objects, selected.attribute, [(*place, key) for key in essential])

    async def _point(self, objects: Sequence[Any], selected: Selected, path: tuple[str, ...]) -> None:
        entity = _entity(selected)
        attribute = column_of(selected.read, selected.attribute)  # type: ignore[arg-type]
        keys = _flat(getattr(value, attribute) for value in objects)
        found = await self.by_keys(entity, self.document.below(selected), keys)
        for value in objects:
            pointed = getattr(value, attribute)
            there = [found[key] for key in pointed if key in found] if isinstance(pointed, list) else found.get(pointed)
            value.__dict__.setdefault("_loaded", {})[(*path, selected.key) if path else selected.key] = there

    def _maker(self, frame: Frame, entity: Entity, fields: Sequence[Selected]) -> Maker:
        builder = frame.builder
        maker = Maker(entity, builder.select(frame.column("id")))
        for selected in fields:
            name = selected.attribute
            match selected.read:
                case Identifier():
                    maker.identifiers.append(name)
                case Column() as read:
                    maker.values.append((name, builder.select(frame.column(column_of(read, name)))))
                case Localised() as read:
                    maker.values.append((name, builder.select(frame.localised(column_of(read, name)))))
                case Expression(build):
                    maker.values.append((name, builder.select(build(frame))))
                case Embedded(type_, parts, present):
                    columns = [(part, builder.select(frame.column(column))) for part, column in parts.items()]
                    maker.embedded.append((name, type_, columns, builder.select(frame.column(present))))
                case ToOne() as read:
                    target = _entity(selected)
                    joined = frame.follow(column_of(read, name), target)
                    maker.ones.append((selected.key, self._maker(joined, target, self.document.below(selected))))
                case _:
                    maker.later.append(selected)
        return maker

    async def _finish(self, maker: Maker) -> None:
        owners = list(dict.fromkeys(key for key, _ in maker.made))
        for selected in maker.later if owners else ():
            values = await self._related(selected, owners)
            for key, made in maker.made:
                made._loaded[selected.key] = values[key]
        for _, one in maker.ones:
            await self._finish(one)

    async def _related(self, selected: Selected, owners: Sequence[UUID]) -> Mapping[Any, Any]:
        arguments = self.document.arguments(selected)
        match selected.read:
            case ToMany(listing):
                bound = listing.bind(arguments)
                return await self.all(_entity(selected), listing, bound, self.document.below(selected), owners)
            case Paged() as read:
                return await self.pages(selected, read, arguments, owners)
            case Computed(batch):
                values = await batch(self.requester, owners, arguments)
                await self.fill(_flat(values.values()), self.document.below(selected))
                return values
            case read:
                raise TypeError(f"{selected.name} can't be read as {read}")

    async def root(self, selected: Selected, arguments: Mapping[str, Any]) -> Any:
        """The value of a root field."""
        match selected.read:
            case Paged() as read:
                return (await self.pages(selected, read, arguments, None))[None]
            case First(listing):
                entity, bound = _entity(selected), listing.bind(arguments)
                return await self.first(entity, listing, bound, self.document.below(selected))
            case Made() as read:
                below = self.document.below(selected)
                further = {f"{one.name}.{last.name}" for one in below for last in self.document.below(one)}
                made = await read.of(self.requester, arguments, {one.name for one in below} | further)
                await self.fill(_flat([made]), below)
                return made
            case read:
                raise TypeError(f"{selected.name} can't be read as {read}")

    async def _fetch(self, statement: Statement, slots: Mapping[str, object]) -> list[asyncpg.Record]:
        return await database().fetch(statement.text, *statement.arguments({**self._slots, **slots}))

    def _place(self) -> str:
        self._places += 1
        return f"s{self._places}"


class _PageOf:
    """Reads a page once for all that was selected of it: `edges`, `nodes` and their aliases."""

    def __init__(self, loader: Loader, reading: Listed, page: Page, scope: str, fields: Sequence[Selected]) -> None:
        self.loader, self.reading, self.page, self.scope, self.fields = (
            loader,
            reading,
            page,
            scope,
            fields,
        )
        builder = reading.frame.builder
        self.places = [builder.select(column) for column in place_columns(reading.keys)]
        self.makers: list[Maker] = []
        self.lists: list[tuple[str, Callable[[asyncpg.Record], Any]]] = [
            (field.key, self._edge(field) if field.name == "edges" else self._node(field))
            for field in fields
            if field.name in ("edges", "nodes")
        ]

    async def into(self, made: Mapping[UUID | None, Connection[Any]], slots: Mapping[str, object]) -> None:
        rows: dict[UUID | None, list[asyncpg.Record]] = {owner: [] for owner in made}
        for row in await self.loader._fetch(self.reading.rows(self.page), slots):
            rows[row[OWNER] if self.reading.owned else None].append(row)
        for owner, connection in made.items():
            self._write(connection, rows[owner])
        for maker in self.makers:
            await self.loader._finish(maker)

    def _write(self, connection: Any, found: list[asyncpg.Record]) -> None:
        more = len(found) > self.page.size
        rows = found[: self.page.size]
        if self.page.backward:
            rows.reverse()
        for key, make in self.lists:
            connection._loaded[key] = [make(row) for row in rows]
        connection.page_info = blank(
            PageInfo,
            has_next_page=self.page.before is not None if self.page.backward else more,
            has_previous_page=more if self.page.backward else self.page.after is not None,
            start_cursor=self.cursor(rows[0]) if rows else None,
            end_cursor=self.cursor(rows[-1]) if rows else None,
        )

    def cursor(self, row: asyncpg.Record) -> str:
        place: Place = tuple(row[index] for index in self.places)
        return seal(place, self.scope)

    def _node(self, selected: Selected) -> Callable[[asyncpg.Record], Any]:
        maker = self.loader._maker(self.reading.frame, self.reading.entity, self.loader.document.below(selected))
        self.makers.append(maker)
        return maker.make

    def _edge(self, selected: Selected) -> Callable[[asyncpg.Record], Any]:
        below = self.loader.document.below(selected)
        nodes = [(field.key, self._node(field)) for field in below if field.name == "node"]
        with_cursor = any(field.name == "cursor" for field in below)

        def edge(row: asyncpg.Record) -> Any:
            made = blank(Edge, cursor=self.cursor(row) if with_cursor else None)
            made._loaded.update({key: make(row) for key, make in nodes})  # type: ignore[attr-defined]
            return made

        return edge


def _leave_out(objects: Sequence[Any], attribute: str, essential: Sequence[tuple[str, ...]]) -> None:
    """Of lists, what points at something that is not seen any more."""
    for value in objects:
        whole = getattr(value, attribute, None)
        if isinstance(whole, list):
            seen = [one for one in whole if all(one._loaded[place] is not None for place in essential)]
            setattr(value, attribute, seen)


def _entity(selected: Selected) -> Entity:
    return _known(origin_of(selected.type))


def _listed_entity(selected: Selected) -> Entity:
    """The entity that a connection lists."""
    connection = selected.type
    assert isinstance(connection, GraphQLObjectType)
    nodes = connection.fields["nodes"].type
    while not isinstance(nodes, GraphQLObjectType):
        nodes = nodes.of_type
    return _known(origin_of(nodes))


def _known(origin: type) -> Entity:
    entity = entity_of(origin)
    if entity is None:
        raise TypeError(f"{origin.__name__} has no table")
    return entity


def _flat(values: Iterable[Any]) -> list[Any]:
    """Values and lists of values, without the empty ones."""
    flat: list[Any] = []
    for value in values:
        if isinstance(value, list | tuple):
            flat.extend(_flat(value))
        elif value is not None:
            flat.append(value)
    return flat
