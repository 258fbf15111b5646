"""Exact amounts of money. No amount is ever a float, and none is ever rounded."""

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache

MAX_INTEGER_DIGITS = 15
MAX_TEXT_LENGTH = 64
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
EXACT = Context(prec=40)

_CODES_BY_MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
        CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
        IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
        MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
        SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER
        ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
MINOR_UNITS = {code: digits for digits, codes in _CODES_BY_MINOR_UNITS.items() for code in codes.split()}
"""ISO 4217: active codes of money and the number of digits after the point. Metals and test codes have none."""
_NO_MONEY = frozenset(
    ("XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XFO", "XFU", "XPD", "XPT", "XRE", "XSU", "XTS", "XUA", "XXX")
)


def minor_units(currency: str) -> int | None:
    """Digits after the point of an active or withdrawn currency; None when there is none by that code."""
    digits = MINOR_UNITS.get(currency)
    return _withdrawn().get(currency) if digits is None else digits


@lru_cache(maxsize=1)
def _withdrawn() -> dict[str, int]:
    """Codes that deals of earlier years have, such as HRK and DEM, from Unicode's CLDR."""
    from babel.numbers import get_currency_precision, list_currencies  # most processes never meet one

    codes = list_currencies() - MINOR_UNITS.keys() - _NO_MONEY
    return {code: get_currency_precision(code) for code in codes}


class MoneyError(Exception):
    """An amount or currency that can't be kept exactly. `path` names the part of the input that is wrong."""

    def __init__(self, message: str, path: tuple[str, ...]) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` has exactly the currency's digits after the point."""

    amount: Decimal
    currency: str


def money(amount: Decimal | str, currency: str, *, withdrawn: bool = False) -> Money:
    """`amount` is at least 0, with up to 15 digits before the point and no more after it than the currency has, zeros
    included; text is plain digits with a point. `withdrawn` takes currencies of earlier years, too. Raises
    `MoneyError`."""
    if not isinstance(amount, Decimal | str):
        raise TypeError(f"an amount is a Decimal or text, not {type(amount).__name__}")
    digits = minor_units(currency) if withdrawn else MINOR_UNITS.get(currency)
    if digits is None:
        raise MoneyError(f"“{currency[:20]}” is not an active ISO 4217 currency code, such as EUR.", ("currency",))
    number = _parsed(amount) if isinstance(amount, str) else amount
    if not number.is_finite():
        raise MoneyError("The amount is not a number.", ("amount",))
    if number < 0:
        raise MoneyError("The amount is negative; it is at least 0.", ("amount",))
    if number and number.adjusted() >= MAX_INTEGER_DIGITS:
        raise MoneyError(f"The amount has more than {MAX_INTEGER_DIGITS} digits before the point.", ("amount",))
    if _fraction_digits(number) > digits:
        allowed = {0: "no digits", 1: "1 digit"}.get(digits, f"at most {digits} digits")
        raise MoneyError(f"An amount in {currency} has {allowed} after the point.", ("amount",))
    return Money(number.quantize(Decimal(1).scaleb(-digits), context=EXACT).copy_abs(), currency)


def _parsed(text: str) -> Decimal:
    if len(text) > MAX_TEXT_LENGTH or not PLAIN_NUMBER.fullmatch(text):
        raise MoneyError("The amount is not a plain number, such as 1250.50.", ("amount",))
    return Decimal(text)


def _fraction_digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
