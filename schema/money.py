"""Amounts of money in the API."""

from collections.abc import Mapping
from decimal import Decimal

import strawberry

from app.deals.money import minor_units
from schema.scalars import CurrencyCode


@strawberry.type(description="An exact amount of money in one currency.")
class Money:
    amount: Decimal = strawberry.field(description="The amount, with the number of decimals of its currency.")
    currency: CurrencyCode = strawberry.field(description="The ISO 4217 currency code.")


@strawberry.input(description="An exact amount of money in one currency.")
class MoneyInput:
    amount: Decimal = strawberry.field(
        description='The amount, at least 0, with no more decimals than the currency has: `"1250.50"`.'
    )
    currency: CurrencyCode = strawberry.field(description="An active ISO 4217 currency code.")


def sums(by_currency: Mapping[str, Decimal]) -> list[Money]:
    """One amount for each currency, by its code; rounded half to even at the currency's digits."""
    return [
        Money(
            amount=total.quantize(Decimal(1).scaleb(-(minor_units(code) or 0))),
            currency=CurrencyCode(code),
        )
        for code, total in sorted(by_currency.items())
    ]
