"""Variables, coerced by functions made once for the operation where their types are plain, else by graphql-core."""

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    get_nullable_type,
    is_non_null_type,
    is_required_input_field,
    type_from_ast,
    value_from_ast,
)
from graphql.execution.values import VariableValues, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value

from schema.engine.read.arguments import NO_VARIABLES

_MOST, _LEAST = 2**31 - 1, -(2**31)
MOST_ERRORS = 20
SHOWN = 60
"""Characters of an unknown key."""

Take = Callable[[Any], Any]
"""From a value that isn't null to what it is coerced to; `ODD` where that takes graphql-core to say."""
ODD: Any = object()

PLAIN: Mapping[str, Take] = {
    "ID": lambda value: value if value.__class__ is str else ODD,
    "String": lambda value: value if value.__class__ is str else ODD,
    "Boolean": lambda value: value if value.__class__ is bool else ODD,
    "Int": lambda value: value if value.__class__ is int and _LEAST <= value <= _MOST else ODD,
}
"""Values that are what they are coerced to, by their type."""


class Misfits(Exception):
    """Variables that don't fit their types."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} misfits")
        self.errors = errors


class Variables:
    """Those that an operation declares."""

    def __init__(self, schema: GraphQLSchema, definitions: Collection[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._definitions = definitions
        self._plain = [_plain(schema, definition) for definition in definitions]

    def coerced(self, values: Mapping[str, Any]) -> VariableValues:
        """Raises `Misfits`."""
        if not self._definitions:
            return NO_VARIABLES
        found: dict[str, Any] = {}
        for plain in self._plain:
            if plain is None:
                return self._as_graphql_core_does(values)
            name, take, required, default = plain
            if name in values:
                given = values[name]
                taken = take(given) if given is not None else ODD if required else None
                if taken is ODD:
                    return self._as_graphql_core_does(values)
                found[name] = taken
            elif default is not Undefined:
                found[name] = default
            elif required:
                return self._as_graphql_core_does(values)
        return VariableValues({}, found)

    def _as_graphql_core_does(self, values: Mapping[str, Any]) -> VariableValues:
        """It looks for every unknown key, and shows the object around it with each: here the first one is enough."""
        for definition in self._definitions:
            name = definition.variable.name.value
            stranger = _stranger(values.get(name), type_from_ast(self._schema, definition.type), f"${name}")
            if stranger is not None:
                raise Misfits([GraphQLError(stranger, definition)])
        coerced = get_variable_values(
            self._schema, self._definitions, dict(values), max_errors=MOST_ERRORS, hide_suggestions=True
        )
        if not isinstance(coerced, VariableValues):
            raise Misfits(coerced)
        return coerced


def _stranger(value: Any, type_: Any, place: str) -> str | None:
    """Tells of the first key that an input type doesn't have."""
    inner = get_nullable_type(type_)
    if isinstance(inner, GraphQLList):
        items = value if isinstance(value, list) else [value]
        told = (_stranger(item, inner.of_type, f"{place}[{n}]") for n, item in enumerate(items))
    elif isinstance(inner, GraphQLInputObjectType) and isinstance(value, dict):
        unknown = next((key for key in value if key not in inner.fields), None)
        if unknown is not None:
            found = f"Variable '{place}' has invalid value: Expected value of type '{inner}' not to include unknown"
            return f"{found} field '{unknown[:SHOWN]}'."
        told = (_stranger(given, inner.fields[name].type, f"{place}.{name}") for name, given in value.items())
    else:
        return None
    return next((one for one in told if one is not None), None)


def _plain(schema: GraphQLSchema, definition: VariableDefinitionNode) -> tuple[str, Take, bool, Any] | None:
    type_: Any = type_from_ast(schema, definition.type)
    required = is_non_null_type(type_)
    take = taking(get_nullable_type(type_))
    if take is None:
        return None
    default = definition.default_value
    return (
        definition.variable.name.value,
        take,
        required,
        Undefined if default is None else value_from_ast(default, type_),
    )


@lru_cache(maxsize=256)
def taking(type_: Any) -> Take | None:
    """The coercion of a type's values without graphql-core; None where there is none."""
    if isinstance(type_, GraphQLList):
        item = _or_null(type_.of_type)
        return None if item is None else _list(item)
    if isinstance(type_, GraphQLInputObjectType):
        return None if type_.is_one_of else _object(type_)
    return PLAIN.get(getattr(type_, "name", ""))


def _or_null(type_: Any) -> Take | None:
    take = taking(get_nullable_type(type_))
    if take is None:
        return None
    absent = ODD if is_non_null_type(type_) else None
    return lambda value: absent if value is None else take(value)


def _left_out(type_: Any) -> Take | None:
    """For what isn't plain: nothing is taken but null."""
    return None if is_non_null_type(type_) else lambda value: None if value is None else ODD


def _list(item: Take) -> Take:
    def take(value: Any) -> Any:
        if value.__class__ is not list:
            return ODD
        taken = [item(one) for one in value]
        return ODD if ODD in taken else taken

    return take


def _object(type_: GraphQLInputObjectType) -> Take | None:
    """An input whose fields are plain, or need not be given."""
    found = {name: _or_null(field.type) or _left_out(field.type) for name, field in type_.fields.items()}
    if any(take is None for take in found.values()) or any(f.out_name for f in type_.fields.values()):
        return None
    fields = {name: take for name, take in found.items() if take is not None}
    every = {name: coerce_default_value(field) for name, field in type_.fields.items()}
    defaults = {name: value for name, value in every.items() if value is not Undefined}
    needed = {name for name, field in type_.fields.items() if is_required_input_field(field)}

    def take(value: Any) -> Any:
        if value.__class__ is not dict or not needed <= value.keys():
            return ODD
        taken = dict(defaults)
        for name, given in value.items():
            one = taken[name] = fields[name](given) if name in fields else ODD
            if one is ODD:
                return ODD
        return taken

    return take
