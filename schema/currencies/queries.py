"""The exchange rates in force, and sums of several currencies in one."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.currencies.rates import rates_on
from app.database import database
from app.settings import settings
from schema.context import Info
from schema.engine.declare import Made, Requester
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.scalars import CurrencyCode


@strawberry.type(description="The exchange rate of a currency.")
class CurrencyRate:
    currency: CurrencyCode = strawberry.field(description="The ISO 4217 code of the currency.")
    per_euro: Decimal = strawberry.field(description="The units of the currency for one euro.")
    day: date = strawberry.field(description="The day on which the rate was set.")


@strawberry.type(description="The exchange rates in force on a day.")
class CurrencyRates:
    on: date = strawberry.field(description="The day.")
    reporting_currency: CurrencyCode | None = strawberry.field(
        description="The currency in which sums of several currencies are given as well; null if none is set."
    )
    days_valid: int = strawberry.field(
        description="The number of days that a rate holds where there is none of a later day. Older ones are missing."
    )
    rates: list[CurrencyRate] = strawberry.field(description="The rates, by currency; the euro's isn't among them.")


async def _rates(requester: Requester, arguments: Mapping[str, Any]) -> CurrencyRates:
    found = await rates_on(database(), arguments.get("on") or requester.at.date())
    reporting = settings().reporting_currency
    return CurrencyRates(
        on=found.day,
        reporting_currency=CurrencyCode(reporting) if reporting else None,
        days_valid=settings().currency_rate_days,
        rates=[
            CurrencyRate(currency=CurrencyCode(one.currency), per_euro=one.per_euro, day=one.day)
            for one in found.by_currency.values()
        ],
    )


@strawberry.type
class CurrencyQuery:
    @root(
        Made(_rates, rows=50, scan=Scan("", {"on": Look.FREE})),
        "The exchange rates in force on a day: of each currency the last one that was set on it or at most `daysValid` "
        "before.",
    )
    async def currency_rates(
        self,
        info: Info,
        on: Annotated[date | None, strawberry.argument(description="The day, in UTC; today by default.")] = None,
    ) -> CurrencyRates: ...
