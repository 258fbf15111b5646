"""Workbooks as people save them."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.cases.trial import Expected, Member
from tests.cases.writing import STAGE, deals, text

HEAD = ("ID", "Name", "Stage", "Amount", "Close")
NOON = datetime(2026, 3, 4, 12, 30)  # noqa: DTZ001 # a workbook's have no zone


def saved(rows: Sequence[Sequence[object]], change: Callable[[Worksheet], object] | None = None) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if change:
        change(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def calculated(content: bytes, formula: str, value: str, kind: str = "") -> bytes:
    """With what a spreadsheet keeps of a formula: its last value."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            part = old.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                whole = part.decode().replace(f"<f>{formula}</f><v />", f"<f>{formula}</f><v>{value}</v>")
                whole = whole.replace(f"<f>{formula}</f><v></v>", f"<f>{formula}</f><v>{value}</v>")
                assert value in whole
                part = whole.replace("><f>", f"{kind}><f>").encode()
            new.writestr(entry, part)
    return out.getvalue()


def book(name: str, rows: Sequence[Sequence[object]], right: Expected | None = None,
         change: Callable[[Worksheet], object] | None = None, **more: object) -> Member:  # fmt: skip
    return deals("xlsx", name, saved(rows, change), right, kind="xlsx", **more)  # type: ignore[arg-type]


def percents(sheet: Worksheet) -> None:
    sheet["D2"].number_format = "0%"


def merged(sheet: Worksheet) -> None:
    sheet.merge_cells("A1:E1")


def merged_names(sheet: Worksheet) -> None:
    sheet.merge_cells("B2:B3")


def right_below(sheet: Worksheet) -> None:
    sheet.move_range("A1:E3", rows=4, cols=2)


ROW = ("1", "a", STAGE, 1250.5, date(2026, 3, 4))
SUM = saved([HEAD, ("1", "a", STAGE, "=2*625", None)])

MEMBERS: tuple[Member, ...] = (
    book(
        "numbers and dates as they are", [HEAD, ROW], {"1": {"amount": "1250.5", "expected_close_date": "2026-03-04"}}
    ),
    book("a date with a time", [HEAD, ("1", "a", STAGE, 5, NOON)], {"1": {"expected_close_date": "2026-03-04"}}),
    book(
        "a time without a date",
        [HEAD, ("1", "a", STAGE, 5, time(12, 30)), ("2", "b", STAGE, 5, None)],
        {"2": {}},
        rejected=(2,),
    ),
    book(
        "ids that are numbers",
        [HEAD, (1001, "a", STAGE, 5, None), (1002.0, "b", STAGE, 5, None)],
        {"1001": {}, "1002": {}},
    ),
    book(
        "ids that are numbers of 17 digits",
        [HEAD, (12345678901234567, "a", STAGE, 5, None), (12345678901234599, "b", STAGE, 5, None)],
        stops=("--ids text",),
    ),
    book(
        "ids that became dates",
        [HEAD, (date(2026, 3, 1), "a", STAGE, 5, None), (date(2026, 4, 1), "b", STAGE, 5, None)],
        stops=("--ids text",),
    ),
    book(
        "amounts that binary fractions don't hold",
        [HEAD, ("1", "a", STAGE, 0.1 + 0.2, None), ("2", "b", STAGE, 1234567.1, None)],
        {"1": {"amount": "0.3"}, "2": {"amount": "1234567.1"}},
    ),
    book("amounts as text", [HEAD, ("1", "a", STAGE, "1.250,50", None)], {"1": {"amount": "1250.5"}}),
    book("a name that is a truth", [HEAD, ("1", True, STAGE, 5, None)], {"1": {"name": "TRUE"}}),
    book(
        "an amount that is a truth",
        [HEAD, ("1", "a", STAGE, True, None), ROW[:1] and ("2", "b", STAGE, 5, None)],
        {"2": {}},
        rejected=(2,),
    ),
    book("a share where an amount belongs", [HEAD, ("1", "a", STAGE, 0.5, None)], {"1": {"amount": "0.5"}}, percents),
    book(
        "an error where an amount belongs",
        [HEAD, ("1", "a", STAGE, "#N/A", None), ("2", "b", STAGE, 5, None)],
        {"2": {}},
        rejected=(2,),
    ),
    book(
        "an error in place of a name",
        [HEAD, ("1", "#REF!", STAGE, 5, None), ("2", "b", STAGE, 5, None)],
        {"2": {}},
        rejected=(2,),
    ),
    deals("xlsx", "the value of a formula", calculated(SUM, "2*625", "1250"), {"1": {"amount": "1250"}}, kind="xlsx"),
    deals(
        "xlsx", "a formula that failed", calculated(SUM, "2*625", "#DIV/0!", ' t="e"'), {}, kind="xlsx", rejected=(2,)
    ),
    deals(
        "xlsx",
        "a formula that nobody has calculated",
        saved([HEAD, ("1", "a", STAGE, "=2*625", None), ("2", "b", STAGE, 5, None)]),
        {"2": {}},
        kind="xlsx",
        rejected=(2,),
    ),
    book("blank rows on top", [(), (), HEAD, ROW], {"1": {}}),
    book("a title on top, merged", [("Pipeline",), (), HEAD, ROW], {"1": {"amount": "1250.5"}}, merged),
    book("a title of two lines", [("Report", "All deals"), ("As of", NOON), HEAD, ROW], {"1": {}}),
    book(
        "names merged over two rows", [HEAD, ROW, ("2", None, STAGE, 5, None)], {"1": {}}, merged_names, rejected=(3,)
    ),
    book("a table that begins elsewhere", [HEAD, ROW, ("2", "b", STAGE, 5, None)], {"1": {}, "2": {}}, right_below),
    book(
        "rows of nothing between",
        [HEAD, ROW, (), (None, "", " ", None, None), ("2", "b", STAGE, 5, None)],
        {"1": {}, "2": {}},
    ),
    book("columns of nothing behind", [(*HEAD, None, None), (*ROW, None, None)], {"1": {}}),
    book("nothing", [], stops=("empty",)),
    deals(
        "xlsx",
        "a table of CSV that is called .xlsx",
        text("ID;Name;Stage;Amount", f"1;a;{STAGE};5"),
        {"1": {}},
        kind="xlsx",
    ),
    deals(
        "xlsx",
        "a web page that is called .xls",
        "<html><body><table><tr><td>ID</td></tr></table></body></html>",
        stops=("web page",),
        kind="xls",
    ),
    deals(
        "xlsx",
        "a web page with a head of MIME",
        "MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>",
        stops=("web page",),
        kind="xls",
    ),
    deals("xlsx", "a workbook that is called .csv", saved([HEAD, ROW]), {"1": {"amount": "1250.5"}}),
    deals("xlsx", "a workbook that is cut off", saved([HEAD, ROW])[:-200], stops=("can't be read",), kind="xlsx"),
    deals("xlsx", "a PDF", b"%PDF-1.7 ...", stops=("PDF",), kind="pdf"),
)
