"""A client's selection, merged and resolved against the schema: the engine's own view of a document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionNode,
    SelectionSetNode,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    get_directive_values,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from schema.engine.declare import READ, Read
from schema.engine.read.collect import Collector

DEFINITION = "strawberry-definition"
TYPE_NAME = "__typename"
_OF_THE_SCHEMA = {TYPE_NAME: TypeNameMetaFieldDef, "__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


@dataclass(frozen=True, slots=True)
class Selected:
    """One field of the answer. `key` is its name there, `name` the schema's; equal keys have been merged."""

    key: str
    name: str
    nodes: tuple[FieldNode, ...]
    graphql: GraphQLField
    declared: StrawberryField | None
    """None for introspection."""

    @property
    def read(self) -> Read | None:
        read: Read | None = self.declared.metadata.get(READ) if self.declared else None
        return read

    @property
    def attribute(self) -> str:
        return self.declared.python_name if self.declared else self.name

    @property
    def type(self) -> GraphQLNamedType:
        return get_named_type(self.graphql.type)


def origin_of(type_: GraphQLNamedType) -> type:
    """The Python class behind a type of the schema."""
    origin: type = type_.extensions[DEFINITION].origin
    return origin


class Document:
    """One operation with its fragments and coerced variables (Strawberry's executor hands them out as plain values)."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues | Mapping[str, Any],
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self._collector = Collector(schema, fragments)
        self.variables = variables if isinstance(variables, VariableValues) else VariableValues({}, dict(variables))

    def below(self, selected: Selected, type_: GraphQLObjectType | None = None) -> list[Selected]:
        """The fields selected of a field's value. `type_` says which type it turned out to have, where it was open."""
        found = type_ or selected.type
        if not isinstance(found, GraphQLObjectType):
            return []
        return self.of_type(found, selected.nodes)

    def of_type(
        self, type_: GraphQLObjectType, nodes: Iterable[FieldNode], *, with_type_name: bool = False
    ) -> list[Selected]:
        """`__typename` is left out where it isn't wanted."""
        sets = [node.selection_set for node in nodes if node.selection_set is not None]
        return self._merged(type_, sets, with_type_name)

    def roots(self, type_: GraphQLObjectType, operation: OperationDefinitionNode) -> list[Selected]:
        """The root fields, introspection among them."""
        return self._merged(type_, [operation.selection_set], True)

    def _merged(
        self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode], with_type_name: bool
    ) -> list[Selected]:
        chosen = []
        for key, found in self._collector.fields(type_, sets, self._enter, True).items():
            same = tuple(node for node, _ in found)
            name = same[0].name.value
            if name in _OF_THE_SCHEMA:
                if with_type_name:
                    chosen.append(Selected(key, name, same, _OF_THE_SCHEMA[name], None))
                continue
            graphql = type_.fields[name]
            chosen.append(Selected(key, name, same, graphql, graphql.extensions[DEFINITION]))
        return chosen

    def arguments(self, selected: Selected) -> dict[str, Any]:
        """The field's arguments by their Python names, as its resolver would get them."""
        return arguments_of(selected, self.variables)

    def _enter(self, node: SelectionNode, _: bool) -> bool | None:
        """None where `@include` or `@skip` leave it out."""
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return True if not (skip and skip["if"]) and (include is None or include["if"]) else None


def arguments_of(selected: Selected, variables: VariableValues) -> dict[str, Any]:
    """Raises `GraphQLError` when they don't fit."""
    coerced = get_argument_values(selected.graphql, selected.nodes[0], variables)
    return read_arguments(selected.declared, coerced) if selected.declared else {}


_conversion: Any = None


def use_conversion(scalar_registry: Any, config: Any) -> None:
    """Sets the conversion of arguments to Python values, once, for the assembled schema."""
    global _conversion
    _conversion = (scalar_registry, config)


def conversion() -> tuple[Any, Any]:
    return _conversion  # type: ignore[no-any-return]


def read_arguments(declared: StrawberryField, coerced: dict[str, Any]) -> dict[str, Any]:
    if not declared.arguments:
        return {}
    scalar_registry, config = _conversion
    return convert_arguments(coerced, declared.arguments, scalar_registry, config)
