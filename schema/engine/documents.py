"""Documents: read and checked once, within limits, and kept."""

from collections import OrderedDict
from collections.abc import Iterator
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
from schema.engine.literals import NO_VALUES, Lifted, Places, Values, lift, places
from schema.engine.operation import Operation

TOKENS_KEPT = 100_000
"""Of all documents together; a token takes about 1 kB of memory."""
CHARACTERS_OF_A_TOKEN = 100
"""At the least: a text counts as if it had one for that many."""
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
    text: str
    skeleton: bool = False


class Prepared:
    """A valid document and what has been worked out for its operations. `places`: of a skeleton's literals."""

    __slots__ = ("document", "first", "operations", "places")

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, places: Places | None = None) -> None:
        self.document = document
        self.places = places
        nodes = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self.operations = {node.name.value if node.name else None: Operation(schema, document, node) for node in nodes}
        self.first = next(iter(self.operations.values()), None)

    def operation(self, name: str | None) -> Operation | None:
        """The one of that name; without one, the first."""
        return self.operations.get(name) if name is not None else self.first


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
        self._tokens += _size(key, prepared)
        while self._tokens > self._most:
            self._tokens -= _size(*self._documents.popitem(last=False))
        return prepared


def _size(key: Key, prepared: Prepared) -> int:
    """In tokens. Comments and blanks are none, and take memory, too."""
    return max(prepared.document.token_count or 0, len(key.text) // CHARACTERS_OF_A_TOKEN)


_kept = Kept()


def prepare(schema: GraphQLSchema, text: str) -> tuple[Prepared, Values]:
    """The document, or one that others share that differ in literals alone, with the values of its literals.

    Raises `GraphQLSyntaxError`, or `Faulty` for a document that can be read but not be run.
    """
    limits = _limits()
    key = Key(schema, limits, text)
    known = _kept.get(key)
    if known is not None:
        return known, NO_VALUES
    lifted = lift(text) if len(text) <= limits.length else None
    shared = _shared(schema, limits, lifted) if lifted else None
    if shared is not None:
        return shared
    prepared = Prepared(schema, read(text, limits))
    errors = faults(schema, prepared.document, limits)
    if errors:
        raise Faulty(prepared, errors)
    if lifted is not None:
        _share(schema, limits, lifted)
    return _kept.put(key, prepared), NO_VALUES


def _shared(schema: GraphQLSchema, limits: Limits, lifted: Lifted) -> tuple[Prepared, Values] | None:
    known = _kept.get(_key_of_skeleton(schema, limits, lifted))
    if known is None or known.places is None:
        return None
    values = known.places.values(lifted.literals)
    return None if values is None else (known, values)


def _share(schema: GraphQLSchema, limits: Limits, lifted: Lifted) -> None:
    """For the next text with that skeleton. This text has been found valid."""
    key = _key_of_skeleton(schema, limits, lifted)
    if _kept.get(key) is None:
        found = places(schema, lifted)
        if found is not None and found.values(lifted.literals) is not None:
            _kept.put(key, Prepared(schema, found.document, found))


def _key_of_skeleton(schema: GraphQLSchema, limits: Limits, lifted: Lifted) -> Key:
    return Key(schema, limits, lifted.skeleton, skeleton=True)


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
            known = _kept.get(Key(execution.schema._schema, limits, execution.query))
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
            key = Key(execution.schema._schema, limits, execution.query)
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
