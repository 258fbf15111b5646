"""Value objects (what batch functions, mutations and events give) as JSON, with what they point at read at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from app.database.sql import Slot, joined, sql
from schema.engine.declare import ToOne, column_of
from schema.engine.plan.compile import Compiler, entity_below, is_written
from schema.engine.plan.fallback import CannotPlan, Cause, FallBack
from schema.engine.plan.keyed import Keyed
from schema.engine.plan.pieces import pure
from schema.engine.plan.run import Run, Texts
from schema.engine.plan.selection_tree import Branch
from schema.engine.read.selection import TYPE_NAME
from schema.engine.sql.frame import Builder, Frame
from schema.engine.sql.statement import of_keys


class Gone(FallBack):
    """A value object lost a row that it can't do without."""


Write = Callable[[Any], Any]
"""From a Python value to what orjson writes."""

NATIVE: dict[str, type] = {"String": str, "ID": str, "Boolean": bool, "Int": int, "Float": float}
WRONG_VALUES = (GraphQLError, TypeError, ValueError, AttributeError, LookupError)
"""Raised by the completion of a value that doesn't fit its type."""


class Values:
    """The value of one field, for many rows or for one: objects, or texts, numbers and the like."""

    def __init__(self, compiler: Compiler, branch: Branch) -> None:
        self._pointers = Pointers(compiler)
        self._names: dict[str, Any] = {
            "pointed": _pointed,
            "all_pointed": _all_pointed,
            "required": _required,
            "essential": _essential,
        }
        type_ = branch.selected.graphql.type
        if is_leaf_type(get_named_type(type_)):
            leaf = leaf_writer(type_)
            self._keys, self._write = _Keys(), _alone(leaf)
        else:
            self._keys, write = self._object(branch)
            self._write = self._wrapped(type_, write)

    async def texts(self, run: Run, values: Sequence[Any]) -> list[str]:
        """Raises `FallBack`."""
        wanted: list[list[Any]] = [[] for _ in range(len(self._pointers))]
        self._keys.collect(values, wanted)
        found = await self._pointers.texts(run, wanted)
        try:
            return [orjson.dumps(self._write(value, found)).decode() for value in values]
        except WRONG_VALUES as wrong:
            raise FallBack from wrong

    def _object(self, branch: Branch) -> tuple["_Keys", Callable[..., Any]]:
        if not isinstance(branch.type, GraphQLObjectType):
            raise CannotPlan(Cause.TYPE, f"{branch.name} is no object")
        keys = _Keys()
        terms = [f"{below.key!r}: {self._value(branch, below, keys)}" for below in branch.below]
        # Composed of names of attributes and fields, which are identifiers.
        write: Callable[..., Any] = eval(f"lambda v, found: {{{', '.join(terms)}}}", self._names)  # noqa: S307
        return keys, write

    def _value(self, branch: Branch, below: Branch, keys: "_Keys") -> str:
        selected, type_ = below.selected, below.selected.graphql.type
        if below.name == TYPE_NAME:
            return repr(branch.type.name)
        if isinstance(selected.read, ToOne):
            attribute = column_of(selected.read, selected.attribute)
            n = self._pointers.add(below)
            keys.here.append((attribute, n))
            many = is_list_type(get_nullable_type(type_))
            value = f"{'all_pointed' if many else 'pointed'}(v.{attribute}, found[{n}])"
            if selected.read.essential:
                return f"essential({value})"
            return f"required({value})" if is_non_null_type(type_) else value
        if selected.read is not None or selected.declared is None or selected.declared.base_resolver is not None:
            raise CannotPlan(Cause.RESOLVER, f"{below.name} has a resolver of its own")
        if isinstance(below.type, GraphQLObjectType):
            inner, write = self._object(below)
            keys.below.append((selected.attribute, inner))
            name = self._named(self._wrapped(type_, write))
            return f"{name}(v.{selected.attribute}, found)"
        return f"{self._named(leaf_writer(type_))}(v.{selected.attribute})"

    def _named(self, function: Callable[..., Any]) -> str:
        name = f"f{len(self._names)}"
        self._names[name] = function
        return name

    def _wrapped(self, type_: GraphQLOutputType, write: Callable[..., Any]) -> Callable[..., Any]:
        """An object, a list of them, or nothing, as the type has it."""
        inner = get_nullable_type(type_)
        if is_list_type(inner):
            item = self._wrapped(inner.of_type, write)

            def value(found_value: Any, found: Any) -> Any:
                try:
                    return [item(one, found) for one in found_value]
                except Gone:
                    return list(_still_there(item, found_value, found))
        else:
            value = write
        required = is_non_null_type(type_)

        def wrapped(found_value: Any, found: Any) -> Any:
            if found_value is None:
                if required:
                    raise FallBack
                return None
            return value(found_value, found)

        return wrapped


class _Keys:
    """The places in value objects that hold the keys of rows."""

    def __init__(self) -> None:
        self.here: list[tuple[str, int]] = []
        self.below: list[tuple[str, _Keys]] = []

    def collect(self, values: Any, wanted: list[list[Any]]) -> None:
        if values is None:
            return
        if isinstance(values, list | tuple):
            for value in values:
                self.collect(value, wanted)
            return
        for attribute, n in self.here:
            key = getattr(values, attribute)
            if isinstance(key, list | tuple):
                wanted[n] += key
            elif key is not None:
                wanted[n].append(key)
        for attribute, inner in self.below:
            inner.collect(getattr(values, attribute), wanted)


class Pointers:
    """Rows that value objects point at: all that PostgreSQL writes by one statement, one more for each other."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._builder = Builder(compiler.scope)
        self._queries: list[tuple[int, Any]] = []
        self._others: dict[int, Any] = {}
        self._statement: Any = None
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, branch: Branch) -> int:
        n, self._size = self._size, self._size + 1
        entity = entity_below(branch)
        if not is_written(branch):
            self._others[n] = Keyed(self._compiler, entity, branch.type.name, branch.below)
            return n
        frame = Frame(self._builder.nested(), entity.table)
        text = pure(self._compiler.row(frame, entity, branch))
        selected = sql(f"{n} AS n, {frame.alias}.id, {{}} AS x", text)
        self._queries.append((n, of_keys(frame, entity, selected, Slot(f"keys{n}"))))
        return n

    async def texts(self, run: Run, wanted: Sequence[Sequence[Any]]) -> list[Mapping[Any, Any]]:
        found: list[Mapping[Any, Any]] = [{} for _ in range(self._size)]
        keys = {f"keys{n}": list(dict.fromkeys(wanted[n])) for n, _ in self._queries}
        if any(keys.values()):
            texts: list[dict[Any, Any]] = [{} for _ in range(self._size)]
            for n, id_, text in await run.fetch(self._joined(), **keys):
                texts[n][id_] = orjson.Fragment(text)
            found = list(texts)
        for n, source in self._others.items():
            several = list(dict.fromkeys(wanted[n]))
            written = await source.texts(run, several) if several else {}
            found[n] = {key: orjson.Fragment(text) for key, text in written.items()}
        return found

    def _joined(self) -> Any:
        if self._statement is None:
            text = joined(" UNION ALL ", (query for _, query in self._queries))
            self._statement = self._builder.statement(text)
        return self._statement


def leaf_writer(type_: GraphQLOutputType) -> Write:
    """Raises `CannotPlan`."""
    inner, required = get_nullable_type(type_), is_non_null_type(type_)
    if is_list_type(inner):
        write = _list_writer(leaf_writer(inner.of_type))
    elif isinstance(inner, GraphQLEnumType):
        write = _enum_writer(inner)
    elif is_leaf_type(inner):
        write = _scalar_writer(inner)
    else:
        raise CannotPlan(Cause.TYPE, f"{type_} is no leaf")

    def checked(value: Any) -> Any:
        if value is None:
            if required:
                raise FallBack
            return None
        return write(value)

    return checked


def _alone(write: Write) -> Callable[[Any, Any], Any]:
    """Of what points at nothing."""
    return lambda value, _: write(value)


def _list_writer(item: Write) -> Write:
    return lambda value: [item(one) for one in value]


def _enum_writer(type_: GraphQLEnumType) -> Write:
    names = {value.value: name for name, value in type_.values.items()}
    return lambda value: names[value]


def _scalar_writer(type_: GraphQLLeafType) -> Write:
    native = NATIVE.get(type_.name)
    serialize = type_.coerce_output_value

    def write(value: Any) -> Any:
        if value.__class__ is native and native is not int and native is not float:
            return value
        return serialize(value)

    return write


def _pointed(key: Any, found: Texts) -> Any:
    return found.get(key)


def _all_pointed(keys: Any, found: Texts) -> Any:
    return None if keys is None else [found[key] for key in keys if key in found]


def _still_there(item: Callable[[Any, Any], Any], values: Iterable[Any], found: Any) -> Iterator[Any]:
    for one in values:
        with suppress(Gone):
            yield item(one, found)


def _essential(value: Any) -> Any:
    if value is None:
        raise Gone
    return value


def _required(value: Any) -> Any:
    if value is None:
        raise FallBack
    return value
