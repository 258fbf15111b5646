"""Limits on the size of documents, measured before validation, which compares every pair of equal fields."""

from collections.abc import Iterator
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

from app.settings import Settings

FIELDS = 10_000
"""With every fragment written out where it is spread, spreads and inline fragments among them."""
WRITTEN = 100_000
"""As `FIELDS`, with equal fields of one place counted each time, before they are merged."""
REPETITIONS = 5_000
"""Pairs of fields or fragments that stand in one place; each costs validation 10 µs."""
NESTED = 30
"""Fragments that stand in each other without a field between them."""
OPERATIONS = 50
"""Operations of one document. All of its limits are those of all of them together."""
INTROSPECTIONS = 3
"""Of one document. Each is an answer of half a megabyte."""
INTROSPECTION = frozenset({"__schema", "__type"})

Within = tuple[SelectionSetNode, frozenset[str]]
"""A selection set, and the fragments that it stands in."""


class Limits(NamedTuple):
    length: int
    tokens: int
    depth: int
    aliases: int
    introspection: bool

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        return cls(
            settings.max_query_length,
            settings.max_query_tokens,
            settings.max_query_depth,
            settings.max_query_aliases,
            settings.introspection,
        )


class _Excess(Exception):
    def __init__(self, code: str, message: str, node: Node) -> None:
        self.error = GraphQLError(message, [node], extensions={"code": code})


def excess(document: DocumentNode, limits: Limits) -> tuple[GraphQLError | None, int]:
    """The first limit that the document breaks; and how much there is to compare in it."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    measured = _Measure(fragments, limits)
    try:
        if len(operations) > OPERATIONS:
            message = f"The document holds more than {OPERATIONS} operations. Send those that you run."
            raise _Excess("OPERATION_LIMIT", message, operations[OPERATIONS])
        for node in operations:
            measured.take(node)
        written = _Written(fragments)
        for node in operations:
            written.count(node.selection_set, node)
    except _Excess as found:
        return found.error, measured.weight
    return None, measured.weight


class _Measure:
    """Walks operations level by level, merged as their answers will be. Stops at the first excess."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode], limits: Limits) -> None:
        self._fragments = fragments
        self._limits = limits
        self._fields = self._aliases = self._repetitions = self._introspections = 0

    @property
    def weight(self) -> int:
        return self._fields + self._repetitions

    def take(self, operation: OperationDefinitionNode) -> None:
        places: list[list[Within]] = [[(operation.selection_set, frozenset())]]
        depth = 0
        while places:
            depth += 1
            places = [below for place in places for below in self._place(place, depth)]

    def _place(self, place: list[Within], depth: int) -> Iterator[list[Within]]:
        """The places below this one."""
        fields: dict[str, list[tuple[FieldNode, frozenset[str]]]] = {}
        for node, within in self._flat(place):
            if depth > self._limits.depth:
                message = f"The document nests deeper than {self._limits.depth} levels. Ask in several requests."
                raise _Excess("DEPTH_LIMIT", message, node)
            self._count(node)
            fields.setdefault(node.alias.value if node.alias else node.name.value, []).append((node, within))
        for found in fields.values():
            self._compare(len(found) * (len(found) - 1) // 2, found[0][0])
            below = [
                (node.selection_set, within)
                for node, within in found
                if node.selection_set and node.name.value not in INTROSPECTION
            ]
            if below:
                yield below

    def _flat(self, place: list[Within]) -> Iterator[tuple[FieldNode, frozenset[str]]]:
        waiting, spread = [(selections, within, 0) for selections, within in place], set[str]()
        while waiting:
            selections, within, level = waiting.pop()
            for node in selections.selections:
                self._visit(node)
                if isinstance(node, FieldNode):
                    yield node, within
                    continue
                if level >= NESTED:
                    message = f"The document nests more than {NESTED} fragments in each other. Write them out."
                    raise _Excess("DEPTH_LIMIT", message, node)
                if isinstance(node, InlineFragmentNode):
                    waiting.append((node.selection_set, within, level + 1))
                elif isinstance(node, FragmentSpreadNode):
                    name = node.name.value
                    if name in within or name in spread or name not in self._fragments:
                        continue
                    spread.add(name)
                    self._compare(len(spread) - 1, node)
                    waiting.append((self._fragments[name].selection_set, within | {name}, level + 1))

    def _visit(self, node: Node) -> None:
        self._fields += 1
        if self._fields > FIELDS:
            message = f"The document selects more than {FIELDS} fields, its fragments written out. Ask for less."
            raise _Excess("FIELD_LIMIT", message, node)

    def _count(self, node: FieldNode) -> None:
        if node.alias is not None:
            self._aliases += 1
            if self._aliases > self._limits.aliases:
                message = f"The document has more than {self._limits.aliases} aliases. Ask in several requests."
                raise _Excess("ALIAS_LIMIT", message, node)
        if node.name.value in INTROSPECTION:
            self._introspect(node)

    def _introspect(self, node: FieldNode) -> None:
        if not self._limits.introspection:
            raise _Excess("INTROSPECTION_DISABLED", "This server does not answer introspection queries.", node)
        self._introspections += 1
        if self._introspections > INTROSPECTIONS:
            message = f"The document asks for the schema more than {INTROSPECTIONS} times. Ask once for all of it."
            raise _Excess("REPETITION_LIMIT", message, node)

    def _compare(self, pairs: int, node: Node) -> None:
        self._repetitions += pairs
        if self._repetitions > REPETITIONS:
            message = "The document selects the same fields over and over. Select each once."
            raise _Excess("REPETITION_LIMIT", message, node)


class _Written:
    """Counts selections as if every fragment were written out wherever it is spread, equal ones again each time."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._sizes: dict[str, int] = {}

    def count(self, selections: SelectionSetNode, around: Node) -> int:
        size = 0
        for node in selections.selections:
            size += 1
            if isinstance(node, FragmentSpreadNode):
                size += self._of_fragment(node.name.value, node)
            elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                size += self.count(node.selection_set, node)
            if size > WRITTEN:
                message = f"The document selects more than {WRITTEN} fields, its fragments written out. Ask for less."
                raise _Excess("FIELD_LIMIT", message, around)
        return size

    def _of_fragment(self, name: str, around: Node) -> int:
        if name not in self._sizes:
            self._sizes[name] = 0  # while it is counted: a circle is found by validation
            if name in self._fragments:
                self._sizes[name] = self.count(self._fragments[name].selection_set, around)
        return self._sizes[name]
