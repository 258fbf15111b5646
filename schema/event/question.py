"""The question that a subscription asks of each event, apart from the filter of events."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)

from schema.engine.declare import Computed, Paged, ToMany
from schema.engine.read.selection import Document, Selected
from schema.engine.serve.kept import kept
from schema.engine.serve.operation import Operation

N = TypeVar("N", bound=Node)


class Question(NamedTuple):
    """Operations of equal `text`, with equal values of `variables`, are answered alike.

    `definitions`: those of these variables, as text; `operation`: what is asked, alone; `asked`: as a client sent it.
    """

    text: str
    variables: tuple[str, ...]
    definitions: str
    operation: OperationDefinitionNode
    fragments: tuple[FragmentDefinitionNode, ...]
    asked: OperationDefinitionNode

    def planned(self, schema: GraphQLSchema) -> Operation:
        """The operation that asks it, and its plans: one for all who do, whatever they gave to the root field."""
        key = "planned", schema, self.text, self.definitions
        found: Operation | None = kept.get(key)
        if found is None:
            document = DocumentNode(definitions=(self.operation, *self.fragments))
            made = Operation(schema, document, self.operation)
            made.grown = lambda size: kept.grow(key, made, size)
            size = len(self.text) + len(self.definitions)
            found = made if size > LARGEST else kept.put(key, made, size * BYTES_OF_A_CHARACTER)
        return found


LARGEST = 4_000
"""Characters of a text that is kept. A larger one takes megabytes, and is worked out for each who subscribes."""
BYTES_OF_A_CHARACTER = 150
"""Of a document that has been read."""


def question_of(operation: OperationDefinitionNode, fragments: tuple[FragmentDefinitionNode, ...]) -> Question:
    """The arguments of the root field say which events are wanted, and from where on: they are left out."""
    nodes: tuple[Node, ...] = (operation, *fragments)
    characters = sum(node.loc.end - node.loc.start for node in nodes if node.loc)
    if characters > LARGEST:
        return _question(operation, fragments)
    key = "asked", id(operation)
    known: Question | None = kept.get(key)
    if known is None or known.asked is not operation:
        known = kept.put(key, _question(operation, fragments), 2 * characters * BYTES_OF_A_CHARACTER)
    return known


def _question(operation: OperationDefinitionNode, fragments: tuple[FragmentDefinitionNode, ...]) -> Question:
    selected = [_without_arguments(node) for node in operation.selection_set.selections]
    asked = _changed(operation, variable_definitions=(), selection_set=SelectionSetNode(selections=tuple(selected)))
    found = _Variables()
    for node in (asked, *fragments):
        visit(node, found)
    text = "\n".join(print_ast(node) for node in (asked, *fragments))
    left = tuple(one for one in operation.variable_definitions or () if one.variable.name.value in found.names)
    definitions = ", ".join(sorted(print_ast(one) for one in left))
    alone = _changed(asked, variable_definitions=left)
    return Question(text, tuple(sorted(found.names)), definitions, alone, fragments, operation)


def is_personal(document: Document, fields: Sequence[Selected]) -> bool:
    """Whether anything selected depends on the very person who asks."""
    for selected in fields:
        read = selected.read
        if isinstance(read, Computed) and read.personal:
            return True
        if isinstance(read, Paged | ToMany) and read.listing.personal:
            return True
        if read is None and selected.declared and selected.declared.base_resolver is not None:
            return True
        if is_personal(document, document.below(selected)):
            return True
    return False


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)


def _without_arguments(node: SelectionNode) -> SelectionNode:
    return _changed(node, arguments=()) if isinstance(node, FieldNode) else node


def _changed(node: N, **changes: Any) -> N:
    return type(node)(**{**{name: getattr(node, name) for name in node.keys}, **changes})
