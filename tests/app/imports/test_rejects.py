"""Rows that can't be taken: each is named with its reason, and all others arrive."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.database import database
from app.imports.faults import ImportStopped
from app.imports.fields import LONGEST_NAME
from app.imports.identifiers import LONGEST_ID
from tests.app.imports.builders import Exporter, counts, deal, moves, path, with_changes

FORMATS = "dd/mm/yyyy or dd/mm/yyyy HH:MM or dd/mm/yyyy HH:MM:SS or iso"
A_DATE = f"is not a date as {FORMATS}"
NO_DAY = f"is no day of the calendar, or no time of the clock, as {FORMATS}"
A_LINE_BREAK = "has a line break, so that a quote may have been left open (lines 3 to 4)"


async def ids() -> list[str]:
    return [row["external_id"] for row in await database().fetch("SELECT external_id FROM opportunity ORDER BY 1")]


@pytest.mark.parametrize(
    ("fields", "column", "value", "reason"),
    [
        ({"Id": " "}, "Id", "", "is empty"),
        ({"Id": "x" * 201}, "Id", "x" * 200, f"is longer than {LONGEST_ID} characters"),
        ({"Name": ""}, "Name", "", "is empty"),
        ({"Name": "n" * 501}, "Name", "n" * 200, f"is longer than {LONGEST_NAME} characters"),
        ({"StageName": ""}, "StageName", "", "is empty"),
        ({"Amount": "1,0,0"}, "Amount", "1,0,0", "is not a plain number"),
        ({"Amount": "1k"}, "Amount", "1k", "is not a plain number: “k” stands in it"),
        ({"Name": "Deal\n2"}, "Name", "Deal\n2", A_LINE_BREAK),
        ({"StageName": "Qualify\nPropose"}, "StageName", "Qualify\nPropose", A_LINE_BREAK),
        ({"Amount": "1\n000"}, "Amount", "1\n000", A_LINE_BREAK),
        ({"Amount": "-5"}, "Amount", "-5", "can't be kept exactly: The amount is negative; it is at least 0."),
        (
            {"Amount": "1.005"},
            "Amount",
            "1.005",
            "can't be kept exactly: An amount in USD has at most 2 digits after the point.",
        ),
        ({"CloseDate": "31/02/2026"}, "CloseDate", "31/02/2026", NO_DAY),
        ({"CloseDate": "00/00/0000"}, "CloseDate", "00/00/0000", NO_DAY),
        (
            {"CloseDate": "46085"},
            "CloseDate",
            "46085",
            "is a spreadsheet's day number, not a date; format the column as a date there",
        ),
        ({"CreatedDate": "yesterday"}, "CreatedDate", "yesterday", A_DATE),
        ({"CreatedDate": "01/02/0026"}, "CreatedDate", "01/02/0026", "is not between the years 1900 and 2200"),
    ],
)
async def test_a_bad_cell_keeps_its_row_out_and_no_other(
    export: Exporter, fields: Mapping[str, str], column: str, value: str, reason: str
) -> None:
    report = await export.run([deal("1"), deal("2", **fields), deal("3")])
    assert counts(report) == (2, 0, 0, 1)
    assert await ids() == ["1", "3"]
    assert export.rejects() == [("deals.csv", 3, column, value, reason)]


async def test_the_second_row_of_an_id_is_kept_out_and_told_of_the_first(export: Exporter) -> None:
    report = await export.run([deal("1"), deal("2"), deal("1", Name="Again"), deal(" 2 ")])
    assert counts(report) == (2, 0, 0, 2)
    assert export.rejects() == [
        ("deals.csv", 4, "Id", "1", "is already on an earlier line: 2"),
        ("deals.csv", 5, "Id", "2", "is already on an earlier line: 3"),
    ]
    assert [row["name"] for row in await database().fetch("SELECT name FROM opportunity ORDER BY 1")] == [
        "Deal 1",
        "Deal 2",
    ]


async def test_history_of_deals_that_are_not_in_the_file_is_kept_out(export: Exporter) -> None:
    history = moves(("1", "01/02/2026", "Qualify"), ("9", "01/02/2026", "Qualify"), ("", "01/02/2026", "Qualify"))
    assert counts(await export.run([deal("1")], history)) == (1, 0, 0, 0)
    reason = "is not in the file of opportunities"
    assert export.rejects() == [
        ("history.csv", 3, "OpportunityId", "9", reason),
        ("history.csv", 4, "OpportunityId", "", reason),
    ]


async def test_a_deal_waits_while_a_row_of_its_history_cannot_be_read(export: Exporter) -> None:
    """Half a history would be taken for a whole one, and the rest of it for another past."""
    bad = moves(("1", "01/02/2026", "Qualify"), ("1", "", "Propose"), ("2", "01/02/2026", "Qualify"))
    deals = [deal("1", "Propose"), deal("2")]
    assert counts(await export.run(deals, bad)) == (1, 0, 0, 1)
    assert export.rejects() == [
        ("history.csv", 3, "CreatedDate", "", "is empty"),
        ("deals.csv", 2, "Id", "1", "waits for its history, which has a row that can't be read: line 3"),
    ]
    good = [bad[0], {**bad[1], "CreatedDate": "03/02/2026"}, bad[2]]
    assert counts(await export.run(deals, good)) == (1, 0, 1, 0)
    assert await path("1") == [("CREATED", "qualify", "01/02/2026"), ("FORWARD", "propose", "03/02/2026")]
    assert export.rejects() == []


async def test_the_history_of_a_rejected_deal_is_left_out_with_it(export: Exporter) -> None:
    history = moves(("1", "01/02/2026", "Qualify"), ("1", "nonsense", "Qualify"))
    report = await export.run([deal("1", Amount="x"), deal("2")], history)
    assert (report.held_back, report.rejected) == (2, 1)
    assert await ids() == ["2"]


async def test_rows_that_the_mapping_keeps_out_are_listed(export: Exporter) -> None:
    rows = [{**deal("1"), "IsDeleted": "FALSE"}, {**deal("2"), "IsDeleted": "True"}]
    assert counts(await export.run(rows)) == (1, 0, 0, 1)
    assert export.rejects() == [
        ("deals.csv", 3, "IsDeleted", "True", "marks a row that the mapping keeps out"),
    ]


async def test_an_amount_without_any_currency_is_kept_out(export: Exporter) -> None:
    mapping = with_changes("salesforce", constants={})
    rows = [{**deal("1"), "CurrencyIsoCode": "eur"}, {**deal("2"), "CurrencyIsoCode": ""}]
    assert counts(await export.run(rows, mapping=mapping)) == (1, 0, 0, 1)
    reason = "has no currency; the mapping's `constants` or --currency can name one"
    assert export.rejects() == [("deals.csv", 3, "Amount", "1000", reason)]
    assert counts(await export.run(rows, mapping=mapping, currency="CHF")) == (1, 0, 1, 0)
    found = await database().fetch("SELECT currency FROM opportunity ORDER BY external_id")
    assert [row["currency"] for row in found] == ["EUR", "CHF"]


async def test_a_currency_that_does_not_exist_is_kept_out(export: Exporter) -> None:
    rows = [{**deal("1"), "CurrencyIsoCode": "XYZ"}]
    assert counts(await export.run(rows)) == (0, 0, 0, 1)
    assert export.rejects()[0][4].startswith("can't be kept exactly: “XYZ” is not an active ISO 4217")


async def test_rows_of_another_width_are_kept_out_and_lines_stay_right_across_long_cells(
    export: Exporter, tmp_path: Path
) -> None:
    await export.run([deal("1")])
    file = tmp_path / "raw.csv"
    rows = [
        '5,two,Qualify,1,,"more',
        'lines"',
        "6,short",
        "7,Ok,Qualify,1,,",
        "",
        "8,Bad,Qualify,x,,",
        "9,Too,Qualify,1,,,long",
    ]
    file.write_text("\n".join(["Id,Name,StageName,Amount,CloseDate,Description", *rows]))
    report = await export.run_file(file)
    assert counts(report) == (2, 0, 0, 3)
    assert [(line, column, reason[:12]) for _, line, column, _, reason in export.rejects()] == [
        (4, "", "has 2 cells "),
        (7, "Amount", "is not a pla"),
        (8, "", "has 7 cells "),
    ]
    assert await ids() == ["1", "5", "7"]


async def test_cells_that_no_database_or_reader_can_hold_are_kept_out(export: Exporter, tmp_path: Path) -> None:
    file = tmp_path / "raw.csv"
    giant = '9,"' + "g" * (1 << 20) + 'g",Qualify,1,'
    file.write_text("\n".join(["Id,Name,StageName,Amount,CloseDate", "1,a\0b,Qualify,1,", giant, "2,Ok,Qualify,1,"]))
    assert counts(await export.run_file(file)) == (1, 0, 0, 2)
    assert [(line, reason) for _, line, _, _, reason in export.rejects()] == [
        (2, "has a NUL character"),
        (3, f"is not CSV: field larger than field limit ({1 << 20})"),
    ]


async def test_bytes_that_are_no_text_are_kept_out(export: Exporter, tmp_path: Path) -> None:
    file = tmp_path / "raw.csv"
    file.write_bytes(b"Id,Name,StageName,Amount,CloseDate\n1,\x81,Qualify,1,\n2,M\xfcller,Qualify,1,\n")
    report = await export.run_file(file, encoding="cp1252")
    assert counts(report) == (1, 0, 0, 1)
    assert "raw.csv: read as cp1252" in report.notices
    assert [(line, reason) for _, line, _, _, reason in export.rejects()] == [(2, "has bytes that are not cp1252")]
    assert [row["name"] for row in await database().fetch("SELECT name FROM opportunity")] == ["Müller"]


async def test_a_quote_left_open_takes_no_other_row_with_it(export: Exporter, tmp_path: Path) -> None:
    file = tmp_path / "raw.csv"
    rows = ['601,"Open quote,Qualify,5,', "602,b,Qualify,6,", '603,c",Qualify,7,', "604,d,Qualify,8,"]
    file.write_text("\n".join(["Id,Name,StageName,Amount,CloseDate", *rows]))
    assert counts(await export.run_file(file)) == (1, 0, 0, 1)
    ((_, line, column, _, reason),) = export.rejects()
    assert (line, column, reason.endswith("(lines 2 to 4)")) == (2, "Name", True)
    assert await ids() == ["604"]


async def test_a_column_that_stands_twice_stops_the_import(export: Exporter, tmp_path: Path) -> None:
    file = tmp_path / "raw.csv"
    file.write_text("Id,Name,StageName,StageName,Amount,CloseDate\n1,a,Qualify,Propose,1,\n")
    with pytest.raises(ImportStopped, match="columns 3 and 4 are both called “StageName”"):
        await export.run_file(file)


async def test_what_a_spreadsheet_would_run_is_defused_in_the_rejects(export: Exporter) -> None:
    await export.run([deal("=1+2", Amount="bad"), deal("2", Amount="=cmd|x"), deal("3", Amount="-x")])
    assert [value for _, _, _, value, _ in export.rejects()] == ["bad", "'=cmd|x", "'-x"]


async def test_bad_accounts_and_users_keep_their_rows_out_and_their_deals_arrive(export: Exporter) -> None:
    accounts = [
        {"Id": "A1", "Name": "Acme", "NumberOfEmployees": "12"},
        {"Id": "A2", "Name": "Bolt", "NumberOfEmployees": "some"},
        {"Id": "A1", "Name": "Acme again", "NumberOfEmployees": ""},
        {"Id": "A3", "Name": "Cask", "NumberOfEmployees": "1.5"},
    ]
    users = [{"Id": "U1", "Name": ""}]
    report = await export.run([deal("1"), deal("2", AccountId="A2")], accounts=accounts, users=users)
    assert counts(report) == (2, 0, 0, 0)
    assert export.rejects() == [
        ("accounts.csv", 3, "NumberOfEmployees", "some", "is not a plain number"),
        ("accounts.csv", 4, "Id", "A1", "is already on an earlier line: 2"),
        ("accounts.csv", 5, "NumberOfEmployees", "1.5", "is not a count"),
        ("users.csv", 2, "Name", "", "is empty"),
    ]
    names = await database().fetch("SELECT external_id, name FROM account ORDER BY 1")
    assert [tuple(row) for row in names] == [("salesforce:A1", "Acme"), ("salesforce:A2", "A2")]
