"""Documents: read and checked once, within limits, and kept."""

from collections import OrderedDict
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from app.settings import Settings, settings
from schema.engine.limits import Limits, excess
from schema.engine.operation import Operation

TOKENS_KEPT = 100_000
"""Of all documents together; a token takes about 1 kB of memory."""
MOST_ERRORS = 20

# One tuple for all requests: graphql-core prepares its visitors once for each set of rules.
_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

_SYNTAX_CODES = (
    ("Document contains more than", "TOKEN_LIMIT"),
    ("Source contains more than", "LENGTH_LIMIT"),
    ("Document is nested too deeply", "DEPTH_LIMIT"),
)


class Key(NamedTuple):
    schema: GraphQLSchema
    limits: Limits
    digest: bytes


class Prepared:
    """A valid document and what has been worked out for its operations."""

    __slots__ = ("document", "operations")

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.document = document
        nodes = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self.operations = {node.name.value if node.name else None: Operation(schema, document, node) for node in nodes}

    def operation(self, name: str | None) -> Operation | None:
        """The one of that name; without one, the first."""
        return self.operations.get(name) if name is not None else next(iter(self.operations.values()), None)


class Kept:
    """Valid documents, those used longest ago given up first."""

    def __init__(self, tokens: int = TOKENS_KEPT) -> None:
        self._documents: OrderedDict[Key, Prepared] = OrderedDict()
        self._most = tokens
        self._tokens = 0

    def __len__(self) -> int:
        return len(self._documents)

    def get(self, key: Key) -> Prepared | None:
        found = self._documents.get(key)
        if found is not None:
            self._documents.move_to_end(key)
        return found

    def put(self, key: Key, prepared: Prepared) -> Prepared:
        if key in self._documents:
            return self._documents[key]
        self._documents[key] = prepared
        self._tokens += prepared.document.token_count or 0
        while self._tokens > self._most:
            _, oldest = self._documents.popitem(last=False)
            self._tokens -= oldest.document.token_count or 0
        return prepared


_kept = Kept()


def key_of(schema: GraphQLSchema, limits: Limits, text: str) -> Key:
    return Key(schema, limits, sha256(text.encode("utf-8", "surrogatepass")).digest())


def prepare(schema: GraphQLSchema, text: str) -> Prepared:
    """Raises `GraphQLSyntaxError`, or `Faulty` for a document that can be read but not be run."""
    limits = _limits()
    key = key_of(schema, limits, text)
    known = _kept.get(key)
    if known is not None:
        return known
    prepared = Prepared(schema, read(text, limits))
    errors = faults(schema, prepared.document, limits)
    if errors:
        raise Faulty(prepared, errors)
    return _kept.put(key, prepared)


_current: tuple[Settings, Limits] | None = None


def _limits() -> Limits:
    global _current
    chosen = settings()
    if _current is None or _current[0] is not chosen:
        _current = chosen, Limits.of(chosen)
    return _current[1]


class Faulty(Exception):
    def __init__(self, prepared: Prepared, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} faults")
        self.prepared = prepared
        self.errors = errors


def read(text: str, limits: Limits) -> DocumentNode:
    """Raises `GraphQLSyntaxError`."""
    return parse(text, **_parsing(limits))


def _parsing(limits: Limits) -> dict[str, Any]:
    return {
        "max_tokens": limits.tokens,
        "max_source_length": limits.length,
        "allow_empty_selection_sets": False,
    }


def faults(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """What keeps the document from being run; each has a code. Empty: it may be run, and shared."""
    large = excess(document, limits)
    if large is not None:
        return [large]
    errors = validate(schema, document, _RULES, max_errors=MOST_ERRORS, hide_suggestions=not limits.introspection)
    return [coded(error, "GRAPHQL_VALIDATION_FAILED") for error in errors]


def coded(error: GraphQLError, code: str) -> GraphQLError:
    extensions = error.extensions or {}
    extensions.setdefault("code", code)
    error.extensions = extensions
    return error


def syntax_code(error: GraphQLSyntaxError) -> str:
    return next((code for words, code in _SYNTAX_CODES if words in error.message), "GRAPHQL_PARSE_FAILED")


class Documents(SchemaExtension):
    """Reads and checks each text once, for every schema and every set of limits."""

    def on_operation(self) -> Iterator[None]:
        limits = _limits()
        # For texts that can't be read: the parser's own turn comes after ours, and reports them in every protocol.
        self.execution_context.parse_options.update(_parsing(limits))  # type: ignore[typeddict-item] # declares one only
        yield

    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        if execution.query:
            limits = _limits()
            known = _kept.get(key_of(execution.schema._schema, limits, execution.query))
            try:
                execution.graphql_document = known.document if known else read(execution.query, limits)
            except GraphQLSyntaxError:
                execution.graphql_document = None
        yield

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        document = execution.graphql_document
        if document is not None and execution.query:
            limits = _limits()
            key = key_of(execution.schema._schema, limits, execution.query)
            known = _kept.get(key)
            errors = [] if known and known.document is document else faults(key.schema, document, limits)
            if not errors:
                _kept.put(key, Prepared(key.schema, document))
            execution.pre_execution_errors = errors or ambiguity(document, execution._provided_operation_name)
            execution.validation_rules = ()
        yield


def ambiguity(document: DocumentNode, chosen: str | None) -> list[GraphQLError]:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if chosen is not None or len(operations) == 1:
        return []
    message = "The document holds several operations; say which one to run in `operationName`."
    return [GraphQLError(message, operations[1:2], extensions={"code": "OPERATION_NAME_REQUIRED"})]
