"""The place of an action among those of all deals.

    rank = least score so far in its deal × worth of the deal ÷ place in the deal

What is critical and holds its deal up comes before everything else, as it does within a deal (`guidance.scoring`).
**Least score so far**: a deal's actions keep the order that they have in the deal, whoever chose it; one that stands
below another there never stands above it in the list of all. **Worth**: log2(2 + amount ÷ 1,000), so that an amount
twice as large counts about one more, and a large deal is seen to first without pushing all others off the page; 1
without an amount. Amounts are taken in the order of magnitude of their currency: nothing is converted, and nobody sees
the figure. **÷ place** (1, 2, 3, …): a morning is more than one deal's list.

Propensity, value, urgency and hours are in the score.
"""

from collections.abc import Container, Sequence
from decimal import Decimal
from math import inf, log2
from typing import Any

_CURRENCIES = """
5: AED BOB BRL BYN CNY DKK FJD GEL GTQ HKD ILS MOP MYR NOK PEN PLN QAR RON SAR SEK TMT TTD ZMW
20: BWP CUP CZK DOP EGP ERN ETB HNL LSL MAD MDL MUR MXN NAD SCR SRD SZL THB TRY TWD UAH UYU ZAR
100: AFN BDT BTN DZD GMD HTG INR ISK JMD JPY KES KGS LRD MKD MVR NIO NPR PHP RSD RUB
500: ALL AMD AOA ARS CRC CVE DJF HUF KMF KZT LKR MRU MZN PKR SDG XAF XOF XPF YER
2000: BIF CDF CLP COP GNF IQD KHR KRW LBP MGA MMK MNT MWK NGN PYG RWF SOS TZS UGX
20000: IDR IRR LAK SLE STN UZS VND
"""
UNITS = {
    code: int(units)
    for units, codes in (line.split(":") for line in _CURRENCIES.strip().splitlines())
    for code in codes.split()
}
"""About how many units of a currency buy what one euro buys, where that is several: good for an order, not for sums."""

THOUSAND = 1_000
LARGEST = 1e15
"""What is beyond counts as this much."""
DUE = 1_000_000.0
"""Above every rank of what isn't due."""


def worth(amount: Decimal | float | None, currency: str | None) -> float:
    """At least 1."""
    if amount is None:
        return 1.0
    return log2(2 + min(max(0.0, float(amount)), LARGEST) / UNITS.get(currency or "", 1) / THOUSAND)


def rank_among_deals(rows: Sequence[dict[str, Any]], worth_of_deal: float, due: Container[str]) -> None:
    """Give each of a deal's actions its `rank`, from `score` and `position`. `due`: keys of what is critical and holds
    the deal up."""
    least, tier = inf, DUE
    for place, row in enumerate(sorted(rows, key=lambda row: int(row["position"])), start=1):
        if tier and row["key"] not in due:
            least, tier = inf, 0.0
        least = min(least, row["score"])
        row["rank"] = tier + least * worth_of_deal / place
