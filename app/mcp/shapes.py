"""The shape of a document's answer: which texts of it are people's, and its JSON Schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    type_from_ast,
)

from app.mcp.fence import Fence
from app.mcp.trust import OWN_TEXT, PLAIN_SCALARS

_JSON_TYPES = {"Boolean": "boolean", "Float": "number", "Int": "integer"}


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a value: `fields` of an object, or, of a leaf, whether its text is `typed` by people."""

    schema: dict[str, Any]
    typed: bool = False
    fields: Mapping[str, "Shape"] | None = None

    def fenced(self, value: Any, fence: Fence) -> Any:
        """`value` with the fence around all that people typed. Raises `KeyError` at a field of no document."""
        if isinstance(value, list):
            return [self.fenced(one, fence) for one in value]
        if self.fields is not None:
            return value and {name: self.fields[name].fenced(one, fence) for name, one in value.items()}
        return everywhere(value, fence) if self.typed else value


def everywhere(value: Any, fence: Fence) -> Any:
    """`value` with the fence around every text in it, names of members among them."""
    if isinstance(value, str):
        return fence.around(value)
    if isinstance(value, list):
        return [everywhere(one, fence) for one in value]
    if isinstance(value, dict):
        return {fence.around(name): everywhere(one, fence) for name, one in value.items()}
    return value


def answer_shape(schema: GraphQLSchema, root: GraphQLObjectType, selection: SelectionSetNode) -> Shape:
    fields = _fields(schema, root, selection)
    return Shape(_object_schema(fields), fields=fields)


def _fields(
    schema: GraphQLSchema, parent: GraphQLObjectType | GraphQLInterfaceType, selection: SelectionSetNode
) -> dict[str, Shape]:
    """Raises `TypeError` for what these documents don't use: fragments that are named, and unions."""
    found: dict[str, Shape] = {}
    for one in selection.selections:
        if isinstance(one, InlineFragmentNode):
            on = parent if one.type_condition is None else type_from_ast(schema, one.type_condition)
            assert isinstance(on, GraphQLObjectType | GraphQLInterfaceType)
            found |= _fields(schema, on, one.selection_set)
        elif isinstance(one, FieldNode):
            name = one.alias.value if one.alias else one.name.value
            if name in found:
                raise TypeError(f"{name} is selected twice")
            found[name] = _field(schema, parent, one)
        else:
            raise TypeError("fragments are written where they are used")
    return found


def _field(schema: GraphQLSchema, parent: GraphQLObjectType | GraphQLInterfaceType, node: FieldNode) -> Shape:
    field = parent.fields[node.name.value]
    named = get_named_type(field.type)
    if node.selection_set is not None:
        assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
        fields = _fields(schema, named, node.selection_set)
        return Shape(_wrapped(field.type, _object_schema(fields)), fields=fields)
    if isinstance(named, GraphQLEnumType):
        return Shape(_wrapped(field.type, {"type": "string", "enum": list(named.values)}))
    typed = named.name not in PLAIN_SCALARS and node.name.value not in OWN_TEXT.get(parent.name, ())
    leaf = {} if named.name == "JSON" else {"type": _JSON_TYPES.get(named.name, "string")}
    return Shape(_wrapped(field.type, leaf), typed=typed)


def _object_schema(fields: Mapping[str, Shape]) -> dict[str, Any]:
    """No member is required: `@skip` and fragments leave some out."""
    properties = {name: shape.schema for name, shape in fields.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _wrapped(type_: GraphQLOutputType, inner: dict[str, Any]) -> dict[str, Any]:
    if isinstance(type_, GraphQLNonNull):
        return _filled(cast(GraphQLOutputType, type_.of_type), inner)
    return {"anyOf": [_filled(type_, inner), {"type": "null"}]}


def _filled(type_: GraphQLOutputType, inner: dict[str, Any]) -> dict[str, Any]:
    if isinstance(type_, GraphQLList):
        return {"type": "array", "items": _wrapped(type_.of_type, inner)}
    return inner
