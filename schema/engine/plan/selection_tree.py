"""The outline of an operation: its selection with the readers of its arguments; all of a plan but viewer and values."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLNamedType, GraphQLObjectType, get_named_type, is_abstract_type
from graphql.execution.values import VariableValues

from schema.engine.declare import Anything, First, ListingArguments, Paged, ToMany, entity_by_prefix
from schema.engine.plan.fallback import CannotPlan, Cause
from schema.engine.read.arguments import NO_VARIABLES, Arguments
from schema.engine.read.selection import TYPE_NAME, Document, Selected
from schema.engine.sql.keyset import Page, page_of
from schema.engine.sql.listing import cursor_scope_of


class BoundArguments(NamedTuple):
    """The arguments of one field in one request."""

    arguments: Mapping[str, Any]
    shape: Any = None
    """All of it that decides the text of statements; hashable."""
    listing: ListingArguments | None = None
    page: Page | None = None
    cursor_scope: str = ""
    """The list and order that its cursors are bound to."""


class ArgumentReader:
    """Reads one field's arguments for each request; those without variables once for all."""

    def __init__(self, selected: Selected) -> None:
        self._read = selected.read
        self._arguments = Arguments(selected)
        self._fixed: BoundArguments | None = None
        if self._arguments.fixed:
            self._fixed = self.bind(NO_VARIABLES)

    def bind(self, variables: VariableValues) -> BoundArguments:
        """Raises `GraphQLError` where graphql-core would report one."""
        if self._fixed is not None:
            return self._fixed
        arguments = self._arguments.read(variables)
        match self._read:
            case Paged(listing, size):
                bound = listing.bind(arguments)
                cursor_scope = cursor_scope_of(listing, bound)
                page = page_of(arguments, cursor_scope, size)
                return BoundArguments(arguments, (*_shape(bound), page.size, page.shape()), bound, page, cursor_scope)
            case First(listing) | ToMany(listing):
                bound = listing.bind(arguments)
                return BoundArguments(arguments, _shape(bound), bound)
            case Anything(ids):
                return BoundArguments(arguments, tuple(dict.fromkeys(one[0].prefix for one in ids(arguments) if one)))
            case _:
                return BoundArguments(arguments)


def _shape(bound: ListingArguments) -> tuple[object, ...]:
    return frozenset(bound.values), tuple(sorted(bound.choices.items()))


def slot_prefix(argument_index: int | None) -> str:
    """Of the statement's parameters that hold a field's arguments."""
    return f"a{argument_index}"


BYTES_OF_A_BRANCH = 700
"""Measured; see `bench/held.py`."""


class Branch:
    """A selected field with what is selected below it.

    `argument_index` is its place among the fields that take arguments; `kinds` the branches below it by the prefix of
    the entity, where the type was open until the ids were known. `falls_back`: to graphql-core, with all below it.
    """

    __slots__ = ("argument_index", "below", "falls_back", "kinds", "selected", "type")

    def __init__(self, selected: Selected, argument_index: int | None, *, falls_back: bool = False) -> None:
        self.falls_back = falls_back
        self.selected = selected
        self.type: GraphQLNamedType = get_named_type(selected.graphql.type)
        self.argument_index = argument_index
        self.below: list[Branch] = []
        self.kinds: dict[str, list[Branch]] = {}

    @property
    def key(self) -> str:
        return self.selected.key

    @property
    def name(self) -> str:
        return self.selected.name


class Outline:
    """The branches of one operation, for one choice of its `@include` and `@skip`, and of kinds of ids (`opened`).

    `falling_back`: the keys of roots that graphql-core answers.
    """

    def __init__(
        self,
        document: Document,
        roots: Sequence[Selected],
        opened: Sequence[Sequence[str]],
        falling_back: Collection[str] = (),
    ) -> None:
        self._document = document
        self._opened = list(opened)
        self.fields = 0
        """The number of branches in all."""
        self.readers: list[ArgumentReader] = []
        self.branches = [
            Branch(selected, None, falls_back=True) if selected.key in falling_back else self._branch(selected)
            for selected in roots
        ]

    @property
    def size(self) -> int:
        """In bytes, about."""
        return self.fields * BYTES_OF_A_BRANCH

    def bind(self, variables: VariableValues) -> list[BoundArguments]:
        return [reader.bind(variables) for reader in self.readers]

    def _branch(self, selected: Selected) -> Branch:
        read = selected.read
        takes = read is not None and (bool(selected.graphql.args) or isinstance(read, Paged | First | ToMany))
        if takes:
            self.readers.append(ArgumentReader(selected))
        branch = Branch(selected, len(self.readers) - 1 if takes else None)
        self.fields += 1
        if isinstance(read, Anything):
            for prefix in self._opened.pop(0):
                branch.kinds[prefix] = self._below(selected, self._type_of(prefix))
        elif isinstance(branch.type, GraphQLObjectType):
            branch.below = self._below(selected, branch.type)
        elif is_abstract_type(branch.type):
            raise CannotPlan(Cause.OPEN_TYPE, f"{selected.name} is of an open type")
        return branch

    def _below(self, selected: Selected, type_: GraphQLObjectType) -> list[Branch]:
        found = self._document.of_type(type_, selected.nodes, with_type_name=True)
        return [self._branch(one) for one in found]

    def _type_of(self, prefix: str) -> GraphQLObjectType:
        entity = entity_by_prefix(prefix)
        assert entity is not None
        found = self._document.schema.type_map[entity.origin.__name__]
        assert isinstance(found, GraphQLObjectType)
        return found


def anything_among(roots: Sequence[Selected]) -> list[ArgumentReader]:
    return [ArgumentReader(selected) for selected in roots if isinstance(selected.read, Anything)]


def plannable(selected: Selected) -> bool:
    """Whether a root field's value can be read without its resolver."""
    return selected.name == TYPE_NAME or selected.read is not None
