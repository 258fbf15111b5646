"""What one file says together: ids, names, orders of day and month, and what its columns date."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.database import database
from app.imports.doubts import FileInDoubt
from app.imports.identifiers import Ids
from app.imports.mapping import Numbers, load
from app.imports.run import ImportRequest, run
from app.imports.stated import stated
from tests.app.imports.builders import (
    TODAY,
    Exporter,
    counts,
    deal,
    everything,
    moves,
    path,
    published,
    stored,
    with_changes,
    write_csv,
)

SHORT, LONG = "006Qk00000AbCdE", "006Qk00000AbCdEIAV"


async def test_the_two_forms_of_a_salesforce_id_are_one_deal_with_one_history(export: Exporter) -> None:
    await export.run([deal(SHORT, "Propose", AccountId="001Qk00000AbCdE", OwnerId="005Qk00000AbCdE")])
    assert (await stored(LONG))["stage"] == "propose"
    history = moves((LONG, "01/02/2026", "Propose"), (SHORT, "03/02/2026", "Negotiate"))
    accounts = [{"Id": "001Qk00000AbCdEIAV", "Name": "Acme"}]
    again = [deal(LONG, "Negotiate", AccountId="001Qk00000AbCdEIAV", OwnerId="005Qk00000AbCdEIAV")]
    assert counts(await export.run(again, history, accounts=accounts)) == (0, 1, 0, 0)
    assert (await stored(LONG))["account"] == "Acme"
    assert len(await database().fetch("SELECT FROM account")) == 1
    assert [stage for _, stage, _ in await path(LONG)] == ["propose", "negotiate"]


async def test_ids_of_15_that_are_stored_become_ids_of_18(export: Exporter) -> None:
    await export.run([deal(SHORT)], mapping=with_changes("salesforce", ids=Ids.CHECKED))
    assert (await stored(SHORT))["external_id"] == SHORT
    assert counts(await export.run([deal(LONG, Name="Renamed")])) == (0, 1, 0, 0)
    assert (await stored(LONG))["name"] == "Renamed"


async def test_ids_that_differ_by_case_are_two_deals(export: Exporter) -> None:
    assert counts(await export.run([deal(SHORT), deal(SHORT.replace("A", "a"))])) == (2, 0, 0, 0)


async def test_ids_that_salesforce_never_gave_are_named(export: Exporter) -> None:
    report = await export.run([deal("12"), deal(LONG)])
    assert counts(report) == (2, 0, 0, 0)
    assert any("15 or 18 characters" in notice and "“12”" in notice for notice in report.notices)


@pytest.mark.parametrize(
    ("deals", "said"),
    [
        ([deal("1", CloseDate="03/04/2026"), deal("2", CloseDate="03/25/2026")], "--month-first"),
        ([deal("1", CreatedDate="01/25/2026 10:00")], "--month-first"),
        ([deal("1.23457E+10"), deal("9.87654E+10")], "--ids text"),
        ([deal("1", Amount="1.250,50")], "--decimal"),
        ([deal("1", Amount="1,250")], "--decimal"),
    ],
)
async def test_a_doubt_about_the_whole_file_stops_the_import(
    export: Exporter, deals: list[Mapping[str, str]], said: str
) -> None:
    before = await everything()
    with pytest.raises(FileInDoubt, match="nothing was imported") as stopped:
        await export.run(deals)
    assert said in str(stopped.value)
    assert await everything() == before


async def test_so_does_one_in_a_history(export: Exporter) -> None:
    with pytest.raises(FileInDoubt, match="--month-first"):
        await export.run([deal("1")], moves(("1", "01/25/2026", "Qualify")))


async def test_the_message_shows_three_cells_with_both_readings(export: Exporter) -> None:
    rows = [deal("1", CloseDate="03/04/2026"), deal("2", CloseDate="12/11/2026"), deal("3", CloseDate="03/25/2026")]
    with pytest.raises(FileInDoubt) as stopped:
        await export.run(rows)
    assert str(stopped.value).splitlines()[1:] == [
        "  line 4: “03/25/2026”: no day of the calendar in the stated order; 25 March 2026 as mm/dd/yyyy",
        "  “03/04/2026”: 3 April 2026 as dd/mm/yyyy; 4 March 2026 as mm/dd/yyyy",
        "  “12/11/2026”: 12 November 2026 as dd/mm/yyyy; 11 December 2026 as mm/dd/yyyy",
        "If mm/dd/yyyy is right, say --month-first, or name it under `dates:` in the mapping.",
    ]


async def test_the_option_settles_it(export: Exporter) -> None:
    american = stated(load("salesforce"), month_first=True, decimal=".", thousands=",")
    rows = [deal("1", CloseDate="03/25/2026", CreatedDate="01/25/2026", Amount="1,250.50")]
    assert counts(await export.run(rows, mapping=american)) == (1, 0, 0, 0)
    row = await stored("1")
    assert (str(row["expected_close_date"]), str(row["amount"])) == ("2026-03-25", "1250.50")


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"Amount": "8.0E7"}, "80000000.00 USD"),
        ({"Amount": "1500000.0", "CurrencyIsoCode": "JPY"}, "1500000 JPY"),
        ({"Amount": "12500.000000", "CurrencyIsoCode": "EUR"}, "12500.00 EUR"),
        ({"Amount": "7500.00", "CurrencyIsoCode": "HRK"}, "7500.00 HRK"),
        ({"Amount": "100", "CurrencyIsoCode": "BGN"}, "100.00 BGN"),
        ({"Amount": "$1250.00"}, "1250.00 USD"),
        ({"Amount": "€ 9", "CurrencyIsoCode": "EUR"}, "9.00 EUR"),
        ({"Amount": "1.5E-3"}, None),
        ({"Amount": "1500.5", "CurrencyIsoCode": "JPY"}, None),
        ({"Amount": "€ 9"}, None),
        ({"Amount": "(500)"}, None),
        ({"Amount": "5", "CurrencyIsoCode": "QQQ"}, None),
    ],
)
async def test_money_is_read_exactly_or_not_at_all(
    export: Exporter, fields: Mapping[str, str], kept: str | None
) -> None:
    report = await export.run([{"CurrencyIsoCode": "", **deal("1", **fields)}], mapping=with_changes("salesforce"))
    if kept is None:
        assert counts(report) == (0, 0, 0, 1)
    else:
        row = await stored("1")
        assert f"{row['amount']:f} {row['currency']}" == kept


NAMED = """
system: named
title: Names alone
files:
  opportunities:
    columns: {external_id: ID, name: Name, stage: Stage, account_name: Account}
"""
SPELLINGS = ("Müller GmbH", "Mu\u0308ller GmbH", "müller gmbh", "Müller  GmbH", "Müller\u00a0GmbH", "Mül\u200bler GmbH")


async def test_accounts_that_deals_name_are_one_however_they_are_spelt(database: object, tmp_path: Path) -> None:
    await published()
    (tmp_path / "named.yaml").write_text(NAMED, encoding="utf-8")
    mapping = load(str(tmp_path / "named.yaml"))

    async def imported(*rows: dict[str, str]) -> tuple[int, int, int, int]:
        file = write_csv(tmp_path / "deals.csv", rows)
        return counts(
            await run(ImportRequest(mapping, {"opportunities": file}, tmp_path / "rejects.csv", "sales", at=TODAY))
        )

    rows = [
        {"ID": str(n), "Name": f"Deal {n}", "Stage": "Qualify", "Account": name} for n, name in enumerate(SPELLINGS)
    ]
    assert await imported(*rows) == (6, 0, 0, 0)
    later = {"ID": "9", "Name": "Later", "Stage": "Qualify", "Account": "MÜLLER GMBH "}
    assert await imported(later) == (1, 0, 0, 0)
    assert {(await stored(str(n)))["account"] for n in (0, 1, 2, 3, 4, 5, 9)} == {"Müller GmbH"}


STAGES = ("Appointment Scheduled", "Qualified To Buy", "Contract Sent")
DATED = [f'Date entered "{stage} (Sales Pipeline)"' for stage in (*STAGES, "Closed Won", "Closed Lost")]


@pytest.mark.parametrize(
    ("now", "close", "days", "kinds"),
    [
        ("Contract Sent", "", ("01", "05", "20", "", "10"), ["CREATED", "FORWARD", "LOST", "REOPEN"]),
        ("Contract Sent", "", ("01", "05", "20", "10", ""), ["CREATED", "FORWARD", "WON", "REOPEN"]),
        ("Closed Won", "25", ("01", "05", "20", "25", "10"), ["CREATED", "FORWARD", "LOST", "REOPEN", "WON"]),
        ("Closed Won", "25", ("01", "05", "20", "", ""), ["CREATED", "FORWARD", "FORWARD", "WON"]),
        ("closedwon", "25", ("01", "05", "20", "", ""), ["CREATED", "FORWARD", "FORWARD", "WON"]),
        ("Closed Won", "24", ("01", "05", "20", "25", ""), ["CREATED", "FORWARD", "FORWARD", "WON"]),
        ("Closed Lost", "25", ("01", "05", "", "", "25"), ["CREATED", "FORWARD", "LOST"]),
        ("Qualified To Buy", "28", ("01", "10", "05", "", ""), ["CREATED", "SKIP", "BACK"]),
        ("Contract Sent", "28", ("01", "02", "03", "", ""), ["CREATED", "FORWARD", "FORWARD"]),
    ],
)  # fmt: skip
async def test_dated_columns_tell_of_closing_and_of_being_reopened(
    database: object, tmp_path: Path, now: str, close: str, days: tuple[str, ...], kinds: list[str]
) -> None:
    open_stages = [(stage, "OPEN") for stage in STAGES]
    closed = {"Closed Won": ["closedwon"], "Closed Lost": ["closedlost"]}
    await published("hubspot", [*open_stages, ("Closed Won", "WON"), ("Closed Lost", "LOST")], aliases=closed)
    dated = {column: f"2026-03-{day}" if day else "" for column, day in zip(DATED, days, strict=True)}
    row = {"Record ID": "1", "Deal Name": "One", "Deal Stage": now, "Amount": "", **dated,
           "Close Date": f"2026-03-{close}" if close else ""}  # fmt: skip
    file = write_csv(tmp_path / "deals.csv", [row])
    order = ImportRequest(load("hubspot"), {"opportunities": file}, tmp_path / "rejects.csv", "hubspot", at=TODAY)
    assert counts(await run(order)) == (1, 0, 0, 0)
    assert [kind for kind, _, _ in await path("1")] == kinds


def test_options_change_every_date_of_a_mapping() -> None:
    mapping = with_changes("salesforce", dates=["dd/mm/yyyy", "yyyy-mm-dd", "dd-mmm-yy"], numbers=None)
    read = stated(mapping, month_first=True, decimal=",", thousands=".", ids=Ids.TEXT)
    assert read.dates == ("mm/dd/yyyy", "yyyy-mm-dd", "mmm-dd-yy")
    assert (read.numbers, read.ids) == (Numbers(decimal=",", thousands="."), Ids.TEXT)
    assert stated(read, day_first=True).dates == ("dd/mm/yyyy", "yyyy-dd-mm", "dd-mmm-yy")
