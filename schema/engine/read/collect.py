"""The fields of an object's answer: fragments and type conditions applied, fields of equal keys put together.

The document is valid. What its directives say of a selection is the caller's to decide: with variables at hand whether
it is there, without them under which conditions it would be.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
)

Note = TypeVar("Note")
Enter = Callable[[SelectionNode, Note], Note | None]
"""From a selection and what is noted of those around it to what is noted of it; None: it isn't there."""


class Collector:
    """Of one document. A fragment that is spread twice in one place counts there once, as graphql-core has it."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments

    def fields(
        self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode], enter: Enter[Note], note: Note
    ) -> dict[str, list[tuple[FieldNode, Note]]]:
        """By response key, each with what `enter` noted of it."""
        found: dict[str, list[tuple[FieldNode, Note]]] = {}
        spread: set[str] = set()
        for selections in sets:
            self._collect(type_, selections, enter, note, found, spread)
        return found

    def _collect(
        self,
        type_: GraphQLObjectType,
        selections: SelectionSetNode,
        enter: Enter[Note],
        around: Note,
        found: dict[str, list[tuple[FieldNode, Note]]],
        spread: set[str],
    ) -> None:
        # No function in a function: it would hold itself, and the document, until the collector of cycles comes by.
        for node in selections.selections:
            note = enter(node, around)
            if note is None:
                continue
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append((node, note))
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._applies(node.type_condition.name.value, type_):
                    self._collect(type_, node.selection_set, enter, note, found, spread)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, type_):
                    self._collect(type_, fragment.selection_set, enter, note, found, spread)

    def _applies(self, condition: str, type_: GraphQLObjectType) -> bool:
        if condition == type_.name:
            return True
        other = self._schema.type_map[condition]
        return isinstance(other, GraphQLInterfaceType | GraphQLUnionType) and self._schema.is_sub_type(other, type_)
