"""The reported files themselves, where they lie beside the checkout, and what is right of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.imports.mapping import Mapping as ExportMapping
from app.imports.mapping import load
from tests.cases.trial import Expected, Member, clear, shared, wrong
from tests.cases.writing import GERMAN

FOLDER = Path(__file__).parents[3] / "shared" / "cases"
LONG = "006Qk00000AbCdEIAV"
ESCAPE = {"escape": "\\"}
CLOCKS = {"dates": ["mm/dd/yyyy", "mm/dd/yy", "mm/dd/yyyy hh:MM AM", "dd-mmm-yyyy"]}
RENEWAL = {"stages": {"Renewal due": "qualification"}}


@dataclass(frozen=True)
class Reported:
    """`imports`: files of each import, one after the other; `changes`: to the mapping."""

    row: str
    mapping: str
    imports: Sequence[Sequence[str]]
    right: Expected = field(default_factory=dict)
    rejected: Sequence[int] = ()
    stops: tuple[str, ...] | None = None
    accounts: int | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def one(row: str, mapping: str, *files: str, **right: Any) -> Reported:
    return Reported(row, mapping, [files], **right)


REPORTED = (
    one("01", "de", "01-thousands-x100.csv", right={"4": {"amount": "1250.5"}}, rejected=[2, 3, 4]),
    one("02", "salesforce", "02-us-dates.csv", stops=("--month-first", "03/25/2026")),
    one("03", "en", "03-open-quote.csv", right={"604": {"amount": "8"}}, rejected=[2]),
    one("04", "de", "04-one-bad-byte.csv", right={"91": {}, "93": {}}, rejected=[3]),
    one("05", "de", "05-cp1250.csv", stops=("--encoding", "cp1250")),
    one("05", "de", "05-gb18030.csv", stops=("--encoding", "gb18030")),
    one("05", "de", "05-shift-jis.csv", stops=("--encoding", "shift_jis")),
    one("05", "de", "05-cp1250.csv", right={"103": {}}, options={"encoding": "cp1250"}),
    one("05", "de", "05-gb18030.csv", right={"102": {}}, options={"encoding": "gb18030"}),
    one("05", "de", "05-shift-jis.csv", right={"101": {}}, options={"encoding": "shift_jis"}),
    one("06", "de", "06-dst-deals.csv", "06-dst-history.csv", options={"zone": "Europe/Berlin"}, rejected=[3, 6],
        right={"401": {"path": ["CREATED 2024-10-26 23:30", "FORWARD 2024-10-27 00:50", "FORWARD 2024-10-27 01:10"]}}),
    Reported("07", "salesforce", [["07-sf-15.csv"], ["07-sf-18.csv"]], {LONG: {"amount": "1000"}}),
    one("08", "salesforce", "08-sf-loader.csv", "08-sf-loader-accounts.csv", right={
        "006000000000001AAA": {"amount": "80000000", "annual_revenue": "99213206", "employees": "1000"},
        "006000000000002AAA": {"amount": "9999999.5"},
        "006000000000003AAA": {"amount": "1500000", "currency": "JPY"}}),
    one("09", "en", "09-money.csv", rejected=[7], right={"211": {"amount": "1000"}, "212": {"amount": "12500"},
        "213": {"amount": "7500", "currency": "HRK"}, "214": {"amount": "100", "currency": "BGN"},
        "215": {"amount": "1250"}}),
    one("10", "hubspot", "10-hubspot-reopened.csv", changes=RENEWAL, right={"50101": {"status": "WON"}, "50102": {},
        "50103": {"path": ["CREATED 2026-02-01 10:00", "FORWARD 2026-02-10 10:00", "LOST 2026-03-01 09:00",
                           "REOPEN 2026-03-20 09:00"]}, "50104": {}}),
    one("11", "de", "11-account-variants.csv", right={str(n): {} for n in range(611, 616)}, accounts=1),
    one("12", "de", "12-sep-line.csv", right={"31": {"name": "a"}}),
    one("13", "de", "13-delimiter-in-header.csv", right={"41": {"name": "a"}}),
    one("14", "de", "14-empty-rows.csv", right={"51": {}}),
    one("15", "de", "15-header-twice.csv", stops=("columns 3 and 4", "Stage")),
    one("16", "us", "16-clock-and-years.csv", changes=CLOCKS, rejected=[4, 5], right={
        "201": {"path": ["CREATED 2026-03-04 14:15"], "expected_close_date": "2026-03-04"},
        "202": {"expected_close_date": "2026-03-04"}, "205": {"expected_close_date": "2026-03-04"}}),
    one("17", "en", "17-backslash-quotes.csv", changes=ESCAPE, right={"71": {"name": 'Rack 19" server'},
        "72": {"notes": 'said "no, not now" twice'}, "73": {}}),
    one("18", "de", "18-excel-ids.csv", stops=("--ids text", "1.23457E+10")),
    one("19", "en", "19-formulas.csv", rejected=[2, 3, 4, 5]),
)  # fmt: skip


async def judged(case: Reported, folder: Path) -> str:
    """Empty when it came right, else what was wrong."""
    await clear()
    own = FOLDER / f"{case.mapping}.yaml"
    read = load(str(own) if own.exists() else case.mapping)
    read = ExportMapping.model_validate({**read.model_dump(exclude_unset=True), **case.changes})
    for files in case.imports:
        came = await shared(read, [FOLDER / file for file in files], folder, **case.options)
    member = Member(case.row, case.imports[0][0], {}, GERMAN, case.right, case.rejected, (), case.stops, case.accounts)
    return wrong(member, came)
