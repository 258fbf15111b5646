"""People of an export at the customers that are here, by themselves or beside the deals."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.database import Database, database
from app.imports.contact_run import ContactReport, run_contacts
from app.imports.mapping import MappingError, load
from app.imports.run import ImportRequest
from app.models import Account, Contact, Opportunity, OpportunityContact
from tests.app.imports.builders import TODAY, Exporter, deal, organization, with_changes, write_csv
from tests.app.imports.test_import_cli import imported

PEOPLE = ("Id", "AccountId", "FirstName", "LastName", "Title", "Email", "Phone", "BuyingRole", "IsDeleted")
ADA, BOB = "003000000000001AAA", "003000000000002AAA"


def person(id: str, account: str = "A1", **fields: str) -> dict[str, str]:
    return {**dict.fromkeys(PEOPLE, ""), "Id": id, "AccountId": account, "LastName": "Lovelace", **fields}


def with_roles() -> dict[str, Any]:
    """The mapping's files, with a column for the buying role."""
    files = load("salesforce").model_dump()["files"]
    files["contacts"]["columns"]["buying_role"] = {"column": ["BuyingRole"], "optional": True}
    return dict(files)


async def run(folder: Path, rows: Sequence[Mapping[str, str]], **options: Any) -> ContactReport:
    file = write_csv(folder / "people.csv", rows, PEOPLE)
    mapping = with_changes("salesforce", ids="text", files=with_roles())
    return await run_contacts(ImportRequest(mapping, {"contacts": file}, folder / "rejects.csv", **options))


async def stored() -> list[dict[str, Any]]:
    columns = "c.name, c.title, c.email, c.email_key, c.phone, c.external_id, c.version, a.name AS account"
    rows = await database().fetch(
        f"SELECT {columns}, g.key AS partner FROM contact c JOIN account a ON a.id = c.account_id"
        " LEFT JOIN organization g ON g.id = c.partner_id ORDER BY c.name, c.external_id"
    )
    return [dict(row) for row in rows]


@pytest.fixture
async def acme(database: Database) -> Account:
    return await Account.create(name="Acme", name_key="acme", external_id="salesforce:A1")


async def test_people_arrive_once_and_what_the_export_fills_wins(acme: Account, tmp_path: Path) -> None:
    rows = [person(ADA, FirstName="Ada", Title="CTO", Email="Ada@x.example", Phone="+44 20 555 0101"), person(BOB)]
    report = await run(tmp_path, rows)
    assert report.headline() == "Contacts: 2 created, 0 updated, 0 unchanged, 0 rejected."
    ada = {
        "name": "Ada Lovelace",
        "title": "CTO",
        "email": "Ada@x.example",
        "email_key": "ada@x.example",
        "phone": "+44 20 555 0101",
        "external_id": f"salesforce:{ADA}",
        "version": 1,
        "account": "Acme",
        "partner": None,
    }
    assert (await stored())[0] == ada
    again = await run(tmp_path, rows)
    assert again.headline() == "Contacts: 0 created, 0 updated, 2 unchanged, 0 rejected."
    assert (await stored())[0] == ada
    report = await run(tmp_path, [person(ADA, FirstName="Ada", Phone="+44 20 555 0102")])
    assert report.headline() == "Contacts: 0 created, 1 updated, 0 unchanged, 0 rejected."
    assert (await stored())[0] == {**ada, "phone": "+44 20 555 0102", "version": 2}


async def test_somebody_with_the_same_address_is_the_same_person(acme: Account, tmp_path: Path) -> None:
    known = await Contact.create(account=acme, name="A. L.", email="ADA@x.example", email_key="ada@x.example")
    report = await run(
        tmp_path, [person(ADA, FirstName="Ada", Email="ada@x.example"), person(BOB, Email="b@x.example")]
    )
    assert report.headline() == "Contacts: 1 created, 1 updated, 0 unchanged, 0 rejected."
    assert (await Contact.get(id=known.id)).external_id == f"salesforce:{ADA}"
    assert len(await stored()) == 2


async def test_what_cannot_be_taken_is_listed_with_its_reason(acme: Account, tmp_path: Path) -> None:
    partner = await organization("north")
    await Contact.create(account=acme, partner=partner, name="Theirs", external_id="salesforce:T1")
    rows = [
        person(ADA),
        person(ADA, FirstName="Again"),
        person("3", account="A9"),
        person("4", account=""),
        person("5", LastName=""),
        person("6", Email="ada at x"),
        person("7", Phone="ask at the desk"),
        person("8", IsDeleted="true"),
        person("T1"),
    ]
    report = await run(tmp_path, rows)
    assert report.headline() == "Contacts: 1 created, 0 updated, 0 unchanged, 8 rejected."
    assert sorted(reason for _, reason in report.reasons) == [
        "is already on an earlier line",
        "is empty",
        "is known here as another organization's record",
        "is no e-mail address",
        "is no telephone number",
        "marks a row that the mapping keeps out",
        "names no customer here",
    ]
    theirs = next(one for one in await stored() if one["partner"] == "north")
    assert (theirs["name"], theirs["version"]) == ("Theirs", 1)


async def test_a_partners_people_work_for_customers_that_it_sells_to(acme: Account, export: Exporter) -> None:
    partner = await organization("north")
    await Account.create(name="Umbra", name_key="umbra", external_id="salesforce:A2")
    await Account.create(name="Own", name_key="own", external_id="salesforce:A3", partner=partner)
    await export.run([deal("1")], partner="north")
    rows = [person(ADA), person(BOB, account="A2"), person("3", account="A3")]
    report = await run(export.folder, rows, partner="north")
    assert report.headline() == "Contacts: 2 created, 0 updated, 0 unchanged, 1 rejected."
    assert [(one["account"], one["partner"]) for one in await stored()] == [("Acme", "north"), ("Own", "north")]
    vendors = await run(export.folder, [person(ADA, FirstName="Ada")])
    assert vendors.rejected == 1, "the vendor's import leaves the partner's record alone"


async def test_deals_change_with_who_takes_part_in_them(acme: Account, export: Exporter) -> None:
    await export.run([deal("1"), deal("2")])
    await Account.create(name="Umbra", name_key="umbra", external_id="salesforce:A2")
    await run(export.folder, [person(ADA), person(BOB)])
    for number in ("1", "2"):
        held = await Opportunity.get(external_id=number)
        await OpportunityContact.create(
            opportunity=held, contact=await Contact.get(external_id=f"salesforce:{ADA if number == '1' else BOB}"),
            position=0,
        )  # fmt: skip
    before = dict(await Opportunity.all().values_list("external_id", "version"))

    async def counted() -> dict[str, int]:
        rows = await Opportunity.all().values_list("external_id", "version")
        return {id: version - before[id] for id, version in rows}

    await run(export.folder, [person(ADA, Title="CTO"), person(BOB)])
    assert await counted() == {"1": 0, "2": 0}
    await run(export.folder, [person(ADA, BuyingRole="Decision Maker"), person(BOB)])
    assert await counted() == {"1": 1, "2": 0}
    await run(export.folder, [person(ADA), person(BOB, account="A2")])
    assert await counted() == {"1": 1, "2": 1}
    await run(export.folder, [person(ADA), person(BOB, account="A2", BuyingRole="Legal")])
    assert await counted() == {"1": 1, "2": 1}, "nobody takes part in a deal with another customer"
    told = await database().fetch(
        "SELECT o.external_id AS deal, e.payload ->> 'fields' AS fields FROM event e JOIN opportunity o"
        " ON o.id = e.opportunity_id WHERE e.type = 'OPPORTUNITY_UPDATED' ORDER BY e.seq"
    )
    assert [tuple(row) for row in told] == [("1", '["contacts"]'), ("2", '["contacts"]')]


async def test_a_dry_run_writes_nothing(acme: Account, tmp_path: Path) -> None:
    report = await run(tmp_path, [person(ADA)], dry_run=True)
    assert report.headline().startswith("Dry run, nothing was written. Contacts: 1 created")
    assert await stored() == []


async def test_they_come_beside_the_deals_and_accounts_of_one_export(export: Exporter) -> None:
    accounts = [{"Id": "A1", "Name": "Acme Ltd"}, {"Id": "A2", "Name": "Umbra"}]
    file = write_csv(export.folder / "people.csv", [person(ADA, FirstName="Ada"), person(BOB, account="A2")], PEOPLE)
    deals = write_csv(export.folder / "deals.csv", [deal("1")])
    listed = write_csv(export.folder / "accounts.csv", accounts)
    files = {"opportunities": deals, "accounts": listed, "contacts": file}
    from app.imports.report import sentences
    from app.imports.run import run as run_all

    report = await run_all(
        ImportRequest(with_changes("salesforce", ids="text"), files, export.rejects_path, playbook="sales", at=TODAY)
    )
    assert "Contacts: 2 created, 0 updated, 0 unchanged." in sentences(report)
    assert [(one["name"], one["account"]) for one in await stored()] == [
        ("Ada Lovelace", "Acme Ltd"),
        ("Lovelace", "Umbra"),
    ]
    assert await Opportunity.all().count() == 1


async def test_a_hubspot_export_as_a_process_tells_nothing_of_the_people(
    acme: Account, database_url: str, tmp_path: Path
) -> None:
    secrets = ("Zanzibar", "zanzibar@quux.example", "+99 123 4567890")
    row = {
        "Record ID": "77",
        "First Name": "Zanzibar",
        "Last Name": "Quux",
        "Email": secrets[1],
        "Phone Number": secrets[2],
        "Job Title": "Zanzibari",
        "Associated Company": "ACME",
        "Buying Role": "Budget Holder;Champion",
    }
    bad = {**row, "Record ID": "78", "Phone Number": "Zanzibar"}
    write_csv(tmp_path / "people.csv", [row, bad])
    done = imported(tmp_path, database_url, "contacts", "people.csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Contacts: 1 created, 0 updated, 0 unchanged, 1 rejected."
    assert [secret for secret in secrets if secret in done.stdout + done.stderr] == []
    (found,) = await stored()
    assert (found["name"], found["account"], found["phone"]) == ("Zanzibar Quux", "Acme", secrets[2])
    assert [str(one.buying_role) for one in await Contact.all()] == ["ECONOMIC_BUYER"]
    assert "zanzibar" not in str(await database().fetch("SELECT detail::text FROM audit_entry")).lower()


def test_a_mapping_needs_the_customer_and_a_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("system: mine\ntitle: Mine\nfiles:\n  contacts: {columns: {external_id: Id, email: Email}}\n")
    with pytest.raises(MappingError, match="no column for account or account_name"):
        load(str(path))
