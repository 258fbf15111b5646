"""Variables, coerced by functions made once for the operation where their types are plain, else by graphql-core."""

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    get_nullable_type,
    is_non_null_type,
    type_from_ast,
    value_from_ast,
)
from graphql.execution.values import VariableValues, get_variable_values

from schema.engine.arguments import NO_VARIABLES
from schema.engine.written import Unplanned

_MOST, _LEAST = 2**31 - 1, -(2**31)

Fits = Callable[[Any], bool]

PLAIN: Mapping[str, Fits] = {
    "ID": lambda value: value.__class__ is str,
    "String": lambda value: value.__class__ is str,
    "Boolean": lambda value: value.__class__ is bool,
    "Int": lambda value: value.__class__ is int and _LEAST <= value <= _MOST,
}
"""Values that are what they are coerced to, by their type."""


class Variables:
    """Those that an operation declares."""

    def __init__(self, schema: GraphQLSchema, definitions: Collection[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._definitions = definitions
        self._plain = [_plain(schema, definition) for definition in definitions]

    def coerced(self, values: Mapping[str, Any]) -> VariableValues:
        """Raises `Unplanned` when they don't fit their types."""
        if not self._definitions:
            return NO_VARIABLES
        found: dict[str, Any] = {}
        for plain in self._plain:
            if plain is None:
                return self._as_graphql_core_does(values)
            name, fits, required, default = plain
            if name in values:
                value = values[name]
                if not (fits(value) or (value is None and not required)):
                    return self._as_graphql_core_does(values)
                found[name] = value
            elif default is not Undefined:
                found[name] = default
            elif required:
                raise Unplanned
        return VariableValues({}, found)

    def _as_graphql_core_does(self, values: Mapping[str, Any]) -> VariableValues:
        coerced = get_variable_values(self._schema, self._definitions, dict(values))
        if not isinstance(coerced, VariableValues):
            raise Unplanned
        return coerced


def _plain(schema: GraphQLSchema, definition: VariableDefinitionNode) -> tuple[str, Fits, bool, Any] | None:
    type_: Any = type_from_ast(schema, definition.type)
    required = is_non_null_type(type_)
    fits = _fits(get_nullable_type(type_))
    if fits is None:
        return None
    default = definition.default_value
    return (
        definition.variable.name.value,
        fits,
        required,
        Undefined if default is None else value_from_ast(default, type_),
    )


@lru_cache(maxsize=256)
def _fits(type_: Any) -> Fits | None:
    """Whether a value that isn't null is what it is coerced to; None where that takes graphql-core to say."""
    if isinstance(type_, GraphQLList):
        of_items = _fits_or_null(type_.of_type)
        return None if of_items is None else lambda value: value.__class__ is list and all(map(of_items, value))
    if isinstance(type_, GraphQLInputObjectType):
        return None if type_.is_one_of else _object(type_)
    return PLAIN.get(getattr(type_, "name", ""))


def _fits_or_null(type_: Any) -> Fits | None:
    fits = _fits(get_nullable_type(type_))
    if fits is None or is_non_null_type(type_):
        return fits
    return lambda value: value is None or fits(value)


def _object(type_: GraphQLInputObjectType) -> Fits | None:
    """An input whose fields are plain. One that leaves out a field with a default is graphql-core's to complete."""
    found = {name: _fits_or_null(field.type) for name, field in type_.fields.items()}
    if any(fits is None for fits in found.values()) or any(f.out_name for f in type_.fields.values()):
        return None
    fields = {name: fits for name, fits in found.items() if fits is not None}
    needed = {name for name, f in type_.fields.items() if is_non_null_type(f.type) or _has_default(f)}

    def fits(value: Any) -> bool:
        if value.__class__ is not dict or not needed <= value.keys() <= fields.keys():
            return False
        return all(fields[name](given) for name, given in value.items())

    return fits


def _has_default(field: GraphQLInputField) -> bool:
    return field.default_value is not Undefined or field.default is not None
