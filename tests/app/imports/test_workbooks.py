"""Workbooks are read as what their cells are: dates as dates, numbers as numbers, and the first sheet that is shown."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from app.imports.faults import ImportStopped
from app.imports.identifiers import Identifiers, Ids
from app.imports.sources import ReadOptions, open_source
from tests.app.imports.builders import Exporter, counts, stored

AFTERNOON = datetime(2026, 3, 4, 14, 15)  # noqa: DTZ001 # a workbook's have no zone
MORNING = datetime(2026, 2, 1, 9, 30)  # noqa: DTZ001
HEADER = ("Id", "Name", "StageName", "Amount", "CloseDate", "CreatedDate")


def saved(folder: Path, rows: Sequence[Sequence[object]], *, more: Sequence[str] = (), hidden: bool = False,
          mac: bool = False) -> Path:  # fmt: skip
    book = Workbook()
    if mac:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.title = "Deals"
    for row in rows:
        sheet.append(list(row))
    for name in more:
        book.create_sheet(name).append(["Id", "Name"])
    sheet.sheet_state = "hidden" if hidden else "visible"
    path = folder / "deals.xlsx"
    book.save(path)
    return path


def cells(path: Path, **reading: str) -> list[list[str] | str]:
    return [row for _, row in open_source(path, ReadOptions(**reading)).rows()]


def test_each_cell_is_what_it_is(tmp_path: Path) -> None:
    row = (7, "Größe", True, 1250.5, date(2026, 3, 4), AFTERNOON)
    path = saved(tmp_path, [HEADER, row, (None,) * 6, (8.0, None, False, 1.005, "03/04/2026", "46085")])
    assert cells(path) == [
        ["7", "Größe", "TRUE", "1250.5", "2026-03-04", "2026-03-04 14:15:00"],
        ["8", "", "FALSE", "1.005", "03/04/2026", "46085"],
    ]
    assert cells(path, decimal=",")[0][3] == "1250,5"


def test_dates_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    path = saved(tmp_path, [HEADER, ("1", "a", "s", 1, date(2026, 3, 4), None)], mac=True)
    assert cells(path)[0][4] == "2026-03-04"


def test_the_first_sheet_that_is_shown_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    path = saved(tmp_path, [HEADER], more=["Lost", "Won"], hidden=True)
    source = open_source(path)
    assert source.header == ("Id", "Name")
    assert source.notices == ["deals.xlsx: read the sheet “Lost”; --sheet names another: Deals, Won"]
    assert open_source(path, ReadOptions(sheet="Deals")).header == HEADER
    with pytest.raises(ImportStopped, match="there is no sheet “Open”; there are “Deals”, “Lost”, “Won”"):
        open_source(path, ReadOptions(sheet="Open"))


def test_long_numbers_are_told_from_ids(tmp_path: Path) -> None:
    path = saved(tmp_path, [HEADER, (123_456_789_012_345_678, "a", "s", 1, None, None), (12_345_678_901, "b", "s", 1)])
    long, short = (str(row[0]) for row in cells(path))
    assert short == "12345678901"
    ids = Identifiers(Ids.CHECKED)
    ids.look("deals.xlsx", 2, long)
    with pytest.raises(ImportStopped, match="spreadsheet's notation"):
        ids.settle()


def test_an_error_in_a_cell_is_not_taken_for_a_value(tmp_path: Path) -> None:
    path = saved(tmp_path, [HEADER, ("1", "a", "Qualify", "#REF!", None, None)])
    book = cells(path)
    assert book[0][3] in ("#REF!", "")


async def test_a_workbook_is_imported_like_any_file(export: Exporter, tmp_path: Path) -> None:
    rows = [
        HEADER,
        ("1", "One", "Qualify", 1250.5, date(2026, 3, 4), MORNING),
        ("2", "Two", "Qualify", 1.005, date(2026, 3, 4), None),
        ("3", "Three", "Qualify", 7, "31/03/2026", None),
    ]
    report = await export.run_file(saved(tmp_path, rows))
    assert counts(report) == (2, 0, 0, 1)
    one, three = await stored("1"), await stored("3")
    assert (one["amount"], one["expected_close_date"], one["created_at"]) == (
        Decimal("1250.50"), date(2026, 3, 4), datetime(2026, 2, 1, 9, 30, tzinfo=UTC),
    )  # fmt: skip
    assert (three["amount"], three["expected_close_date"]) == (Decimal("7.00"), date(2026, 3, 31))
