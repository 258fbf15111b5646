"""Documents: read and checked once, within limits, and kept."""

from collections.abc import Iterator, Mapping
from functools import partial
from sys import getsizeof
from typing import Any, NamedTuple
from weakref import ReferenceType, ref

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
)
from strawberry.extensions import SchemaExtension

from app.settings import Settings, settings
from schema.engine.read.inputs import TooLarge, bounds, weighed
from schema.engine.read.limits import Limits, excess
from schema.engine.read.literals import NO_VALUES, Lifted, Places, Values, lift, places
from schema.engine.read.reading import parsed
from schema.engine.read.validation import validated
from schema.engine.read.variables import Misfits
from schema.engine.serve.kept import kept
from schema.engine.serve.operation import Operation
from schema.errors import coded, shortened, syntax_code

BYTES_OF_A_TOKEN = 400
BYTES_OF_A_DOCUMENT = 5_000
BYTES_OF_A_FAULT = 700
"""Measured; see `bench/held.py`."""
CHARACTERS_OF_A_TOKEN = 4
"""For a document that couldn't be read, so that its tokens are unknown."""
SHORT = 4_000
"""Characters of a text whose literals are looked for at once: finding a thread for it takes as long."""
LONGEST_SUGGESTED_FOR = 2_000
"""Characters of a document whose misspelt names are compared with those of the schema; each takes milliseconds."""


class Key(NamedTuple):
    schema: GraphQLSchema
    limits: Limits
    text: str
    skeleton: bool = False


class Prepared:
    """A valid document and what has been worked out for its operations. `places`: of a skeleton's literals."""

    __slots__ = ("__weakref__", "document", "first", "operations", "places")

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, places: Places | None = None) -> None:
        self.document = document
        self.places = places
        nodes = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self.operations = {node.name.value if node.name else None: Operation(schema, document, node) for node in nodes}
        self.first = next(iter(self.operations.values()), None)

    def operation(self, name: str | None) -> Operation | None:
        """The one of that name; without one, the first."""
        return self.operations.get(name) if name is not None else self.first


class Fault(NamedTuple):
    """An error of a document, as it is told each time."""

    message: str
    locations: Any
    extensions: dict[str, Any]

    @classmethod
    def of(cls, error: GraphQLError) -> "Fault":
        return cls(shortened(error.message), error.locations, dict(error.extensions or {}))

    def error(self) -> GraphQLError:
        made = GraphQLError(self.message, extensions=dict(self.extensions))
        made.locations = self.locations
        return made


class Refused(NamedTuple):
    """The record of a document that can't be run. `kinds`: of its operations by name, the first under None as well;
    None when it can't even be read.
    """

    faults: tuple[Fault, ...]
    kinds: Mapping[str | None, OperationType] | None

    @classmethod
    def of(cls, errors: list[GraphQLError], kinds: Mapping[str | None, OperationType] | None) -> "Refused":
        return cls(tuple(Fault.of(error) for error in errors), kinds)


class Faulty(Exception):
    """A document that can't be run. `weight`: how much there was to look at, in tokens and comparisons."""

    def __init__(self, refused: Refused, weight: int = 1) -> None:
        super().__init__(f"{len(refused.faults)} faults")
        self.kinds = refused.kinds
        self.weight = weight
        self.errors = [fault.error() for fault in refused.faults]
        """Made anew, since each request names itself in them."""


def known(schema: GraphQLSchema, text: str) -> tuple[Prepared, Values] | Faulty | None:
    """The record of a document, as `attempt` gives it; takes microseconds."""
    limits = _limits()
    found = kept.get(Key(schema, limits, text))
    if found is None:
        lifted = lift(text) if len(text) <= SHORT else None
        return _shared(schema, limits, lifted) if lifted else None
    return Faulty(found) if isinstance(found, Refused) else (found, NO_VALUES)


def prepare(schema: GraphQLSchema, text: str) -> tuple[Prepared, Values]:
    """The document, or one that others share that differ in literals alone, with the values of its literals.

    May take as long as the largest document takes. Raises `Faulty` for one that can't be run.
    """
    limits = _limits()
    lifted = lift(text) if len(text) <= limits.length else None
    shared = _shared(schema, limits, lifted) if lifted else None
    if shared is not None:
        return shared
    prepared = _read_and_checked(schema, text, limits)
    if lifted is not None:
        _share(schema, limits, lifted)
    return prepared, NO_VALUES


def attempt(schema: GraphQLSchema, text: str) -> tuple[Prepared, Values] | Faulty:
    """As `prepare`, without raising: an error would hold all that was worked out of the document until then."""
    try:
        return prepare(schema, text)
    except Faulty as faulty:
        return faulty.with_traceback(None)


def whole(schema: GraphQLSchema, text: str) -> Prepared:
    """The document as it was sent, its literals in it. Raises `Faulty`."""
    found = kept.get(Key(schema, _limits(), text))
    if isinstance(found, Refused):
        raise Faulty(found)
    return found or _read_and_checked(schema, text, _limits())


def _read_and_checked(schema: GraphQLSchema, text: str, limits: Limits) -> Prepared:
    key = Key(schema, limits, text)
    document = _read(text, limits)
    if isinstance(document, Refused):
        raise Faulty(_refuse(key, document), len(text) // CHARACTERS_OF_A_TOKEN)
    errors, weight = faults(schema, document, limits)
    if errors:
        refused = Refused.of(errors, _kinds(document))
        raise Faulty(_refuse(key, refused), (document.token_count or 0) + weight)
    return _keep(key, Prepared(schema, document))


def _read(text: str, limits: Limits) -> DocumentNode | Refused:
    try:
        return read(text, limits)
    except GraphQLSyntaxError as error:
        return Refused.of([coded(error, syntax_code(error))], None)


def _refuse(key: Key, refused: Refused) -> Refused:
    found: Refused = kept.put(key, refused, len(refused.faults) * BYTES_OF_A_FAULT + getsizeof(key.text))
    return found


def _kinds(document: DocumentNode) -> dict[str | None, OperationType]:
    nodes = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    kinds: dict[str | None, OperationType] = {None: nodes[0].operation} if nodes else {}
    return kinds | {node.name.value: node.operation for node in nodes if node.name}


def _keep(key: Key, prepared: Prepared) -> Prepared:
    for operation in prepared.operations.values():
        operation.grown = partial(_grown, key, ref(prepared))
    tokens = prepared.document.token_count or 0
    size = BYTES_OF_A_DOCUMENT + tokens * BYTES_OF_A_TOKEN + getsizeof(key.text)
    found: Prepared = kept.put(key, prepared, size)
    return found


def _grown(key: Key, prepared: ReferenceType[Prepared], size: int) -> None:
    """An operation that held its document would leave it to the collector, which comes by long after it has gone."""
    found = prepared()
    if found is not None:
        kept.grow(key, found, size)


def _shared(schema: GraphQLSchema, limits: Limits, lifted: Lifted) -> tuple[Prepared, Values] | None:
    known = kept.get(_key_of_skeleton(schema, limits, lifted))
    if known is None or known.places is None:
        return None
    values = known.places.values(lifted.literals)
    return None if values is None else (known, values)


def _share(schema: GraphQLSchema, limits: Limits, lifted: Lifted) -> None:
    """For the next text with that skeleton. This text has been found valid."""
    key = _key_of_skeleton(schema, limits, lifted)
    if kept.get(key) is None:
        found = places(schema, lifted)
        if found is not None and found.values(lifted.literals) is not None:
            _keep(key, Prepared(schema, found.document, found))


def _key_of_skeleton(schema: GraphQLSchema, limits: Limits, lifted: Lifted) -> Key:
    return Key(schema, limits, lifted.skeleton, skeleton=True)


_current: tuple[Settings, Limits] | None = None


def _limits() -> Limits:
    global _current
    chosen = settings()
    if _current is None or _current[0] is not chosen:
        _current = chosen, Limits.of(chosen)
    return _current[1]


def read(text: str, limits: Limits) -> DocumentNode:
    """Raises `GraphQLSyntaxError`."""
    return parsed(text, **_parsing(limits))


def _parsing(limits: Limits) -> dict[str, Any]:
    return {
        "max_tokens": limits.tokens,
        "max_source_length": limits.length,
        "allow_empty_selection_sets": False,
    }


def faults(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> tuple[list[GraphQLError], int]:
    """The errors that keep the document from being run, each with a code; and its weight. None: it may be shared."""
    try:
        large, weight = excess(document, limits)
    except RecursionError:
        return [GraphQLError("The document nests too deeply.", extensions={"code": "DEPTH_LIMIT"})], 1
    if large is not None:
        return [large], weight
    length = document.loc.end if document.loc else 0
    hidden = not limits.introspection or length > LONGEST_SUGGESTED_FOR
    errors = validated(schema, document, hide_suggestions=hidden)
    return [coded(error, "GRAPHQL_VALIDATION_FAILED") for error in errors], weight


def misfits(operation: Operation, variables: Mapping[str, Any] | None) -> list[GraphQLError]:
    """The errors of variables."""
    try:
        weighed(variables or {}, bounds())
        operation.variables(variables or {})
    except TooLarge as large:
        return [large.error]
    except Misfits as wrong:
        return wrong.errors
    return []


class Documents(SchemaExtension):
    """Reads and checks each text once, for every schema and every set of limits; and its variables before they are
    coerced. Whoever did so before graphql-core was asked leaves what it found in the context.
    """

    def on_operation(self) -> Iterator[None]:
        limits = _limits()
        # For texts that can't be read: the parser's own turn comes after ours, and reports them in every protocol.
        self.execution_context.parse_options.update(_parsing(limits))  # type: ignore[typeddict-item] # declares one only
        yield

    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        if execution.query:
            execution.graphql_document = self._known or self._read(execution.query)
        yield

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        if execution.graphql_document is not None and execution.query:
            execution.validation_rules = ()
            execution.pre_execution_errors = [] if self._known else self._faults(execution.query)
        yield

    @property
    def _known(self) -> DocumentNode | None:
        """As whoever came before graphql-core left it."""
        return getattr(self.execution_context.context, "document", None)

    def _read(self, text: str) -> DocumentNode | None:
        limits = _limits()
        known = kept.get(Key(self.execution_context.schema._schema, limits, text))
        try:
            return known.document if isinstance(known, Prepared) else read(text, limits)
        except GraphQLSyntaxError:
            return None

    def _faults(self, text: str) -> list[GraphQLError]:
        execution = self.execution_context
        try:
            prepared = whole(execution.schema._schema, text)
        except Faulty as faulty:
            return faulty.errors
        execution.graphql_document = prepared.document
        name = execution._provided_operation_name
        operation = prepared.operation(name)
        assert operation is not None  # else it would not have come to this
        return ambiguity(prepared, name) or misfits(operation, execution.variables)


def ambiguity(prepared: Prepared, chosen: str | None) -> list[GraphQLError]:
    if chosen is not None or len(prepared.operations) <= 1:
        return []
    message = "The document holds several operations; say which one to run in `operationName`."
    second = list(prepared.operations.values())[1].node
    return [GraphQLError(message, [second], extensions={"code": "OPERATION_NAME_REQUIRED"})]
