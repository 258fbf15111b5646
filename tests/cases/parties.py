"""Ids and names: of deals, accounts and what spreadsheets make of them."""

from app.imports.identifiers import Ids
from app.imports.mapping import load
from tests.app.imports.builders import with_changes
from tests.cases.trial import Member
from tests.cases.writing import STAGE, deals, text

HEAD = "ID;Name;Stage;Amount"
SALESFORCE = load("salesforce")
REPORT = "Id,Name,StageName,Amount,CloseDate,AccountId"
SHORT, LONG = "006Qk00000AbCdE", "006Qk00000AbCdEIAV"
HUBSPOT_COLUMNS = (
    "Record ID",
    "Deal Name",
    "Deal Stage",
    "Amount",
    "Close Date",
    "Create Date",
    "Date entered “Appointment Scheduled (Sales Pipeline)”",
    "Date entered “Qualified To Buy (Sales Pipeline)”",
    "Date entered “Contract Sent (Sales Pipeline)”",
    "Date entered “Closed Won (Sales Pipeline)”",
    "Date entered “Closed Lost (Sales Pipeline)”",
)


def salesforce(name: str, *rows: str, right: dict[str, dict[str, object]], **more: object) -> Member:
    return deals("07", name, text(REPORT, *rows), right, SALESFORCE, **more)  # type: ignore[arg-type]


def hubspot(name: str, stage: str, days: tuple[str, str, str, str, str], path: list[str]) -> Member:
    header = ",".join('"' + column.replace("“", '""').replace("”", '""') + '"' for column in HUBSPOT_COLUMNS)
    row = ",".join(("1", "a", stage, "5", "", "2026-02-01 10:00", *days))
    return deals("10", name, text(header, row), {"1": {"path": path}}, load("hubspot"))


def accounts(name: str, *spellings: str, are: int) -> Member:
    rows = [f'{n};deal {n};{STAGE};5;"{spelling}"' for n, spelling in enumerate(spellings)]
    right: dict[str, dict[str, object]] = {str(n): {} for n in range(len(spellings))}
    return deals("11", name, text(HEAD + ";Account", *rows), right, accounts=are)


def ids(name: str, *cells: str, stops: tuple[str, ...] | None = (), right: tuple[str, ...] = (),
        rejected: tuple[int, ...] = (), **more: object) -> Member:  # fmt: skip
    content = text(HEAD, *(f"{cell};deal;{STAGE};5" for cell in cells))
    expected: dict[str, dict[str, object]] = {id: {} for id in right}
    return deals("18", name, content, expected, stops=None if right else stops, rejected=rejected, **more)  # type: ignore[arg-type]


MEMBERS: tuple[Member, ...] = (
    salesforce("the long form in capitals", f"{LONG.upper()},a,{STAGE},5,,", right={LONG: {"name": "a"}}),
    salesforce("the long form in small letters", f"{LONG.lower()},a,{STAGE},5,,", right={LONG: {"name": "a"}}),
    salesforce("a checksum that isn't right", f"{LONG[:-1]}W,a,{STAGE},5,,", f"{SHORT},b,{STAGE},6,,", right={LONG: {"name": "b"}}, rejected=(2,)),
    salesforce("both forms in one file", f"{LONG},a,{STAGE},5,,", f"{SHORT},b,{STAGE},6,,", right={LONG: {"name": "a"}}, rejected=(3,)),
    salesforce("accounts in both forms", f"{SHORT},a,{STAGE},5,,001Qk00000AbCdE", f"006Qk00000AbCdF,b,{STAGE},5,,001Qk00000AbCdEIAV", right={LONG: {}, "006Qk00000AbCdFIAV": {}}, accounts=1),
    salesforce("ids that differ by case", f"{SHORT},a,{STAGE},5,,", f"{SHORT.replace('A', 'a')},b,{STAGE},5,,", right={LONG: {"name": "a"}, "006Qk00000abCdEIAU": {"name": "b"}}),
    hubspot("lost, and open again", "Contract Sent", ("2026-02-01 10:00", "2026-02-10 10:00", "2026-03-20 09:00", "", "2026-03-01 09:00"), ["CREATED 2026-02-01 10:00", "FORWARD 2026-02-10 10:00", "LOST 2026-03-01 09:00", "REOPEN 2026-03-20 09:00"]),
    hubspot("won, and open again", "Contract Sent", ("2026-02-01 10:00", "2026-02-10 10:00", "2026-03-20 09:00", "2026-03-01 09:00", ""), ["CREATED 2026-02-01 10:00", "FORWARD 2026-02-10 10:00", "WON 2026-03-01 09:00", "REOPEN 2026-03-20 09:00"]),
    hubspot("lost, open again, and won", "Closed Won", ("2026-02-01 10:00", "2026-03-10 10:00", "", "2026-04-01 09:00", "2026-03-01 09:00"), ["CREATED 2026-02-01 10:00", "LOST 2026-03-01 09:00", "REOPEN 2026-03-10 10:00", "WON 2026-04-01 09:00"]),
    hubspot("open again twice: lost, open, won, open", "Contract Sent", ("2026-02-01 10:00", "2026-03-10 10:00", "2026-04-20 09:00", "2026-04-01 09:00", "2026-03-01 09:00"), ["CREATED 2026-02-01 10:00", "LOST 2026-03-01 09:00", "REOPEN 2026-03-10 10:00", "WON 2026-04-01 09:00", "REOPEN 2026-04-20 09:00"]),
    accounts("wide letters and capitals", "Müller GmbH", "ＭÜＬＬＥＲ　ＧＭＢＨ", "MÜLLER GMBH", are=1),
    accounts("blanks that don't show", "Müller GmbH", "Müller\N{NO-BREAK SPACE}GmbH", "\N{ZERO WIDTH SPACE}Müller GmbH", "Mül\N{SOFT HYPHEN}ler GmbH", "Müller\tGmbH", are=1),
    accounts("ß and SS", "Straße AG", "STRASSE AG", "STRAẞE AG", are=1),
    accounts("a sigma at the end", "ΟΔΟΣ", "οδος", "οδοσ", are=1),
    accounts("accents are letters", "Müller GmbH", "Muller GmbH", are=2),
    accounts("letters of other scripts", "Acme", "Асme", are=2),
    accounts("ligatures and roman numerals", "Oﬃce Ⅳ", "Office IV", are=1),
    ids("a German spreadsheet's notation", "1,23457E+10", "9,87654E+10", stops=("--ids text", "1,23457E+10")),
    ids("small letters", "1.23457e+10", "9.87654e+10", stops=("--ids text",)),
    ids("dates of a spreadsheet", "3-Mar", "12-Dec", stops=("--ids text",)),
    ids("German dates of a spreadsheet", "3. Mrz", "12. Dez", stops=("--ids text",)),
    ids("numbers that became decimals", "1001.0", "1002.0", stops=("--ids text",)),
    ids("what a spreadsheet shows when a column is narrow", "########", "########", stops=("--ids text",)),
    ids("an error of a spreadsheet", "#N/A", "#REF!", stops=("--ids text",)),
    ids("a text that a spreadsheet was told to keep", '"=""00123"""', '"=""00124"""', right=("00123", "00124")),
    ids("noughts in front", "00123", "123", right=("00123", "123")),
    ids("blanks, and another case", "A-1", " A-1\N{NO-BREAK SPACE}", "a-1", right=("A-1", "a-1"), rejected=(3,)),
    ids("words that hold an E", "12E-A", "E10", right=("12E-A", "E10")),
    ids("the notation, taken as it stands", "1.23457E+10", "9.87654E+10", right=("1.23457E+10", "9.87654E+10"), ids=Ids.TEXT),
    deals("19", "what a spreadsheet would run", text(HEAD, f'=1+2;a;{STAGE};"=cmd|x"', f'@SUM(1);b;{STAGE};"+cmd|x"', f'3;"\t=1+1";{STAGE};"-2+3+cmd"', f'4;"＝1+1";{STAGE};x'), rejected=(2, 3, 4, 5)),
    deals("19", "a column whose name would be run", text("ID;Name;Stage;=Amount", f"1;a;{STAGE};x"), {}, with_changes("salesforce", ids=Ids.CHECKED, files={"opportunities": {"columns": {"external_id": "ID", "name": "Name", "stage": "Stage", "amount": "=Amount"}}}), rejected=(2,)),
)  # fmt: skip
