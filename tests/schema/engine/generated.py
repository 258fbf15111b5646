"""Documents that hypothesis-graphql generates from the real schema, made to meet what is in the database.

As generated, ids are noise and pages have any size, so that nearly all of them would be refused. Here most ids are
those of rows, most pages have a size, some fields are asked for twice, under conditions, or in fragments.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import Any, NamedTuple, TypeVar

import graphql
from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NamedTypeNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    parse,
    parse_type,
    visit,
)
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from tests import examples

N = TypeVar("N", bound=Node)

Ids = Mapping[str, Sequence[str]]
"""Global ids by prefix."""

PREFIXES = {
    "opportunity": "opp",
    "account": "acc",
    "partner": "ptr",
    "playbook": "pbk",
    "accountId": "acc",
    "partnerId": "ptr",
    "ownerId": "usr",
    "opportunities": "opp",
    "criterionId": "crt",
    "activityId": "act",
    "playbookId": "pbk",
    "copyOf": "pbk",
    "actionId": "nba",
}


OF_NO_PLAN = (
    "left: playbookTemplates { key stages { key buyerPhase winProbability exitCriteria { key } } }",
    "left: events(first: 3) { totalCount nodes { cursor type opportunity { name } } }",
    "left: events(first: 101) { totalCount }",
    'left: __type(name: "Opportunity") { __typename name fields { name type { name kind ofType { name } } } }',
    'left: __type(name: "Nothing") { name }',
    "left: __schema { queryType { name } mutationType { name } }",
)
"""Root fields that are left to graphql-core beside planned ones."""


class Generated(NamedTuple):
    text: str
    variables: dict[str, Any]


def _value(kind: type, strategy: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return strategy.map(lambda text: kind(value=text))


SCALARS = {
    "DateTime": _value(StringValueNode, st.sampled_from(["2026-01-01T00:00:00Z", "2025-06-30T12:00:00.25+02:00"])),
    "Date": _value(StringValueNode, st.sampled_from(["2026-01-01", "2024-02-29"])),
    "Decimal": _value(StringValueNode, st.sampled_from(["0", "12000", "20000.50"])),
    "Cursor": _value(StringValueNode, st.sampled_from(["AAAA", ""])),
    "ForecastPeriod": _value(StringValueNode, st.sampled_from(["2026-03", "2026-Q1", "2026"])),
    "CurrencyCode": _value(StringValueNode, st.sampled_from(["EUR", "USD"])),
    "JSON": _value(StringValueNode, st.sampled_from(["", "days"])),
}


AT_ONCE = 100
"""Documents of one run of Hypothesis, which remembers all that it has drawn and looks for what it hasn't: of thousands,
that takes gigabytes."""


def documents(
    schema: GraphQLSchema, ids: Ids, *, count: int, start: int, kind: Callable[..., Any] = queries
) -> Iterator[Generated]:
    """The same for the same `start`, made as they are asked for. `kind`: hypothesis-graphql's `queries` or
    `mutations`."""
    for first in range(0, count, AT_ONCE):
        yield from some_documents(schema, ids, min(AT_ONCE, count - first), start + first, kind)


def documents_ahead(
    schema_of: Callable[[], GraphQLSchema], ids: Ids, *, count: int, start: int, kind: Callable[..., Any] = queries
) -> Iterator[Generated]:
    """As `documents`, made by other processes while those before them are used. `schema_of`, `kind`: of a module."""
    firsts = range(0, count, AT_ONCE)
    if len(firsts) < 2:
        yield from documents(schema_of(), ids, count=count, start=start, kind=kind)
        return
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        begun = (
            pool.submit(_some_of, schema_of, ids, min(AT_ONCE, count - first), start + first, kind) for first in firsts
        )
        waiting = deque(islice(begun, AHEAD))
        while waiting:
            yield from waiting.popleft().result()
            waiting.extend(islice(begun, 1))


PROCESSES, AHEAD = 2, 6


def _some_of(
    schema_of: Callable[[], GraphQLSchema], ids: Ids, count: int, start: int, kind: Callable[..., Any]
) -> list[Generated]:
    examples.register()
    return some_documents(schema_of(), ids, count, start, kind)


def some_documents(
    schema: GraphQLSchema, ids: Ids, count: int, start: int, kind: Callable[..., Any]
) -> list[Generated]:
    found: list[Generated] = []
    rng = random.Random(start)

    @seed(start)
    @settings(max_examples=count, phases=[Phase.generate])
    @given(kind(schema, custom_scalars=SCALARS, print_ast=lambda node: node, allow_x00=False))
    def collect(document: DocumentNode) -> None:
        found.append(adapted(schema, document, ids, rng))

    collect()
    return found


def adapted(schema: GraphQLSchema, document: DocumentNode, ids: Ids, rng: random.Random) -> Generated:
    types = TypeInfo(schema)
    adapting = _Adapting(types, ids, rng)
    changed = visit(document, TypeInfoVisitor(types, adapting))
    (operation,) = changed.definitions
    assert isinstance(operation, OperationDefinitionNode)
    named = OperationDefinitionNode(
        operation=operation.operation,
        name=NameNode(value="Q"),
        variable_definitions=tuple(adapting.definitions),
        selection_set=operation.selection_set,
        directives=(),
    )
    return Generated(graphql.print_ast(DocumentNode(definitions=(named,))), adapting.variables)


class _Adapting(Visitor):
    def __init__(self, types: TypeInfo, ids: Ids, rng: random.Random) -> None:
        super().__init__()
        self.types, self.ids, self.rng = types, ids, rng
        self.variables: dict[str, Any] = {}
        self.definitions: list[VariableDefinitionNode] = []
        self._fields: list[str] = []

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode:
        self._fields.append(node.name.value)
        names = {argument.name.value for argument in node.arguments or ()}
        dropped = {"after", "before"} if self.rng.random() < 0.95 else set()
        if "first" in names and self.rng.random() < 0.95:
            dropped.add("last")
        kept = tuple(argument for argument in node.arguments or () if argument.name.value not in dropped)
        return _changed(node, arguments=kept)

    def leave_field(self, node: FieldNode, *_: Any) -> FieldNode:
        self._fields.pop()
        return node

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        parent = self.types.get_parent_type()
        selections = list(node.selections)
        rng = self.rng
        if rng.random() < 0.15:
            selections.insert(rng.randrange(len(selections) + 1), _field("__typename", rng.choice([None, "kind_"])))
        if rng.random() < 0.15:
            again = rng.choice(selections)
            if isinstance(again, FieldNode):
                alias = NameNode(value=f"again{rng.randrange(1000)}")
                selections.append(_changed(again, alias=alias))
        if parent is not None and parent.name == "Query" and rng.random() < 0.3:
            selections.insert(rng.randrange(len(selections) + 1), parse_field(rng.choice(OF_NO_PLAN)))
        if rng.random() < 0.15 and parent is not None:
            part = selections[: rng.randrange(1, len(selections) + 1)]
            condition = NamedTypeNode(name=NameNode(value=parent.name)) if rng.random() < 0.5 else None
            inner = SelectionSetNode(selections=tuple(part))
            directives = () if rng.random() < 0.5 else (self._condition(),)
            fragment = InlineFragmentNode(type_condition=condition, selection_set=inner, directives=directives)
            selections = [fragment, *selections] if rng.random() < 0.5 else [fragment, *selections[len(part) :]]
        return _changed(node, selections=tuple(selections))

    def _condition(self) -> DirectiveNode:
        name, value = f"c{len(self.variables)}", self.rng.random() < 0.6
        self.variables[name] = value
        self._define(name, "Boolean!")
        given = ArgumentNode(name=NameNode(value="if"), value=VariableNode(name=NameNode(value=name)))
        kind = self.rng.choice(["include", "skip"])
        return DirectiveNode(name=NameNode(value=kind), arguments=(given,))

    def _define(self, name: str, type_: str) -> None:
        variable = VariableNode(name=NameNode(value=name))
        self.definitions.append(VariableDefinitionNode(variable=variable, type=parse_type(type_), directives=()))

    def enter_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode:
        name, value = node.name.value, node.value
        if name in ("first", "last") and self.rng.random() < 0.95:
            value = IntValueNode(value=str(self.rng.randrange(0, 9)))
        if name == "ids" and self._fields[-1] == "nodes":
            value = ListValueNode(values=tuple(self._id(None) for _ in range(self.rng.randrange(4))))
        named = get_named_type(self.types.get_input_type())
        if named is not None and named.name == "ID" and isinstance(value, StringValueNode | IntValueNode):
            value = self._id(PREFIXES.get(self._fields[-1])) if name == "id" else value
            if self.rng.random() < 0.5 and isinstance(value, StringValueNode):
                variable = f"v{len(self.variables)}"
                self.variables[variable] = value.value
                self._define(variable, str(self.types.get_input_type()))
                value = VariableNode(name=NameNode(value=variable))
        return _changed(node, value=value)

    def enter_object_field(self, node: Any, *_: Any) -> Any:
        named = get_named_type(self.types.get_input_type())
        if named is None or named.name != "ID":
            return None
        prefix = PREFIXES.get(node.name.value, "opp")
        if isinstance(node.value, ListValueNode):
            return _changed(node, value=ListValueNode(values=tuple(self._id(prefix) for _ in node.value.values)))
        return (
            _changed(node, value=self._id(prefix)) if isinstance(node.value, StringValueNode | IntValueNode) else None
        )

    def _id(self, prefix: str | None) -> StringValueNode:
        if self.rng.random() < 0.02:
            return StringValueNode(value="no id")
        chosen = prefix if prefix is not None and prefix in self.ids else self.rng.choice(sorted(self.ids))
        return StringValueNode(value=self.rng.choice(self.ids[chosen]))


def parse_field(text: str) -> FieldNode:
    (operation,) = parse(f"{{{text}}}", no_location=True).definitions
    assert isinstance(operation, OperationDefinitionNode)
    (field,) = operation.selection_set.selections
    assert isinstance(field, FieldNode)
    return field


def _field(name: str, alias: str | None) -> FieldNode:
    named = NameNode(value=alias) if alias else None
    return FieldNode(name=NameNode(value=name), alias=named, arguments=(), directives=(), selection_set=None)


def _changed(node: N, **changes: Any) -> N:
    return type(node)(**{**{name: getattr(node, name) for name in node.keys}, **changes})
