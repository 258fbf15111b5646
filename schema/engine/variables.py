"""Variables, coerced by functions made once for the operation where their types are plain, else by graphql-core."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from graphql import GraphQLSchema, Undefined, VariableDefinitionNode, is_non_null_type, type_from_ast, value_from_ast
from graphql.execution.values import VariableValues, get_variable_values

from schema.engine.arguments import NO_VARIABLES
from schema.engine.written import Unplanned

_MOST, _LEAST = 2**31 - 1, -(2**31)

PLAIN: Mapping[str, Callable[[Any], bool]] = {
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


def _plain(
    schema: GraphQLSchema, definition: VariableDefinitionNode
) -> tuple[str, Callable[[Any], bool], bool, Any] | None:
    type_ = type_from_ast(schema, definition.type)
    required = is_non_null_type(type_)
    fits = PLAIN.get(str(type_).rstrip("!"))
    if fits is None:
        return None
    default = definition.default_value
    return (
        definition.variable.name.value,
        fits,
        required,
        Undefined if default is None else value_from_ast(default, type_),  # type: ignore[arg-type]
    )
