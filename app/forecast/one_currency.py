"""The sums of a forecast in the reporting currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import sqrt

from app.currencies.rates import InOneCurrency, Rates, in_one_currency, rates_on
from app.events.log import Reader
from app.forecast.model import Spread
from app.forecast.reading import Modelled
from app.forecast.sums import Sums
from app.settings import settings


@dataclass(frozen=True, slots=True)
class Totals:
    """`modelled`: None where nothing is, or a rate is missing. `missing`: of any of them."""

    currency: str
    closed: InOneCurrency
    commit: InOneCurrency
    best_case: InOneCurrency
    pipeline: InOneCurrency
    weighted: InOneCurrency
    modelled: Spread | None
    missing: tuple[str, ...]


async def totals(db: Reader, sums: Sums, modelled: Mapping[str, Modelled], at: datetime) -> Totals | None:
    """At the rates of the day; None where the programme has no reporting currency. One statement."""
    currency = settings().reporting_currency
    if currency is None:
        return None
    rates = await rates_on(db, at.astimezone(UTC).date())
    amounts = (sums.closed, sums.commit, sums.best_case, sums.pipeline, sums.weighted)
    closed, commit, best_case, pipeline, weighted = (in_one_currency(one, rates, currency) for one in amounts)
    expected = in_one_currency(dict.fromkeys(modelled, Decimal(1)), rates, currency)
    missing = {code for one in (closed, commit, best_case, pipeline, weighted, expected) for code in one.missing}
    spread = None if expected.missing or not modelled else _together(modelled, rates, currency)
    return Totals(currency, closed, commit, best_case, pipeline, weighted, spread, tuple(sorted(missing)))


def _together(modelled: Mapping[str, Modelled], rates: Rates, currency: str) -> Spread:
    """Deals of several currencies don't wait for each other: distances from the middle add up as those of independent
    sums do, by their squares."""
    into = float(rates.per_euro(currency) or 1)
    low = expected = high = 0.0
    for code, one in modelled.items():
        rate = 1.0 if code == currency else into / float(rates.per_euro(code) or 1)
        expected += one.range.expected * rate
        low += ((one.range.expected - one.range.low) * rate) ** 2
        high += ((one.range.high - one.range.expected) * rate) ** 2
    return Spread(expected - sqrt(low), expected, expected + sqrt(high))
