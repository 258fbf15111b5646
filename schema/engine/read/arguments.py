"""Arguments, read for every request by functions that were made once for the field.

They give what graphql-core's `get_argument_values` and Strawberry's `convert_arguments` give, without looking at the
schema again. What they weren't made for goes to those two.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import lru_cache
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLString,
    ListValueNode,
    NameNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    coerce_input_literal,
    get_nullable_type,
    is_non_null_type,
    is_required_argument,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.relay.types import GlobalID
from strawberry.schema.compat import is_scalar
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

from schema.engine.read.selection import Selected, arguments_of, conversion

Convert = Callable[[Any], Any]
Literal = Callable[[Mapping[str, Any]], Any]
"""From the operation's coerced variables to a value, or `_ABSENT` where a variable was not given."""

NO_VARIABLES = VariableValues({}, {})
_ABSENT: Any = object()


class Unforeseen(Exception):
    """Read it as graphql-core does, and report what it reports."""


class Arguments:
    """Those of one field. Raises `GraphQLError` where graphql-core would report one."""

    def __init__(self, selected: Selected) -> None:
        self._selected = selected
        declared, field, node = selected.declared, selected.graphql, selected.nodes[0]
        assert declared is not None
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        open_ = {name for name, value in given.items() if has_variables(value)}
        self.fixed = not open_
        _, config = conversion()
        converters = {config.name_converter.from_argument(one): one for one in declared.arguments}
        settled = {name: argument for name, argument in field.args.items() if name not in open_}
        self._base = _read(settled, [one for one in node.arguments or () if one.name.value in settled], converters)
        self._open = [
            (
                converters[name].python_name,
                literal(given[name], field.args[name].type),
                converter(converters[name].type),
                _default(name, field.args[name], converters),
            )
            for name in field.args
            if name in open_
        ]

    def read(self, variables: VariableValues) -> dict[str, Any]:
        found = dict(self._base)
        coerced = variables.coerced
        try:
            for name, value_of, convert, default in self._open:
                value = value_of(coerced)
                if value is not _ABSENT:
                    found[name] = convert(value)
                elif default is not _ABSENT:
                    found[name] = default
        except Unforeseen:
            return arguments_of(self._selected, variables)
        return found


def _read(args: Mapping[str, Any], nodes: list[Any], converters: Mapping[str, Any]) -> dict[str, Any]:
    field = GraphQLField(GraphQLString, args=dict(args))
    node = FieldNode(name=NameNode(value="field"), arguments=tuple(nodes), directives=())
    coerced = get_argument_values(field, node, NO_VARIABLES)
    return {converters[n].python_name: converter(converters[n].type)(value) for n, value in coerced.items()}


def _default(name: str, argument: Any, converters: Mapping[str, Any]) -> Any:
    if is_required_argument(argument):
        return _ABSENT
    return next(iter(_read({name: argument}, [], converters).values()), _ABSENT)


def literal(node: ValueNode, type_: GraphQLInputType) -> Literal:
    """Reads a value with variables in it."""
    required = is_non_null_type(type_)
    if isinstance(node, VariableNode):
        return _variable(node.name.value, required)
    if not has_variables(node):
        value = coerce_input_literal(node, type_)
        return _unforeseen if value is Undefined else lambda _: value
    inner = get_nullable_type(type_)
    if isinstance(node, ObjectValueNode) and isinstance(inner, GraphQLInputObjectType) and not inner.is_one_of:
        return _object(node, inner)
    return lambda coerced: _known(coerce_input_literal(node, type_, VariableValues({}, dict(coerced))))


def _variable(name: str, required: bool) -> Literal:
    def read(coerced: Mapping[str, Any]) -> Any:
        value = coerced.get(name, _ABSENT)
        if required and (value is None or value is _ABSENT):
            raise Unforeseen
        return value

    return read


def _object(node: ObjectValueNode, type_: GraphQLInputObjectType) -> Literal:
    settled = tuple(field for field in node.fields if not has_variables(field.value))
    base = coerce_input_literal(ObjectValueNode(fields=settled), type_)
    if not isinstance(base, dict):  # a required field comes as a variable
        return lambda coerced: _known(coerce_input_literal(node, type_, VariableValues({}, dict(coerced))))
    rest = [(f.name.value, literal(f.value, type_.fields[f.name.value].type)) for f in node.fields if f not in settled]

    def read(coerced: Mapping[str, Any]) -> Any:
        found = dict(base)
        for name, value_of in rest:
            value = value_of(coerced)
            if value is not _ABSENT:
                found[name] = value
        return found

    return read


def _known(value: Any) -> Any:
    if value is Undefined:
        raise Unforeseen
    return value


def _unforeseen(_: Mapping[str, Any]) -> Any:
    raise Unforeseen


def converter(type_: Any) -> Convert:
    """From graphql-core's values to Python's, as Strawberry converts them."""
    if isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
        return converter(type_.of_type)
    if isinstance(type_, LazyType):
        return converter(type_.resolve_type())
    if isinstance(type_, StrawberryList):
        item = converter(type_.of_type)
        return lambda value: [item(one) for one in value] if isinstance(value, list) else value
    definition = getattr(type_, "__strawberry_definition__", None)
    if isinstance(definition, StrawberryObjectDefinition) and definition.is_input and definition.from_input is None:
        return _input(type_)
    registry, config = conversion()
    if isinstance(type_, StrawberryEnumDefinition) or (is_scalar(type_, registry) and type_ is not GlobalID):
        return lambda value: value
    return lambda value: convert_argument(value, type_, registry, config)


@lru_cache(maxsize=256)
def _input(type_: Any) -> Convert:
    definition = type_.__strawberry_definition__
    _, config = conversion()
    fields: list[tuple[str, str, Convert]] = []
    bare = [f for f in definition.fields if f.default_value is MISSING and f.default_factory is MISSING]
    empty = {field.python_name: None for field in bare}

    def convert(value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        given = {python: inner(value[name]) for name, python, inner in fields if name in value}
        return type_(**{**empty, **given})

    fields += [  # once there is a `convert`: inputs may nest
        (config.name_converter.from_field(f), f.python_name, converter(f.resolve_type(type_definition=definition)))
        for f in definition.fields
    ]
    return convert


def has_variables(node: ValueNode) -> bool:
    if isinstance(node, ListValueNode):
        return any(map(has_variables, node.values))
    if isinstance(node, ObjectValueNode):
        return any(has_variables(field.value) for field in node.fields)
    return isinstance(node, VariableNode)
