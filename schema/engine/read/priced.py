"""Operations with their price and with the names that metrics have for them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import DocumentNode, GraphQLSchema

from app.identity.reach import Reach
from schema.engine.read.cost import Price, names_of, price_of

MOST_AMOUNTS, FEW = 32, 3
"""Kept of each operation, and of how many variables: clients ask the same again and again."""
BYTES_OF_AN_AMOUNT = 500


class Priced(NamedTuple):
    """`kind` and `field` are what metrics call the operation. `amounts`: what it came to, by its variables."""

    price: Price
    kind: str
    field: str
    amounts: dict[tuple[tuple[str, Any], ...], tuple[Reach, int]]

    @property
    def size(self) -> int:
        """Bytes that `amounts` may come to hold, about."""
        return MOST_AMOUNTS * BYTES_OF_AN_AMOUNT if self.price.open else 0

    def of(self, variables: Mapping[str, Any] | None, reach: Reach) -> int:
        """For any variables."""
        return self.price.of(variables, reach)

    def again(self, variables: Mapping[str, Any], reach: Reach) -> int:
        """For short ones, none of which holds others: what came of a few of them the last time is kept."""
        if len(variables) > FEW or not self.price.open:
            return self.price.of(variables, reach)
        key = tuple(variables.items())
        known = self.amounts.get(key)
        if known is not None and known[0] is reach:
            return known[1]
        amount = self.price.of(variables, reach)
        if len(self.amounts) >= MOST_AMOUNTS:
            self.amounts.clear()
        self.amounts[key] = reach, amount
        return amount


def priced(schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> Priced:
    """Of a valid document."""
    return Priced(price_of(schema, document, operation_name), *names_of(document, operation_name), {})
