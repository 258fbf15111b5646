"""Declarations of where types' fields come from. A declaration is all that the engine knows of a field.

    @entity(nouns.OPPORTUNITY, description="A deal …")
    class Opportunity(Node):
        name: str = column("What the deal is called.")
        stage: Stage = to_one("Where it stands.")
        days_in_stage: int = expression(days_in_stage, "Whole days since it entered its stage.")

`column` and `to_one` take the column's name from the field's, unless they are told another. Types without a table are
value types: their fields are plain attributes, or a `to_one` over an attribute that holds the key.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from app.database.sql import Sql
from app.identity.viewer import Viewer
from app.models.tables import columns_of
from app.nouns import NOUNS, Noun
from schema.engine.scans import Scan
from schema.engine.sql.frame import Entity as Entity
from schema.engine.sql.frame import Frame
from schema.engine.sql.frame import every_row as every_row
from schema.engine.sql.keyset import DEFAULT_PAGE as DEFAULT_PAGE
from schema.engine.sql.keyset import MAX_PAGE as MAX_PAGE
from schema.engine.sql.keyset import Key as Key
from schema.engine.sql.listing import Listing as Listing
from schema.engine.sql.listing import ListingArguments as ListingArguments
from schema.engine.sql.listing import Through as Through

T = TypeVar("T")
READ = "stagepath.read"


@dataclass(frozen=True, slots=True)
class Column:
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """The global id, from the primary key and the entity's prefix."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A value that PostgreSQL computes from the row and what it points at."""

    build: Callable[[Frame], Sql]


@dataclass(frozen=True, slots=True)
class Localised:
    """A column of text that the row's `translations` may say in the viewer's language."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """A value type made of columns of the row; null when `present` is. `parts`: column by field."""

    type: type
    parts: Mapping[str, str]
    present: str


@dataclass(frozen=True, slots=True)
class ToOne:
    """Whatever `column` (of a value type: the attribute) points at. `rows`: about how many, where it is a list.
    `essential`: a value object is left out of its list when the viewer sees no more what this points at."""

    column: str | None = None
    rows: int | None = None
    essential: bool = False


@dataclass(frozen=True, slots=True)
class ToMany:
    """`rows`: about how many, where that is known to be few."""

    listing: Listing
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Paged:
    """A connection over a listing; the field's arguments `first`, `after`, `last`, `before` choose the page.

    `first` counts as not given when it is `size`: where that is the schema's default, nobody can tell. `rows`: about
    how many there are at most, where that is known to be few.
    """

    listing: Listing
    size: int = DEFAULT_PAGE
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Requester:
    """The viewer, and the instant that all of the operation sees as the present."""

    viewer: Viewer
    at: datetime


Batch = Callable[[Requester, Sequence[UUID], Mapping[str, Any]], Awaitable[Mapping[UUID, Any]]]


@dataclass(frozen=True, slots=True)
class Computed:
    """Values for many rows at once, by their keys; every key must be answered.

    `personal`: they depend on who the viewer is in person, not only on what `SharedAnswerKey` holds of them; then
    nobody else gets the same bytes of an event. `rows`: about how many values, of a list known to be short.
    """

    batch: Batch
    personal: bool = True
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class First:
    """The first row of a listing, or null."""

    listing: Listing


@dataclass(frozen=True, slots=True)
class Made:
    """Value objects that a function makes from who asks and the arguments; if it `selects`, also from the names of the
    fields that are selected of them (`deals`), and of those below (`deals.won`). `rows`: about how many it reads for
    them; `scan`: what it looks through to find them. `constant`: they are the same for all, as long as the process
    runs."""

    make: Callable[..., Awaitable[Any]]
    rows: int | None = None
    scan: Scan | None = None
    constant: bool = False
    selects: bool = False

    def of(self, requester: Requester, arguments: Mapping[str, Any], names: Collection[str]) -> Awaitable[Any]:
        return self.make(requester, arguments, names) if self.selects else self.make(requester, arguments)


@dataclass(frozen=True, slots=True)
class Anything:
    """Things by global ids, each of its own type: what `ids` finds in the arguments, in that order; None for what is no
    id.

    `many`: a list is answered, else the one.
    """

    ids: Callable[[Mapping[str, Any]], Sequence[tuple["Entity", UUID] | None]]
    many: bool


@dataclass(frozen=True, slots=True)
class Act:
    """A mutation: from the context, its input and its name to the value object to answer with. `scan`: what it looks
    through, where it changes more than what it is given. `many`: the input's list of what it is done to."""

    run: Callable[[Any, Any, str], Awaitable[Any]]
    scan: Scan | None = None
    many: str | None = None


Read = (
    Column
    | Identifier
    | Localised
    | Expression
    | Embedded
    | ToOne
    | ToMany
    | Paged
    | Computed
    | First
    | Made
    | Anything
    | Act
)


_BY_TYPE: dict[type, Entity] = {}
_BY_PREFIX: dict[str, Entity] = {}


def entity(
    noun: Noun,
    *,
    description: str,
    prefix: str | None = None,
    condition: Callable[[Frame], Sql] = every_row,
) -> Callable[[type[T]], type[T]]:
    """Make a type of the rows of a noun. `condition` narrows it to some of them, with a `prefix` of their own beside
    another type of the same noun."""
    its_prefix = prefix or noun.prefix
    if its_prefix is None:
        raise TypeError(f"{noun.table} has no ids of its own; its noun says no prefix")

    def declare(cls: type[T]) -> type[T]:
        made: type[T] = strawberry.type(cls, description=description)
        known = Entity(made, noun.table, its_prefix, columns_of(noun.model), condition)
        _check(known)
        if _BY_PREFIX.setdefault(its_prefix, known) is not known:
            raise TypeError(f"{its_prefix} stands for {_BY_PREFIX[its_prefix].origin.__name__} already")
        _BY_TYPE[made] = known
        return made

    return declare


def every_entity() -> Sequence[type]:
    """The types of all nouns that have ids. Raises `TypeError` for a noun without one: nobody could read it again."""
    missing = [noun.table for noun in NOUNS if noun.prefix is not None and noun.prefix not in _BY_PREFIX]
    if missing:
        raise TypeError(f"no type is declared for {', '.join(missing)}")
    return [*_BY_TYPE]


def _check(known: Entity) -> None:
    for declared in known.origin.__strawberry_definition__.fields:  # type: ignore[attr-defined]
        read = declared.metadata.get(READ)
        if read is None:
            raise TypeError(f"{known.origin.__name__}.{declared.python_name} does not say where it comes from")
        named = []
        if isinstance(read, Column | Localised | ToOne):
            named = [column_of(read, declared.python_name)]
        elif isinstance(read, Embedded):
            named = [*read.parts.values(), read.present]
        for name in named:
            if name not in known.columns:
                raise TypeError(f"{known.origin.__name__}.{declared.python_name}: {known.table} has no column {name}")


def column_of(read: Column | Localised | ToOne, python_name: str) -> str:
    if isinstance(read, ToOne):
        return read.column or f"{python_name}_id"
    return read.name or python_name


def entity_of(origin: type) -> Entity | None:
    return _BY_TYPE.get(origin)


def entity_by_prefix(prefix: str) -> Entity | None:
    return _BY_PREFIX.get(prefix)


def loaded(self: Any, info: strawberry.Info) -> Any:
    """The engine's value for this place in the answer: under the field's key, or, where several names may lead
    to the object, under the keys that led to it from the value that was filled.
    """
    put, key, above = self._loaded, info.path.key, info.path.prev
    if key in put:
        return put[key]
    place: tuple[object, ...] = (key,)
    while place not in put and above is not None:
        place = (above.key, *place) if isinstance(above.key, str) else place
        above = above.prev
    return put[place]


def _field(read: Read, description: str, **options: Any) -> Any:
    return strawberry.field(description=description, metadata={READ: read}, **options)


def column(description: str, name: str | None = None) -> Any:
    return _field(Column(name), description)


def localised(description: str, name: str | None = None) -> Any:
    return _field(Localised(name), description)


def expression(build: Callable[[Frame], Sql], description: str, **options: Any) -> Any:
    """`options`: of the field, such as its `name` in the API where that is a word of Python."""
    return _field(Expression(build), description, **options)


def embedded(type_: type, parts: Mapping[str, str], present: str, description: str) -> Any:
    return _field(Embedded(type_, parts, present), description)


def placed(description: str) -> Any:
    """A field of a value type whose objects differ by the place in the answer: `edges`, `nodes`, `node`."""
    return strawberry.field(description=description, resolver=_relation())


def to_one(description: str, column: str | None = None, rows: int | None = None, *, essential: bool = False) -> Any:
    return _field(ToOne(column, rows, essential), description, resolver=_relation())


def to_many(listing: Listing, description: str, rows: int | None = None) -> Any:
    return _field(ToMany(listing, rows), description, resolver=_relation())


def computed(batch: Batch, description: str, *, personal: bool = True, rows: int | None = None) -> Any:
    return _field(Computed(batch, personal, rows), description, resolver=_relation())


def _relation() -> Any:
    # One function each: Strawberry writes the field's type into the resolver it is given.
    def relation(self: Any, info: strawberry.Info) -> Any:
        return loaded(self, info)

    return relation


def with_arguments(read: Read, description: str) -> Callable[[Callable[..., Any]], Any]:
    """Declare a field by a function: its signature gives the arguments and the type, its body is never run."""

    def declare(signature: Callable[..., Any]) -> Any:
        @wraps(signature)
        def relation(self: Any, info: strawberry.Info, **_: Any) -> Any:
            return self._loaded[info.path.key]

        return _field(read, description, resolver=relation)

    return declare
