"""Operations with their price and with the names that metrics have for them."""

from typing import NamedTuple

from graphql import DocumentNode, GraphQLSchema

from schema.engine.cost import Price, names_of, price_of


class Priced(NamedTuple):
    """`kind` and `field` are what metrics call the operation."""

    price: Price
    kind: str
    field: str


def priced(schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> Priced:
    """Of a valid document."""
    return Priced(price_of(schema, document, operation_name), *names_of(document, operation_name))
