"""Listings: many rows of an entity, with what filters and orders them, and the arguments that a request gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from app.database.sql import NOTHING, Sql
from schema.engine.scans import Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.engine.sql.keyset import Key, Page


@dataclass(frozen=True, slots=True)
class Through:
    """A table that links: `owner` points at what the list belongs to, `member` at what is listed."""

    table: str
    owner: str
    member: str


class ListingArguments(NamedTuple):
    """Arguments, checked and decoded. `values` travel beside the statement, `choices` (hashable) decide its text."""

    values: Mapping[str, object] = MappingProxyType({})
    choices: Mapping[str, Any] = MappingProxyType({})


def _no_arguments(_: Mapping[str, Any]) -> ListingArguments:
    return ListingArguments()


def _joins_nothing(_: Frame, __: Bindings, ___: Page | None) -> Sql:
    return NOTHING


def _no_condition(_: Frame, __: Bindings) -> Sequence[Sql]:
    return ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Many rows of an entity: those whose column `link` names the owner, those linked `Through` a table, or (None) all.

    `scan` says what finding its rows costs, for each owner where they belong to one; None: an index leads to few.
    `bind` turns the field's arguments into `ListingArguments` or raises `ClientError`; `where` and `order` say what
    they mean. The last key of an order makes it total. `among` joins the rows that may be on a page, or (None) all
    that count, where more than conditions find them. `led_by`: names of values any of which leads to its rows by an
    index, whoever asks; without one, what a viewer sees is read by the parts of its noun. `personal`: which rows are
    meant may depend on the very person who asks, as `Computed` has it.
    """

    name: str
    order: Callable[[Frame, Bindings], Sequence[Key]]
    link: str | Through | None = None
    where: Callable[[Frame, Bindings], Sequence[Sql]] = _no_condition
    bind: Callable[[Mapping[str, Any]], ListingArguments] = _no_arguments
    scan: Scan | None = None
    among: Callable[[Frame, Bindings, Page | None], Sql] = _joins_nothing
    led_by: frozenset[str] = frozenset()
    personal: bool = False

    def is_parted(self, what: Bindings) -> bool:
        return self.link is None and all(what.value(name) is None for name in self.led_by)


def bindings(place: str, arguments: ListingArguments) -> Bindings:
    return Bindings(place, frozenset(arguments.values), arguments.choices)


def slots_of_arguments(place: str, arguments: ListingArguments) -> dict[str, object]:
    return {f"{place}.{name}": value for name, value in arguments.values.items()}


def cursor_scope_of(listing: Listing, arguments: ListingArguments) -> str:
    """The scope of a cursor: the list and its order."""
    chosen = ",".join(f"{name}={arguments.choices[name]}" for name in sorted(arguments.choices))
    return f"{listing.name}?{chosen}"
