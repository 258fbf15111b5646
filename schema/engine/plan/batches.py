"""Sources of what is read after the rows it belongs to, for all of them together: one statement each, however many
rows."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from graphql import get_nullable_type, is_non_null_type

from app.database.sql import Sql, joined, sql
from schema.engine.declare import Anything, Batch, Computed, Listing, Made, Paged, ToMany, entity_by_prefix
from schema.engine.plan.assemble import Assembler
from schema.engine.plan.compile import Compiler, absent_of, entity_listed
from schema.engine.plan.fallback import CannotPlan, Cause, FallBack, called
from schema.engine.plan.json_sql import CURSOR, WRONG
from schema.engine.plan.keyed import Keyed
from schema.engine.plan.payloads import Values
from schema.engine.plan.pieces import Piece, named
from schema.engine.plan.run import Run, Source, Texts
from schema.engine.plan.selection_tree import Branch, slot_prefix
from schema.engine.read.selection import TYPE_NAME
from schema.engine.sql.frame import Builder
from schema.engine.sql.keyset import Page, place_columns
from schema.engine.sql.statement import OF_EACH, OWNER, Listed


def source_of(compiler: Compiler, branch: Branch) -> Source:
    """Raises `CannotPlan`."""
    match branch.selected.read:
        case ToMany(listing):
            return All(compiler, branch, listing)
        case Paged(listing):
            return Pages(compiler, branch, listing, owned=True)
        case Computed(batch):
            return Batched(compiler, branch, batch)
        case read:
            raise CannotPlan(Cause.RESOLVER, f"{branch.name} is read as {read}")


class All:
    """A whole list for each owner."""

    def __init__(self, compiler: Compiler, branch: Branch, listing: Listing) -> None:
        reading = compiler.reading(Builder(compiler.scope), branch, listing, OF_EACH)
        self._owners = f"{reading.bindings.place}.owners"
        self._rows = Assembler(reading.frame.builder, compiler.row(reading.frame, reading.entity, branch))
        self._statement = reading.rows(None)

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts:
        rows = await run.fetch(self._statement, **{self._owners: list(keys)})
        lists: dict[Any, list[str]] = {key: [] for key in keys}
        for row, text in zip(rows, await self._rows.write(run, rows), strict=True):
            lists[row[OWNER]].append(text)
        return {key: f"[{','.join(texts)}]" for key, texts in lists.items()}


class Pages:
    """A connection for each owner, or the one that belongs to none."""

    def __init__(self, compiler: Compiler, branch: Branch, listing: Listing, *, owned: bool) -> None:
        assert branch.argument_index is not None
        self._branch = branch
        page = compiler.arguments[branch.argument_index].page
        assert page is not None
        self._page: Page = page
        self._owned = owned
        self._place = slot_prefix(branch.argument_index)
        self._purpose = compiler.cursor_scope(branch)
        entity = entity_listed(branch)
        reading = compiler.reading(Builder(compiler.scope), branch, listing, OF_EACH if owned else None, entity)
        builder = reading.frame.builder
        self._cursor = builder.select(sql("to_json(ARRAY[{}])::text", joined(", ", place_columns(reading.keys))))
        self._rows = [
            Assembler(builder, self._item(compiler, reading, field))
            for field in branch.below
            if field.name in ("nodes", "edges")
        ]
        self._statement = reading.rows(page)
        self._counts = None
        if any(field.name == "totalCount" for field in branch.below):
            counting = compiler.reading(Builder(compiler.scope), branch, listing, OF_EACH if owned else None, entity)
            self._counts = counting.counts()

    def _item(self, compiler: Compiler, reading: Listed, field: Branch) -> list[Piece]:
        if field.name == "nodes":
            return compiler.row(reading.frame, reading.entity, field)
        values: list[list[Piece]] = []
        for below in field.below:
            if below.name == TYPE_NAME:
                values.append([f'"{field.type.name}"'])
            elif below.name == "cursor":
                values.append(self._sealed(reading.frame.builder.columns[self._cursor]))
            else:
                values.append(compiler.row(reading.frame, reading.entity, below))
        return named(field.below, values)

    def _sealed(self, place: Sql | str) -> list[Piece]:
        return [f'"{CURSOR}{self._purpose}:', place, f'{CURSOR}"']

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts:
        owners = {f"{self._place}.owners": list(keys)} if self._owned else {}
        found: dict[Any, list[int]] = {key: [] for key in keys}
        rows = await run.fetch(self._statement, **owners)
        for n, row in enumerate(rows):
            found[row[OWNER] if self._owned else None].append(n)
        lists = [await assembler.write(run, rows) for assembler in self._rows]
        counts = {}
        if self._counts is not None:
            counts = {row[OWNER] if self._owned else None: row["n"] for row in await run.fetch(self._counts, **owners)}
        return {key: self._text(rows, lists, found[key], counts.get(key)) for key in keys}

    def _text(self, rows: Sequence[Any], lists: Sequence[Sequence[str]], numbers: list[int], count: int | None) -> str:
        size, backward = self._page.size, self._page.backward
        more, numbers = len(numbers) > size, numbers[:size]
        if backward:
            numbers.reverse()
        about = {
            "hasNextPage": self._page.before is not None if backward else more,
            "hasPreviousPage": more if backward else self._page.after is not None,
        }
        texts = iter(lists)
        values = []
        for field in self._branch.below:
            if field.name in ("nodes", "edges"):
                chosen = next(texts)
                values.append(f"[{','.join(chosen[n] for n in numbers)}]")
            elif field.name == "pageInfo":
                values.append(
                    _object(field.below, [self._about(field, b.name, about, rows, numbers) for b in field.below])
                )
            elif field.name == "totalCount":
                values.append(str(count))
            else:
                values.append(f'"{self._branch.type.name}"')
        return _object(self._branch.below, values)

    def _about(self, info: Branch, name: str, about: dict[str, bool], rows: Sequence[Any], numbers: list[int]) -> str:
        if name in about:
            return "true" if about[name] else "false"
        if name == TYPE_NAME:
            return f'"{info.type.name}"'
        if not numbers:
            return "null"
        place = rows[numbers[0 if name == "startCursor" else -1]][self._cursor]
        return "".join(str(piece) for piece in self._sealed(place))


def _object(branches: Sequence[Branch], values: Sequence[str]) -> str:
    return "{" + ",".join(f'"{branch.key}":{value}' for branch, value in zip(branches, values, strict=True)) + "}"


class Batched:
    """Value objects that a batch function computes for all keys at once."""

    def __init__(self, compiler: Compiler, branch: Branch, batch: Batch) -> None:
        self._argument_index = branch.argument_index
        self._batch = batch
        self._values = Values(compiler, branch)

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts:
        arguments = {} if self._argument_index is None else run.arguments[self._argument_index].arguments
        found = await called(self._batch(run.requester, list(keys), arguments))
        if any(key not in found for key in keys):
            raise FallBack
        return dict(zip(keys, await self._values.texts(run, [found[key] for key in keys]), strict=True))


class FirstOf:
    """The first row of a listing that belongs to nothing."""

    def __init__(self, compiler: Compiler, branch: Branch, listing: Listing) -> None:
        reading = compiler.reading(Builder(compiler.scope), branch, listing)
        builder = reading.frame.builder
        self._rows = Assembler(builder, compiler.row(reading.frame, reading.entity, branch))
        self._absent = absent_of(branch)
        self._statement = builder.statement(reading.chosen(builder.selected(), None) + sql(" LIMIT 1"))

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts:
        texts = await self._rows.write(run, await run.fetch(self._statement))
        return {None: texts[0] if texts else self._absent}


class Kinds:
    """Things by global ids, whose kinds are known by now: a statement for each kind."""

    def __init__(self, compiler: Compiler, branch: Branch, read: Anything) -> None:
        assert branch.argument_index is not None
        self._argument_index, self._read = branch.argument_index, read
        one = branch.selected.graphql.type
        if read.many:
            one = get_nullable_type(one).of_type  # type: ignore[union-attr]
        self._absent = WRONG if is_non_null_type(one) else "null"
        self._kinds: dict[str, Keyed] = {}
        for prefix, branches in branch.kinds.items():
            entity = entity_by_prefix(prefix)
            assert entity is not None
            self._kinds[prefix] = Keyed(compiler, entity, entity.origin.__name__, branches)

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts:
        wanted = self._read.ids(run.arguments[self._argument_index].arguments)
        found: dict[tuple[str, Any], str] = {}
        for prefix, source in self._kinds.items():
            keys_of = dict.fromkeys(one[1] for one in wanted if one and one[0].prefix == prefix)
            some = await source.texts(run, list(keys_of))
            found.update({(prefix, key): text for key, text in some.items()})
        texts = [found.get((one[0].prefix, one[1]), self._absent) if one else self._absent for one in wanted]
        return {None: f"[{','.join(texts)}]" if self._read.many else texts[0]}


class MadeOnce:
    """A value object that a function makes."""

    def __init__(self, compiler: Compiler, branch: Branch, read: Made) -> None:
        self._argument_index, self._read = branch.argument_index, read
        further = {f"{below.name}.{last.name}" for below in branch.below for last in below.below}
        self._names = frozenset({below.name for below in branch.below} | further)
        self._values = Values(compiler, branch)

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts:
        arguments = {} if self._argument_index is None else run.arguments[self._argument_index].arguments
        (text,) = await self._values.texts(run, [await called(self._read.of(run.requester, arguments, self._names))])
        return {None: text}


class Constant:
    """A value that is the same for all who ask, for ever: its text is kept for the selections asked for last."""

    def __init__(self, source: Source, branch: Branch) -> None:
        self._source = source
        self._key = f"{branch.name}{_below(branch)}"

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts:
        known = _constants.get(self._key)
        if known is None:
            known = _constants[self._key] = await self._source.texts(run, keys)
            if len(_constants) > CONSTANTS:
                del _constants[next(iter(_constants))]
        return known


def _below(branch: Branch) -> str:
    """The selection, fragments and conditions worked in."""
    return f"{{{' '.join(f'{one.key}:{one.name}{_below(one)}' for one in branch.below)}}}"


CONSTANTS = 64
"""Texts that are kept; the largest takes 100 kB."""
_constants: dict[str, Texts] = {}


class DoneOnce:
    """A mutation and its payload. What it did is kept in the context: graphql-core never does it again."""

    def __init__(self, compiler: Compiler, branch: Branch, act: Callable[..., Awaitable[Any]]) -> None:
        assert branch.argument_index is not None
        self._argument_index, self._act, self._key, self._name = branch.argument_index, act, branch.key, branch.name
        self._values = Values(compiler, branch)

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts:
        given = run.arguments[self._argument_index].arguments["input"]
        act = partial(self._act, run.context, given, self._name)
        payload = await called(run.context.once(self._key, act), all_placed=True)
        (text,) = await self._values.texts(run, [payload])
        return {None: text}


class GivenOnce:
    """A value object that whoever runs the plan has already: an event."""

    def __init__(self, compiler: Compiler, branch: Branch) -> None:
        self._values = Values(compiler, branch)

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts:
        (text,) = await self._values.texts(run, [run.given])
        return {None: text}
