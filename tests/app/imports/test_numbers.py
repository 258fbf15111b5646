from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.currency_signs import signs_of
from app.imports.faults import Doubtful, FieldFault
from app.imports.mapping import Grouping, Numbers
from app.imports.numbers import NumberReader, code_in

PLAIN = Numbers()
GERMAN = Numbers(decimal=",", thousands=".")
SWISS = Numbers(decimal=".", thousands="'")
FRENCH = Numbers(decimal=",", thousands=" ")
INDIAN = Numbers(decimal=".", thousands=",", grouping=Grouping.INDIAN)
AMERICAN = Numbers(decimal=".", thousands=",")


@pytest.mark.parametrize(
    ("numbers", "text", "value"),
    [
        (PLAIN, "1250.50", "1250.50"),
        (PLAIN, "8.0E7", "80000000"),
        (PLAIN, "1.5e-3", "0.0015"),
        (PLAIN, "-5", "-5"),
        (PLAIN, "−5", "-5"),
        (PLAIN, "5-", "-5"),
        (PLAIN, "(5.20)", "-5.20"),
        (PLAIN, "+5", "5"),
        (PLAIN, "１２.５", "12.5"),
        (GERMAN, "1.250,50", "1250.50"),
        (GERMAN, "1250,5", "1250.5"),
        (GERMAN, "1.234.567", "1234567"),
        (GERMAN, "8,0E7", "80000000"),
        (SWISS, "1'250.50", "1250.50"),
        (SWISS, "1’250’000.50", "1250000.50"),
        (FRENCH, "1 250,50", "1250.50"),
        (FRENCH, "1\u00a0250,50", "1250.50"),
        (FRENCH, "1\u202f250\u202f000,50", "1250000.50"),
        (INDIAN, "12,34,567.50", "1234567.50"),
        (INDIAN, "1,234", "1234"),
        (AMERICAN, "1,234,567.5", "1234567.5"),
    ],
)
def test_a_number_is_read_as_the_mapping_says(numbers: Numbers, text: str, value: str) -> None:
    assert NumberReader(numbers).read(text) == Decimal(value)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        (GERMAN, "512.77"),
        (GERMAN, "1234.56"),
        (GERMAN, "3.1"),
        (GERMAN, "1.2345"),
        (GERMAN, "1.234.56"),
        (GERMAN, ".123"),
        (GERMAN, "1,234,567"),
        (AMERICAN, "1,23"),
        (AMERICAN, "1234,567"),
        (AMERICAN, "12,34,567"),
        (AMERICAN, "1,234.5.6"),
        (INDIAN, "123,456,789"),
        (FRENCH, "1.250,50"),
        (PLAIN, "1,250"),
        (PLAIN, "1.2.3"),
        (PLAIN, "--5"),
        (PLAIN, "(-5)"),
        (PLAIN, "5%"),
        (PLAIN, "1k"),
        (PLAIN, "1.5 Mio"),
        (PLAIN, "ca. 5"),
        (PLAIN, "٣"),
        (PLAIN, "five"),
        (PLAIN, "1 2"),
        (PLAIN, "0x10"),
        (PLAIN, "1_000"),
        (PLAIN, "1e5e5"),
        (PLAIN, "NaN"),
        (PLAIN, "Infinity"),
        (PLAIN, "1" * 60),
        (PLAIN, "1E999"),
    ],
)
def test_what_has_no_one_reading_is_refused(numbers: Numbers, text: str) -> None:
    with pytest.raises(FieldFault, match="is not a plain number") as refused:
        NumberReader(numbers).read(text)
    assert not isinstance(refused.value, Doubtful), "the mapping has settled it"


@pytest.mark.parametrize("text", ["1,234", "1.250,50", "1,250.50", "1 250", "1'250.50", "12,5", "1.234.567"])
def test_a_convention_that_nothing_states_puts_the_file_in_doubt(text: str) -> None:
    with pytest.raises(Doubtful, match="is not a plain number") as doubtful:
        NumberReader(None).read(text)
    assert "--decimal" in doubtful.value.way_out


def test_both_readings_are_shown() -> None:
    with pytest.raises(Doubtful) as doubtful:
        NumberReader(None).read("1,234")
    assert doubtful.value.readings == ("1.234 if decimals stand after “,”", "1234 if decimals stand after “.”")


@pytest.mark.parametrize("text", ["words", "1k", "1.2.3", "5%"])
def test_what_is_no_number_by_any_convention_leaves_no_doubt(text: str) -> None:
    with pytest.raises(FieldFault) as refused:
        NumberReader(None).read(text)
    assert not isinstance(refused.value, Doubtful)


@pytest.mark.parametrize(
    ("numbers", "currency", "text", "value"),
    [
        (AMERICAN, "USD", "$1,250.00", "1250"),
        (AMERICAN, "CAD", "$1,250.00", "1250"),
        (AMERICAN, "CAD", "CA$1,250.00", "1250"),
        (AMERICAN, "USD", "USD 1,250.00", "1250"),
        (AMERICAN, "USD", "1,250.00 usd", "1250"),
        (AMERICAN, "USD", "-$5", "-5"),
        (AMERICAN, "USD", "($5.00)", "-5"),
        (AMERICAN, "USD", "$ -5", "-5"),
        (GERMAN, "EUR", "€ 9", "9"),
        (GERMAN, "EUR", "1.250,00\u00a0€", "1250"),
        (SWISS, "CHF", "Fr. 1'250.50", "1250.50"),
        (FRENCH, "SEK", "1 250,50 kr", "1250.50"),
        (GERMAN, "BRL", "R$ 1.250,00", "1250"),
        (FRENCH, "PLN", "1 250,50 zł", "1250.50"),
        (PLAIN, "JPY", "￥1500", "1500"),
        (PLAIN, "CNY", "¥1500", "1500"),
        (INDIAN, "INR", "₹12,34,567", "1234567"),
    ],
)
def test_a_sign_that_agrees_with_the_currency_is_read(numbers: Numbers, currency: str, text: str, value: str) -> None:
    assert NumberReader(numbers).read(text, currency) == Decimal(value)


@pytest.mark.parametrize(
    ("currency", "text"),
    [
        ("EUR", "$5"),
        ("USD", "€ 5"),
        ("USD", "5 EUR"),
        ("EUR", "GBP 5"),
        ("USD", "$5k"),
        ("USD", "5 $ each"),
        (None, "$5"),
    ],
)
def test_one_that_does_not_is_refused(currency: str | None, text: str) -> None:
    with pytest.raises(FieldFault, match="is not a plain number"):
        NumberReader(PLAIN).read(text, currency)


def test_a_currency_may_stand_in_the_cell_alone() -> None:
    assert [code_in(text) for text in ("€ 9", "USD 5", "5 CHF", "$5", "5", "ABC 5")] == [
        "EUR",
        "USD",
        "CHF",
        None,
        None,
        None,
    ]


def test_every_currency_has_its_code_for_a_sign() -> None:
    assert {code for code in ("USD", "HRK", "VUV", "XOF") if code.lower() in signs_of(code)} == {
        "USD",
        "HRK",
        "VUV",
        "XOF",
    }


NUMBERS = st.decimals(min_value=0, max_value=Decimal(10) ** 15, places=2)
CONVENTIONS = st.sampled_from([PLAIN, GERMAN, SWISS, FRENCH, AMERICAN])


@given(NUMBERS, CONVENTIONS, st.booleans())
def test_what_a_convention_writes_it_reads_back(value: Decimal, numbers: Numbers, grouped: bool) -> None:
    whole, _, fraction = f"{value:,.2f}".partition(".")
    text = whole.replace(",", numbers.thousands if grouped else "") + numbers.decimal + fraction
    assert NumberReader(numbers).read(text) == value


@given(st.text(alphabet="0123456789.,' -()E+€$", max_size=14), CONVENTIONS)
def test_no_text_has_two_readings_under_one_convention(text: str, numbers: Numbers) -> None:
    """Whatever is read, is written back to the digits that stand there, in their order."""
    try:
        value = NumberReader(numbers).read(text, "EUR")
    except FieldFault:
        return
    if "E" not in text:
        shown = "".join(c for c in f"{abs(value):f}" if c.isdigit())
        assert shown.lstrip("0") == "".join(c for c in text if c.isdigit()).lstrip("0")
