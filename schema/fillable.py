"""The fields that mutations can set, read from their inputs and payloads."""

from collections import defaultdict
from collections.abc import Mapping

from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, get_named_type

from app.deals.remedies import NAMED_BY


def inputs_of(schema: GraphQLSchema) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """By type and mutation; a mutation changes what its payload returns of those that conditions speak of."""
    found: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        payload, given = get_named_type(field.type), get_named_type(field.args["input"].type)
        assert isinstance(payload, GraphQLObjectType)
        assert isinstance(given, GraphQLInputObjectType)
        for each in payload.fields.values():
            returned = get_named_type(each.type).name
            if returned in NAMED_BY:
                found[returned][name] = frozenset(given.fields)
    return found
