"""Sums in the programme's reporting currency, beside those of each currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from app.currencies.rates import Rates, in_one_currency, rates_on
from app.database import database
from app.settings import settings
from schema.money import Money
from schema.scalars import CurrencyCode

NAME = "inOneCurrency"
MISSING = "The currencies without a rate: sums with amounts in them are null."
NULL = "null if a rate is missing"


@dataclass(frozen=True, slots=True)
class Together:
    """`sums` by name; null where a rate is `missing`."""

    currency: CurrencyCode
    sums: Mapping[str, Money | None]
    missing: list[CurrencyCode]


@dataclass(frozen=True, slots=True)
class InForce:
    """The reporting currency and the rates of a day."""

    currency: str
    rates: Rates

    def together(self, amounts: Mapping[str, Mapping[str, Decimal]]) -> Together:
        """`amounts`: by name and currency."""
        found = {name: in_one_currency(one, self.rates, self.currency) for name, one in amounts.items()}
        code = CurrencyCode(self.currency)
        sums = {
            name: None if one.amount is None else Money(amount=one.amount, currency=code) for name, one in found.items()
        }
        missing = sorted({gap for one in found.values() for gap in one.missing})
        return Together(code, sums, [CurrencyCode(gap) for gap in missing])


async def in_force(at: datetime) -> InForce | None:
    """The rates of the day (UTC); None where the programme has no reporting currency. One statement."""
    currency = settings().reporting_currency
    return None if currency is None else InForce(currency, await rates_on(database(), at.astimezone(UTC).date()))


async def together(amounts: Mapping[str, Mapping[str, Decimal]], at: datetime) -> Together | None:
    """`amounts` by name and currency, as `in_force`."""
    found = await in_force(at)
    return None if found is None else found.together(amounts)
