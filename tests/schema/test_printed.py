"""The printed schema is the real one, and says what everything is."""

from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

import schema

PRINTED = Path(schema.__file__).with_name("schema.graphql")
BUILT_IN = {"Boolean", "Float", "ID", "Int", "String"}


def test_the_printed_schema_is_the_one_that_is_served() -> None:
    assert PRINTED.read_text(encoding="utf-8") == schema.printed()


def _all() -> list[tuple[str, str | None]]:
    said: list[tuple[str, str | None]] = []
    for name, type_ in schema.schema._schema.type_map.items():
        if name.startswith("__") or name in BUILT_IN:
            continue
        if name not in ("Query", "Mutation", "Subscription"):
            said.append((name, type_.description))
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in type_.fields.items():
                said.append((f"{name}.{field_name}", field.description))
                arguments = getattr(field, "args", {})
                said += [(f"{name}.{field_name}({a})", argument.description) for a, argument in arguments.items()]
        elif isinstance(type_, GraphQLEnumType):
            said += [(f"{name}.{value}", definition.description) for value, definition in type_.values.items()]
    return said


@pytest.mark.parametrize(("what", "description"), _all())
def test_everything_has_a_description(what: str, description: str | None) -> None:
    assert description is not None
    assert description.strip(), what
