"""One operation of a document that was found valid: its variables, its outlines, its plans."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, TypeVar

from graphql import (
    DirectiveNode,
    DocumentNode,
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

from app.identity.visibility import Sight, sight_of
from schema.context import Context
from schema.engine.left import Left
from schema.engine.literals import NO_VALUES, Values
from schema.engine.outline import Ask, Asking, Outline, anything_among, plannable
from schema.engine.plan import Plan
from schema.engine.rows import Run, Unplanned
from schema.engine.selection import TYPE_NAME, Document
from schema.engine.variables import Variables
from schema.engine.written import Unplannable

K = TypeVar("K")
V = TypeVar("V")

_SHAPE = attrgetter("shape")
OUTLINES, PLANS = 32, 128
"""Kept for each operation. An outline for each choice of `@include`; a plan for each sight and set of filters."""


class Recent(OrderedDict[K, V]):
    """The `most` entries used last."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def find(self, key: K) -> V | None:
        found = self.get(key)
        if found is not None:
            self.move_to_end(key)
        return found

    def keep(self, key: K, value: V) -> V:
        self[key] = value
        if len(self) > self._most:
            self.popitem(last=False)
        return value


class Operation:
    """Answers by plans, or says that graphql-core has to (`Unplannable`: always; `Unplanned`: this time)."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode) -> None:
        self.schema = schema
        self.document = document
        self.node = node
        self.type = node.operation
        self._variables: Variables | None = None
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._leave = Left(schema, self._fragments.values()) if self.type is OperationType.QUERY else None
        self._conditions: list[str] | None = None
        self._openings: Recent[object, list[Asking]] = Recent(OUTLINES)
        self._outlines: Recent[object, Outline] = Recent(OUTLINES)
        self._plans: Recent[object, Plan] = Recent(PLANS)
        self._only: Outline | None = None
        self._never = False

    async def data(
        self, context: Context, values: Mapping[str, Any], given: Any = None, literals: Values = NO_VALUES
    ) -> str:
        """The JSON text of `data`. `given`: the value of a subscription's field. `literals`: coerced already.

        Raises `Unplannable` or `Unplanned`; what mutations have done by then is kept in the context.
        """
        if self._never:
            raise Unplannable
        try:
            if self._variables is None:
                self._variables = Variables(self.schema, self.node.variable_definitions or ())
            variables = self._variables.coerced(values)
            if literals:
                variables = VariableValues({}, {**variables.coerced, **literals})
            outline, asks, chosen = self._outline(variables)
            plan = self._plan(sight_of(context.viewer), outline, asks, chosen)
        except Unplannable:
            self._never = True
            raise
        except GraphQLError:
            raise Unplanned from None
        try:
            return await plan.text(Run(context, asks, given, variables))
        except GraphQLError:
            raise Unplanned from None

    @property
    def _root(self) -> GraphQLObjectType:
        root = self.schema.get_root_type(self.type)
        assert root is not None
        return root

    def _outline(self, variables: VariableValues) -> tuple[Outline, list[Ask], object]:
        if self._only is not None:
            return self._only, self._only.ask(variables), None
        if self._conditions is None:
            self._conditions = conditions_of((self.node, *self._fragments.values()))
        chosen: Any = tuple(variables.coerced.get(name) for name in self._conditions)
        openings = self._openings.find(chosen)
        if openings is None:
            openings = self._openings.keep(chosen, anything_among(self._roots(variables)))
        if openings:
            chosen = chosen, tuple(asking.ask(variables).shape for asking in openings)
        outline = self._outlines.find(chosen)
        if outline is None:
            outline = self._outlines.keep(chosen, self._new_outline(variables, openings))
        if not chosen:  # neither conditions nor kinds: no variable can make another one
            self._only, chosen = outline, None
        return outline, outline.ask(variables), chosen

    def _new_outline(self, variables: VariableValues, openings: list[Asking]) -> Outline:
        document = Document(self.schema, self._fragments, variables)
        roots = self._roots(variables)
        left = {root.key for root in roots if self._leave is not None and not plannable(root)}
        return Outline(document, roots, [asking.ask(variables).shape for asking in openings], left)

    def _roots(self, variables: VariableValues) -> list[Any]:
        roots = Document(self.schema, self._fragments, variables).roots(self._root, self.node)
        if self.type is OperationType.SUBSCRIPTION:
            return roots
        left = [root for root in roots if not plannable(root)]
        if left and (self._leave is None or all(root in left or root.name == TYPE_NAME for root in roots)):
            raise Unplannable(f"{left[0].name} has a resolver of its own")
        return roots

    def _plan(self, sight: Sight, outline: Outline, asks: list[Ask], chosen: object) -> Plan:
        key = sight, chosen, tuple(map(_SHAPE, asks))
        plan = self._plans.find(key)
        if plan is None:
            patterns = [Ask({}, ask.shape, None, ask.page and ask.page.pattern(), ask.purpose) for ask in asks]
            plan = self._plans.keep(key, Plan(self._root.name, outline.branches, sight, patterns, self._leave))
        return plan


class _Directives(Visitor):
    """The variables that directives take. Raises `Unplannable` for directives that a plan knows nothing of."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value not in ("include", "skip"):
            raise Unplannable(f"@{node.name.value}")
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)


def conditions_of(nodes: Iterable[Node]) -> list[str]:
    seen = _Directives()
    for node in nodes:
        visit(node, seen)
    return sorted(seen.names)
