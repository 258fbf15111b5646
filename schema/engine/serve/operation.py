"""One operation of a document that was found valid: its variables, its outlines, its plans."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from operator import attrgetter
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import asyncpg
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
)
from graphql.execution.values import VariableValues
from graphql.language import Visitor, visit

from app.identity.scopes import VisibilityScope, scope_of
from schema.engine.context import OperationContext
from schema.engine.plan.fallback import CannotPlan, Cause, FallBack
from schema.engine.plan.operation_plan import Plan
from schema.engine.plan.run import Run
from schema.engine.plan.selection_tree import ArgumentReader, BoundArguments, Outline, anything_among, plannable
from schema.engine.read.priced import Priced, priced
from schema.engine.read.selection import TYPE_NAME, Document
from schema.engine.read.variables import Variables
from schema.engine.serve.graphql_core_field import GraphQLCoreFields, without_plan
from schema.engine.serve.turns import Overloaded, turns

K = TypeVar("K")
V = TypeVar("V")

_SHAPE = attrgetter("shape")
BYTES_OF_A_FIELD = 1_200
"""In a plan. Measured; see `bench/held.py`."""
OUTLINES, PLANS = 32, 128
"""Kept for each operation. An outline for each choice of `@include`; a plan for each scope and set of filters."""


class Recent(OrderedDict[K, V]):
    """The `most` entries used last. May be used from any thread."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._lock = Lock()

    def find(self, key: K) -> V | None:
        with self._lock:
            found = self.get(key)
            if found is not None:
                self.move_to_end(key)
            return found

    def keep(self, key: K, value: V) -> V:
        with self._lock:
            self[key] = value
            if len(self) > self._most:
                self.popitem(last=False)
            return value


class _Cold(Exception):
    """Something has to be worked out that isn't kept."""


class _Ready(NamedTuple):
    plan: Plan
    arguments: list[BoundArguments]


class Operation:
    """Answers by plans, or says that graphql-core has to (`CannotPlan`: always; `FallBack`: this time)."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode) -> None:
        self.schema = schema
        self.document = document
        self.node = node
        self.type = node.operation
        self.grown: Callable[[int], None] | None = None
        """Told of the bytes that have come to be held."""
        self._variables: Variables | None = None
        self._priced: Priced | None = None
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._fallback = (
            GraphQLCoreFields(schema, self._fragments.values()) if self.type is OperationType.QUERY else None
        )
        self._conditions: list[str] | None = None
        self._open_roots: Recent[object, list[ArgumentReader]] = Recent(OUTLINES)
        self._outlines: Recent[object, Outline] = Recent(OUTLINES)
        self._plans: Recent[object, Plan] = Recent(PLANS)
        self._only: Outline | None = None
        self._never: tuple[Cause, str] | None = None

    @property
    def is_priced(self) -> bool:
        """Else finding the price may take long."""
        return self._priced is not None

    @property
    def priced(self) -> Priced:
        if self._priced is None:
            name = self.node.name.value if self.node.name else None
            self._priced = priced(self.schema, self.document, name)
            self._hold(self._priced.size)
        return self._priced

    def variables(self, values: Mapping[str, Any]) -> VariableValues:
        """Coerced. Raises `Misfits`."""
        if self._variables is None:
            self._variables = Variables(self.schema, self.node.variable_definitions or ())
        return self._variables.coerced(values)

    def failed(self, error: Exception) -> GraphQLError:
        """As an error of the whole operation: at its only field, where it has no other."""
        fields = self.node.selection_set.selections
        only = fields[0] if len(fields) == 1 else None
        path = [(only.alias or only.name).value] if isinstance(only, FieldNode) else None
        return GraphQLError(str(error), path=path, original_error=error)

    async def data(self, context: OperationContext, variables: VariableValues, given: Any = None) -> str:
        """The JSON text of `data`. `given`: the value of a subscription's field.

        Raises `CannotPlan` or `FallBack`; what mutations have done by then is kept in the context.
        """
        if self._never is not None:
            raise CannotPlan(*self._never)
        scope = scope_of(context.viewer)
        try:
            try:
                ready = self._ready(scope, variables, make=False)
            except _Cold:
                work = partial(self._ready, scope, variables, make=True)
                ready = await turns().take(context.viewer.user_id, work)
        except CannotPlan as never:
            self._never = never.cause, str(never)
            raise
        except Overloaded:
            raise
        except GraphQLError:
            raise FallBack(Cause.ERROR) from None
        try:
            return await ready.plan.text(Run(context, ready.arguments, given, variables))
        except (GraphQLError, asyncpg.CharacterNotInRepertoireError):
            raise FallBack(Cause.ERROR) from None

    def _ready(self, scope: VisibilityScope, variables: VariableValues, *, make: bool) -> _Ready:
        """Raises `_Cold` when it would have to be made, and isn't to be."""
        outline, arguments, chosen = self._outline(variables, make=make)
        return _Ready(self._plan(scope, outline, arguments, chosen, make=make), arguments)

    @property
    def _root(self) -> GraphQLObjectType:
        root = self.schema.get_root_type(self.type)
        assert root is not None
        return root

    def _outline(self, variables: VariableValues, *, make: bool) -> tuple[Outline, list[BoundArguments], object]:
        if self._only is not None:
            return self._only, self._only.bind(variables), None
        if self._conditions is None:
            _unless(make)
            self._conditions = conditions_of((self.node, *self._fragments.values()))
        chosen: Any = tuple(variables.coerced.get(name) for name in self._conditions)
        open_roots = self._open_roots.find(chosen)
        if open_roots is None:
            _unless(make)
            open_roots = self._open_roots.keep(chosen, anything_among(self._roots(variables)))
        if open_roots:
            chosen = chosen, tuple(reader.bind(variables).shape for reader in open_roots)
        outline = self._outlines.find(chosen)
        if outline is None:
            _unless(make)
            outline = self._outlines.keep(chosen, self._new_outline(variables, open_roots))
            self._hold(outline.size)
        if not chosen:  # neither conditions nor kinds: no variable can make another one
            self._only, chosen = outline, None
        return outline, outline.bind(variables), chosen

    def _new_outline(self, variables: VariableValues, open_roots: list[ArgumentReader]) -> Outline:
        document = Document(self.schema, self._fragments, variables)
        roots = self._roots(variables)
        falling_back = {root.key for root in roots if self._fallback is not None and not plannable(root)}
        return Outline(document, roots, [reader.bind(variables).shape for reader in open_roots], falling_back)

    def _roots(self, variables: VariableValues) -> list[Any]:
        roots = Document(self.schema, self._fragments, variables).roots(self._root, self.node)
        if self.type is OperationType.SUBSCRIPTION:
            return roots
        unplanned = [root for root in roots if not plannable(root)]
        if unplanned and (self._fallback is None or all(root in unplanned or root.name == TYPE_NAME for root in roots)):
            raise without_plan(unplanned[0].name)
        return roots

    def _plan(
        self, scope: VisibilityScope, outline: Outline, arguments: list[BoundArguments], chosen: object, *, make: bool
    ) -> Plan:
        key = scope, chosen, tuple(map(_SHAPE, arguments))
        plan = self._plans.find(key)
        if plan is None:
            _unless(make)
            patterns = [
                BoundArguments({}, one.shape, None, one.page and one.page.pattern(), one.cursor_scope)
                for one in arguments
            ]
            plan = self._plans.keep(key, Plan(self._root.name, outline.branches, scope, patterns, self._fallback))
            self._hold(outline.fields * BYTES_OF_A_FIELD)
        return plan

    def _hold(self, size: int) -> None:
        if self.grown is not None:
            self.grown(size)


def _unless(make: bool) -> None:
    if not make:
        raise _Cold


class _Directives(Visitor):
    """The variables that directives take. Raises `CannotPlan` for directives that a plan knows nothing of."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value not in ("include", "skip"):
            raise CannotPlan(Cause.DIRECTIVE, f"@{node.name.value}")
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)


def conditions_of(nodes: Iterable[Node]) -> list[str]:
    seen = _Directives()
    try:
        for node in nodes:
            visit(node, seen)
        return sorted(seen.names)
    finally:
        vars(seen).clear()  # it holds itself by its methods, until the collector comes by
