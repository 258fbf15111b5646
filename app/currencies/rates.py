"""The rates in force on a day, and sums of several currencies in one of them. A rate that isn't known is named, never
guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from app.database.rls import as_viewer
from app.deals.money import minor_units
from app.events.log import Reader
from app.settings import settings

EURO = "EUR"
DIGITS = 50
"""Of what is calculated on the way, which is rounded once, at the end."""

_RATES = """
SELECT DISTINCT ON (r.currency) r.currency, r.day, r.per_euro FROM currency_rate r
WHERE r.day <= $1 AND r.day >= $2 ORDER BY r.currency, r.day DESC
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_euro`: units of the currency for one euro. `day`: on which it was set."""

    currency: str
    day: date
    per_euro: Decimal


@dataclass(frozen=True, slots=True)
class Rates:
    """In force on a day, by currency; the euro isn't among them."""

    day: date
    by_currency: Mapping[str, Rate]

    def per_euro(self, currency: str) -> Decimal | None:
        if currency == EURO:
            return Decimal(1)
        rate = self.by_currency.get(currency)
        return None if rate is None else rate.per_euro


@dataclass(frozen=True, slots=True)
class InOneCurrency:
    """`amount`: null where a rate is `missing`, since a sum of the rest would pass for the whole. `oldest`: the day of
    the oldest rate that was used; null where none was needed."""

    currency: str
    amount: Decimal | None
    missing: tuple[str, ...] = ()
    oldest: date | None = None


async def rates_on(db: Reader, day: date) -> Rates:
    """For each currency, the last rate set on that day or at most `currency_rate_days` before. One statement."""
    with as_viewer(None):
        rows = await db.fetch(_RATES, day, day - timedelta(days=settings().currency_rate_days))
    return Rates(day, {row["currency"]: Rate(row["currency"], row["day"], row["per_euro"]) for row in rows})


def in_one_currency(sums: Mapping[str, Decimal], rates: Rates, currency: str) -> InOneCurrency:
    """The sum of `sums`, by currency code, in `currency`, rounded once, half to even, to its digits.

    What is in `currency` already needs no rate. `missing` names all currencies whose rate isn't known, and `currency`
    itself where that is the one.
    """
    others = [code for code in sums if code != currency]
    needed = {code for code in (*others, *([currency] if others else [])) if code != EURO}
    missing = tuple(sorted(code for code in needed if rates.per_euro(code) is None))
    if missing:
        return InOneCurrency(currency, None, missing)
    with localcontext() as context:
        context.prec, context.rounding = DIGITS, ROUND_HALF_EVEN
        total = sums.get(currency, Decimal(0))
        into = rates.per_euro(currency) or Decimal(1)
        for code in others:
            total += sums[code] * into / (rates.per_euro(code) or Decimal(1))
        exact = total.quantize(Decimal(1).scaleb(-(minor_units(currency) or 0)))
    return InOneCurrency(currency, exact, oldest=min((rates.by_currency[code].day for code in needed), default=None))


async def in_reporting_currency(db: Reader, sums: Mapping[str, Decimal], day: date) -> InOneCurrency | None:
    """At the rates of that day; None where the programme has no reporting currency."""
    currency = settings().reporting_currency
    if currency is None:
        return None
    return in_one_currency(sums, await rates_on(db, day), currency)
