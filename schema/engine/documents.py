"""Documents: read and checked once, within limits, and kept."""

from collections import OrderedDict
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    validate,
)
from graphql.validation import ASTValidationRule, NoSchemaIntrospectionCustomRule, ValidationContext, specified_rules
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from app.settings import settings

KEPT = 1_000
LONGEST_KEPT = 50_000


class DepthRule(ASTValidationRule):
    """Refuses documents nested deeper than the settings allow. Each fragment is measured once."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fragments: dict[str, int] = {}
        self._limit = settings().max_query_depth

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        depth = self._depth(node.selection_set, frozenset())
        if depth > self._limit:
            message = f"The document is {depth} levels deep; at most {self._limit} are allowed. Split it."
            self.report_error(GraphQLError(message, [node], extensions={"code": "DEPTH_LIMIT"}))

    def _depth(self, selections: SelectionSetNode | None, within: frozenset[str]) -> int:
        if selections is None:
            return 0
        return max((self._of(node, within) for node in selections.selections), default=0)

    def _of(self, node: Any, within: frozenset[str]) -> int:
        if isinstance(node, FieldNode):
            return 0 if node.name.value.startswith("__") else 1 + self._depth(node.selection_set, within)
        if not isinstance(node, FragmentSpreadNode):
            return self._depth(node.selection_set, within)
        name = node.name.value
        if name in within:
            return 0
        if name not in self._fragments:
            fragment = self.context.get_fragment(name)
            inside = fragment.selection_set if isinstance(fragment, FragmentDefinitionNode) else None
            self._fragments[name] = self._depth(inside, within | {name})
        return self._fragments[name]


_RULES = (*specified_rules, OneOfInputValidationRule, DepthRule)
_kept: OrderedDict[bytes, tuple[DocumentNode, list[GraphQLError]]] = OrderedDict()


def coded(error: GraphQLError, code: str) -> GraphQLError:
    extensions = error.extensions or {}
    extensions.setdefault("code", code)
    error.extensions = extensions
    return error


class Documents(SchemaExtension):
    """Reads and checks each text once. What is wrong with it is kept as well."""

    def on_operation(self) -> Iterator[None]:
        limits: dict[str, Any] = {
            "max_tokens": settings().max_query_tokens,
            "allow_empty_selection_sets": False,
        }
        self.execution_context.parse_options.update(limits)  # type: ignore[typeddict-item]
        yield

    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        if execution.query is not None:
            found = _kept.get(_key(execution.query))
            try:
                execution.graphql_document = found[0] if found else parse(execution.query, **execution.parse_options)
            except GraphQLError:
                # Left to the parser's own turn, which reports it in every protocol.
                execution.graphql_document = None
        yield

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        document = execution.graphql_document
        if document is not None and execution.query is not None:
            key = _key(execution.query)
            found = _kept.get(key)
            if found is None:
                rules = _RULES if settings().introspection else (*_RULES, NoSchemaIntrospectionCustomRule)
                errors = validate(execution.schema._schema, document, rules, max_errors=20)
                found = document, [coded(error, "GRAPHQL_VALIDATION_FAILED") for error in errors]
                if len(execution.query) <= LONGEST_KEPT:
                    _kept[key] = found
                    while len(_kept) > KEPT:
                        _kept.popitem(last=False)
            else:
                _kept.move_to_end(key)
            execution.pre_execution_errors = list(found[1])
            execution.validation_rules = ()
        yield


def _key(query: str) -> bytes:
    return sha256(query.encode("utf-8", "surrogatepass")).digest()
