"""Exchange rates: read as the central bank writes them, as often as one likes, and never guessed."""

import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.currencies.ecb import RatesStopped, read
from app.currencies.importing import RatesTaken, take
from app.currencies.rates import Rate, Rates, in_one_currency, in_reporting_currency, rates_on
from app.database import Database, transaction
from app.settings import Settings, settings, use_settings
from tests.schema.world import RIVAL, VENDOR, Demo

HISTORY = """Date,USD,JPY,CHF,HRK,
2026-03-06,1.0843,163.42,0.9415,N/A,
2026-03-05,1.0801,162.95,0.9402,N/A,
2022-12-30,1.0666,140.66,0.9847,7.5365,
"""
TODAY = "Date, USD, JPY, CHF, \n06 March 2026, 1.0843, 163.42, 0.9415, \n"


def written(folder: Path, text: str, name: str = "rates.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


async def taken(file: Path) -> RatesTaken:
    async with transaction() as tx:
        return await take(tx, read(file))


def test_a_history_and_the_file_of_a_day_are_read_as_they_are(tmp_path: Path) -> None:
    rows = read(written(tmp_path, HISTORY))
    assert len(rows) == 10
    assert ("HRK", date(2022, 12, 30), Decimal("7.5365")) in rows
    assert [row for row in rows if row[0] == "HRK"] == [("HRK", date(2022, 12, 30), Decimal("7.5365"))]
    assert read(written(tmp_path, TODAY)) == [
        (code, date(2026, 3, 6), Decimal(rate))
        for code, rate in (("USD", "1.0843"), ("JPY", "163.42"), ("CHF", "0.9415"))
    ]
    packed = tmp_path / "eurofxref-hist.zip"
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("eurofxref-hist.csv", HISTORY)
    assert read(packed) == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "begin with “Date”"),
        ("Day,USD\n2026-03-06,1.1\n", "begin with “Date”"),
        ("Date,USD\n", "holds no rates"),
        ("Date,USD,QQQ\n2026-03-06,1.1,2\n", "Line 1: “QQQ”"),
        ("Date,USD,USD\n2026-03-06,1.1,1.1\n", "USD has two columns"),
        ("Date,USD,EUR\n2026-03-06,1.1,1\n", "Line 1: “EUR”"),
        ("Date,USD\n2026-03-06,1.1\n06/03/2026,1.1\n", "Line 3: “06/03/2026” is no day"),
        ("Date,USD\n2026-02-30,1.1\n", "Line 2: “2026-02-30” is no day"),
        ("Date,USD\n2026-03-06,-1.1\n", "Line 2: “-1.1” is no rate of USD"),
        ("Date,USD\n2026-03-06,0.000\n", "Line 2: “0.000” is no rate of USD"),
        ("Date,USD\n2026-03-06,NaN\n", "Line 2: “NaN” is no rate of USD"),
        ('Date,USD\n2026-03-06,"1,1"\n', "Line 2: “1,1” is no rate of USD"),
        ("Date,USD\n2026-03-06,1.1\n2026-03-06,1.2\n", "Line 3: 2026-03-06 has another rate of USD"),
        ("Date,USD,JPY\n2026-03-06,1.1\n", "Line 2 has 1 rates for 2 currencies"),
        ("Date,USD\n2026-03-06,1.1,2\n", "Line 2 has 2 rates for 1 currencies"),
        ('Date,USD\n2026-03-06,"1.1\n', "is no CSV"),
    ],
)
def test_what_is_not_certain_stops_it_and_says_where(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RatesStopped, match=message.replace("“", ".").replace("”", ".")):
        read(written(tmp_path, text))


def test_a_file_that_is_none_says_so(tmp_path: Path) -> None:
    with pytest.raises(RatesStopped, match="No such file"):
        read(tmp_path / "missing.csv")
    (tmp_path / "bytes.csv").write_bytes(b"Date,USD\n\xff\xfe")
    with pytest.raises(RatesStopped, match="no CSV file in UTF-8"):
        read(tmp_path / "bytes.csv")


async def test_a_file_may_be_taken_twice_and_the_last_word_counts(database: Database, tmp_path: Path) -> None:
    file = written(tmp_path, HISTORY)
    assert await taken(file) == RatesTaken(10, 0, 0)
    entries = "SELECT count(*) AS n FROM audit_entry WHERE action = 'RATES_IMPORTED'"
    assert await taken(file) == RatesTaken(0, 0, 10)
    assert (await database.fetch(entries))[0]["n"] == 1
    assert await taken(written(tmp_path, HISTORY.replace("1.0801", "1.0802"))) == RatesTaken(0, 1, 9)
    found = await rates_on(database, date(2026, 3, 5))
    assert found.by_currency["USD"] == Rate("USD", date(2026, 3, 5), Decimal("1.0802"))


@pytest.fixture
def reporting() -> Iterator[None]:
    before = settings()
    use_settings(Settings(**{**before.model_dump(), "reporting_currency": "EUR", "currency_rate_days": 3}))
    yield
    use_settings(before)


async def test_a_rate_holds_for_the_days_that_are_set_and_no_longer(
    database: Database, tmp_path: Path, reporting: None
) -> None:
    await taken(written(tmp_path, HISTORY))
    sums = {"USD": Decimal("108.43"), "EUR": Decimal("1.00")}
    for day in (6, 7, 9):
        found = await in_reporting_currency(database, sums, date(2026, 3, day))
        assert found is not None
        assert (found.amount, found.missing, found.oldest) == (Decimal("101.00"), (), date(2026, 3, 6))
    late = await in_reporting_currency(database, sums, date(2026, 3, 10))
    assert late is not None
    assert (late.amount, late.missing) == (None, ("USD",))
    early = await in_reporting_currency(database, sums, date(2022, 12, 29))
    assert early is not None
    assert (early.amount, early.missing) == (None, ("USD",))


def test_sums_go_by_the_euro_and_are_rounded_once() -> None:
    day = date(2026, 3, 6)
    known = {code: Rate(code, day, Decimal(rate)) for code, rate in (("USD", "1.25"), ("JPY", "160"), ("CHF", "0.9"))}
    rates = Rates(day, known)
    thirds = {"CHF": Decimal("0.01"), "USD": Decimal("0.01")}  # 0.01111… and 0.008: together 0.01911…
    assert in_one_currency(thirds, rates, "EUR").amount == Decimal("0.02")
    assert in_one_currency({"EUR": Decimal(100)}, rates, "JPY").amount == Decimal(16000)
    assert in_one_currency({"USD": Decimal(125), "JPY": Decimal(1600)}, rates, "USD").amount == Decimal("137.50")


def test_what_is_in_the_currency_already_needs_no_rate_and_all_that_is_missing_is_named() -> None:
    none = Rates(date(2026, 3, 6), {})
    assert in_one_currency({}, none, "EUR").amount == Decimal("0.00")
    own = in_one_currency({"USD": Decimal("5.00")}, none, "USD")
    assert (own.amount, own.missing) == (Decimal("5.00"), ())
    several = in_one_currency({"USD": Decimal(5), "CHF": Decimal(1), "EUR": Decimal(1)}, none, "GBP")
    assert (several.amount, several.missing) == (None, ("CHF", "GBP", "USD"))


async def test_rates_are_everybodys_to_read(demo: Demo, tmp_path: Path) -> None:
    await taken(written(tmp_path, HISTORY))
    query = """query($on: Date) { currencyRates(on: $on) { on reportingCurrency daysValid
      rates { currency perEuro day } } }"""
    for who in (VENDOR, RIVAL):
        answer = (await demo.run(query, who, on="2026-03-08"))["currencyRates"]
        assert answer == {
            "on": "2026-03-08",
            "reportingCurrency": None,
            "daysValid": 7,
            "rates": [
                {"currency": code, "perEuro": rate, "day": "2026-03-06"}
                for code, rate in (("CHF", "0.9415"), ("JPY", "163.42"), ("USD", "1.0843"))
            ],
        }
    assert (await demo.run("{ currencyRates { rates { day } } }", RIVAL))["currencyRates"]["rates"] == []
