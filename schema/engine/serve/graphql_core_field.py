"""Fallback of one root field to graphql-core, when it can't be planned, beside others that can."""

from collections.abc import Iterable, Sequence
from inspect import isawaitable

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from schema.engine.plan.fallback import CannotPlan, Cause, FallBack, fell_back
from schema.engine.plan.run import Run, Texts
from schema.engine.plan.selection_tree import Branch
from schema.engine.read.selection import Selected
from schema.engine.serve.executor import Executor


class GraphQLCoreFields:
    """Makes the sources of root fields that graphql-core answers, for the operations of one document."""

    def __init__(self, schema: GraphQLSchema, fragments: Iterable[FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = tuple(fragments)

    def __call__(self, branch: Branch) -> "GraphQLCoreField":
        selected = SelectionSetNode(selections=branch.selected.nodes)
        # Without its variables' definitions: they have been coerced.
        alone = OperationDefinitionNode(
            operation=OperationType.QUERY, variable_definitions=(), directives=(), selection_set=selected
        )
        return GraphQLCoreField(self._schema, DocumentNode(definitions=(alone, *self._fragments)), branch.selected)


class GraphQLCoreField:
    """Raises `FallBack` when there is an error: where it stands among those of other fields, graphql-core knows."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, selected: Selected) -> None:
        self._schema = schema
        self._document = document
        self._key, self._name = selected.key, selected.name

    async def texts(self, run: Run, keys: Sequence[object]) -> Texts:
        executor = Executor.build(self._schema, self._document, context_value=run.context)
        assert isinstance(executor, Executor)  # the document is valid
        executor.variable_values = run.variables
        executed = executor.execute_operation()
        result = await executed if isawaitable(executed) else executed
        assert isinstance(result, ExecutionResult)  # nothing is deferred
        if result.errors or result.data is None:
            raise FallBack(Cause.ERROR)
        fell_back(without_plan(self._name), errors=False, request_id=run.context.request_id)
        return {None: orjson.dumps(result.data[self._key], default=str).decode()}


def without_plan(name: str) -> CannotPlan:
    """Of the root field of that name."""
    cause = Cause.INTROSPECTION if name.startswith("__") else Cause.RESOLVER
    return CannotPlan(cause, f"{name} has a resolver of its own")
