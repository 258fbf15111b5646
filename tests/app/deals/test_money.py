from contextlib import suppress
from decimal import Decimal, localcontext
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.deals.money import MINOR_UNITS, Money, MoneyError, money

CURRENCIES = st.sampled_from(sorted(MINOR_UNITS))


@pytest.mark.parametrize(
    ("amount", "currency", "exact"),
    [
        ("1250.5", "USD", "1250.50"),
        ("1250.50", "EUR", "1250.50"),
        ("1250", "CHF", "1250.00"),
        ("1250", "JPY", "1250"),
        ("0", "EUR", "0.00"),
        ("-0", "EUR", "0.00"),
        ("0.125", "KWD", "0.125"),
        ("42.1", "CLF", "42.1000"),
        ("007", "GBP", "7.00"),
        ("5".zfill(64), "GBP", "5.00"),
        ("999999999999999.99", "USD", "999999999999999.99"),
        (Decimal("1E+3"), "USD", "1000.00"),
        (Decimal("0E+30"), "USD", "0.00"),
        (Decimal("1250.5"), "TND", "1250.500"),
    ],
)
def test_an_amount_gets_exactly_the_digits_of_its_currency(amount: str | Decimal, currency: str, exact: str) -> None:
    kept = money(amount, currency)
    assert (str(kept.amount), kept.currency) == (exact, currency)


NOT_PLAIN = "The amount is not a plain number, such as 1250.50."


@pytest.mark.parametrize(
    ("amount", "currency", "message", "path"),
    [
        ("1.234", "USD", "An amount in USD has at most 2 digits after the point.", "amount"),
        ("1.500", "USD", "An amount in USD has at most 2 digits after the point.", "amount"),
        ("10.5", "JPY", "An amount in JPY has no digits after the point.", "amount"),
        ("1.2345", "BHD", "An amount in BHD has at most 3 digits after the point.", "amount"),
        (Decimal("1E-400"), "USD", "An amount in USD has at most 2 digits after the point.", "amount"),
        ("-0.01", "USD", "The amount is negative; it is at least 0.", "amount"),
        ("1000000000000000", "USD", "The amount has more than 15 digits before the point.", "amount"),
        (Decimal("1E+999999"), "USD", "The amount has more than 15 digits before the point.", "amount"),
        (Decimal("NaN"), "USD", "The amount is not a number.", "amount"),
        (Decimal("sNaN"), "USD", "The amount is not a number.", "amount"),
        (Decimal("Infinity"), "USD", "The amount is not a number.", "amount"),
        ("NaN", "USD", NOT_PLAIN, "amount"),
        ("", "USD", NOT_PLAIN, "amount"),
        (" 5", "USD", NOT_PLAIN, "amount"),
        ("5\n", "USD", NOT_PLAIN, "amount"),
        ("1,250.00", "USD", NOT_PLAIN, "amount"),
        ("1_000", "USD", NOT_PLAIN, "amount"),
        ("1e3", "USD", NOT_PLAIN, "amount"),
        ("٣", "USD", NOT_PLAIN, "amount"),
        ("9" * 1_000_000, "USD", NOT_PLAIN, "amount"),
        ("5".zfill(65), "USD", NOT_PLAIN, "amount"),
        ("5", "usd", "“usd” is not an active ISO 4217 currency code, such as EUR.", "currency"),
        ("5", "DEM", "“DEM” is not an active ISO 4217 currency code, such as EUR.", "currency"),
        ("5", "XAU", "“XAU” is not an active ISO 4217 currency code, such as EUR.", "currency"),
        ("5", "", "“” is not an active ISO 4217 currency code, such as EUR.", "currency"),
        ("5", "E" * 1_000, f"“{'E' * 20}” is not an active ISO 4217 currency code, such as EUR.", "currency"),
    ],
)
def test_what_cannot_be_kept_exactly_is_refused(amount: str | Decimal, currency: str, message: str, path: str) -> None:
    with pytest.raises(MoneyError) as refused:
        money(amount, currency)
    assert (refused.value.message, refused.value.path) == (message, (path,))


@pytest.mark.parametrize("amount", [12.5, 12, True, None])
def test_a_float_never_becomes_money(amount: object) -> None:
    with pytest.raises(TypeError, match=f"not {type(amount).__name__}$"):
        money(cast(Any, amount), "EUR")


def test_a_currency_of_earlier_years_is_taken_where_it_is_asked_for() -> None:
    assert money("1250.5", "DEM", withdrawn=True) == Money(Decimal("1250.50"), "DEM")
    assert money("1250", "ITL", withdrawn=True) == Money(Decimal("1250"), "ITL")
    assert money("1250.5", "EUR", withdrawn=True) == money("1250.5", "EUR")
    for none in ("XAU", "XYZ"):
        with pytest.raises(MoneyError):
            money("1", none, withdrawn=True)


def test_the_callers_decimal_context_rounds_nothing() -> None:
    with localcontext() as context:
        context.prec = 3
        assert money("123456789.12", "EUR") == Money(Decimal("123456789.12"), "EUR")


@pytest.mark.parametrize(
    ("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("UYW", 4), ("ISK", 0), ("HUF", 2), ("XCG", 2)]
)
def test_currencies_have_their_own_number_of_digits(currency: str, digits: int) -> None:
    assert MINOR_UNITS[currency] == digits


def test_every_currency_code_is_three_capital_letters_and_listed_once() -> None:
    assert len(MINOR_UNITS) == 164
    assert all(len(code) == 3 and code.isascii() and code.isalpha() and code.isupper() for code in MINOR_UNITS)


@given(st.integers(min_value=0, max_value=10**15 - 1), st.integers(min_value=0, max_value=9_999), CURRENCIES)
def test_every_amount_in_range_is_kept_to_the_last_digit(whole: int, fraction: int, currency: str) -> None:
    digits = MINOR_UNITS[currency]
    text = f"{whole}.{fraction % 10**digits:0{digits}}" if digits else str(whole)
    kept = money(text, currency)
    assert str(kept.amount) == text
    assert money(kept.amount, currency) == kept


@given(st.decimals(allow_nan=True, allow_infinity=True) | st.text(max_size=80), CURRENCIES | st.text(max_size=4))
def test_an_amount_is_kept_at_its_value_or_refused(amount: Decimal | str, currency: str) -> None:
    with suppress(MoneyError):
        kept = money(amount, currency)
        assert kept.amount == Decimal(amount)
        assert kept.amount.as_tuple().exponent == -MINOR_UNITS[currency]
