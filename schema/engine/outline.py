"""The outline of an operation: its selection with the readers of its arguments; all of a plan but viewer and values."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLNamedType, GraphQLObjectType, get_named_type, is_abstract_type
from graphql.execution.values import VariableValues

from schema.engine.arguments import NO_VARIABLES, Arguments
from schema.engine.declare import Anything, Asked, First, Paged, ToMany, entity_by_prefix
from schema.engine.fallback import CannotPlan, Cause
from schema.engine.paging import Page, page_of, purpose_of
from schema.engine.selection import TYPE_NAME, Document, Selected


class Ask(NamedTuple):
    """What one field is asked in one request."""

    arguments: Mapping[str, Any]
    shape: Any = None
    """All of it that decides the text of statements; hashable."""
    asked: Asked | None = None
    page: Page | None = None
    purpose: str = ""
    """What its cursors are bound to."""


class Asking:
    """A field that takes arguments. What has no variables in it is read once for all requests."""

    def __init__(self, selected: Selected) -> None:
        self._read = selected.read
        self._arguments = Arguments(selected)
        self._fixed: Ask | None = None
        if self._arguments.fixed:
            self._fixed = self.ask(NO_VARIABLES)

    def ask(self, variables: VariableValues) -> Ask:
        """Raises `GraphQLError` where graphql-core would report one."""
        if self._fixed is not None:
            return self._fixed
        arguments = self._arguments.read(variables)
        match self._read:
            case Paged(listing, size):
                asked = listing.ask(arguments)
                purpose = purpose_of(listing, asked)
                page = page_of(arguments, purpose, size)
                return Ask(arguments, (*_shape(asked), page.size, page.shape()), asked, page, purpose)
            case First(listing) | ToMany(listing):
                asked = listing.ask(arguments)
                return Ask(arguments, _shape(asked), asked)
            case Anything(ids):
                return Ask(arguments, tuple(dict.fromkeys(one[0].prefix for one in ids(arguments) if one)))
            case _:
                return Ask(arguments)


def _shape(asked: Asked) -> tuple[object, ...]:
    return frozenset(asked.values), tuple(sorted(asked.choices.items()))


BYTES_OF_A_BRANCH = 700
"""Measured; see `bench/held.py`."""


class Branch:
    """A selected field with what is selected below it.

    `asking` is its number among the fields that are asked something; `kinds` the branches below it by the prefix of
    the entity, where the type was open until the ids were known. `left`: to graphql-core, with all below it.
    """

    __slots__ = ("asking", "below", "kinds", "left", "selected", "type")

    def __init__(self, selected: Selected, asking: int | None, *, left: bool = False) -> None:
        self.left = left
        self.selected = selected
        self.type: GraphQLNamedType = get_named_type(selected.graphql.type)
        self.asking = asking
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

    `left`: the keys of roots that are left to graphql-core.
    """

    def __init__(
        self,
        document: Document,
        roots: Sequence[Selected],
        opened: Sequence[Sequence[str]],
        left: Collection[str] = (),
    ) -> None:
        self._document = document
        self._opened = list(opened)
        self.fields = 0
        """How many branches there are in all."""
        self.askings: list[Asking] = []
        self.branches = [
            Branch(selected, None, left=True) if selected.key in left else self._branch(selected) for selected in roots
        ]

    @property
    def size(self) -> int:
        """In bytes, about."""
        return self.fields * BYTES_OF_A_BRANCH

    def ask(self, variables: VariableValues) -> list[Ask]:
        return [asking.ask(variables) for asking in self.askings]

    def _branch(self, selected: Selected) -> Branch:
        read = selected.read
        asks = read is not None and (bool(selected.graphql.args) or isinstance(read, Paged | First | ToMany))
        if asks:
            self.askings.append(Asking(selected))
        branch = Branch(selected, len(self.askings) - 1 if asks else None)
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


def anything_among(roots: Sequence[Selected]) -> list[Asking]:
    return [Asking(selected) for selected in roots if isinstance(selected.read, Anything)]


def plannable(selected: Selected) -> bool:
    """Whether a root field's value can be read without its resolver."""
    return selected.name == TYPE_NAME or selected.read is not None
