"""Partners, users and accounts of an export by themselves, in the columns of HubSpot, Salesforce and Dynamics."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.database import Database, database
from app.imports import account_run, directory, partners, people
from app.imports.directory import DirectoryReport
from app.imports.mapping import load
from app.imports.run import ImportRequest
from app.imports.stated import stated
from app.members.admins import create_admin
from app.members.users import UserSaved
from app.vocabulary import Role
from tests.tables import contents_of_all_tables

WRITE = {"partners": partners.write, "users": people.write, "accounts": account_run.write}
HUBSPOT_COMPANIES = ("Record ID", "Company name", "Parent Company ID", "Partner Tier", "Partner Type",
                     "Partner Industries", "Country/Region")  # fmt: skip
SALESFORCE_USERS = ("Id", "Username", "FirstName", "LastName", "Email", "IsActive", "AccountId", "LanguageLocaleKey",
                    "TimeZoneSidKey", "UserType")  # fmt: skip


@pytest.fixture
async def vendor(database: Database) -> Database:
    assert isinstance(await create_admin({"name": "Ada", "email": "ada@vendor.example"}), UserSaved)
    return database


async def run(folder: Path, what: str, mapping: str, text: str | bytes, **options: Any) -> DirectoryReport:
    file = folder / f"{what}.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    given = {name: options.pop(name) for name in ("encoding", "delimiter", "ids") if name in options}
    order = ImportRequest(stated(load(mapping), **given), {what: file}, folder / "rejects.csv", **options)
    return await directory.run_role(order, what, WRITE[what])


def table(columns: Sequence[str], *rows: Sequence[str], sign: str = ",") -> str:
    return "".join(sign.join(f'"{cell}"' for cell in row) + "\r\n" for row in (columns, *rows))


def rejects(folder: Path) -> list[dict[str, str]]:
    with (folder / "rejects.csv").open(newline="") as file:
        return list(csv.DictReader(file))


async def stored(columns: str, of: str = "organization g") -> list[Mapping[str, Any]]:
    return [dict(row) for row in await database().fetch(f"SELECT {columns} FROM {of} ORDER BY 1")]


async def test_partners_arrive_once_each_under_its_parent(vendor: Database, tmp_path: Path) -> None:
    rows = [
        ("201", "Córdoba Digital", "205", "Gold", "System Integrator", "IT software;Retail", "Spain"),
        ("205", "Iberia Distribution", "", "Platinum", "Distributor", "", "Spain"),
        ("207", "Lost Child", "999", "", "", "", ""),
        ("208", "Bad Tier", "", "Diamond", "", "", ""),
        ("205", "Iberia again", "", "", "", "", ""),
        ("", "", "", "", "", "", ""),
    ]
    text = table(HUBSPOT_COMPANIES, *rows)
    report = await run(tmp_path, "partners", "hubspot", text)
    assert report.headline() == "Partners: 2 created, 0 updated, 0 unchanged, 3 rejected."
    made = await stored(
        "g.key, g.external_id, g.tier, g.partner_kind, g.industries, g.region,"
        " (SELECT p.key FROM organization p WHERE p.id = g.parent_id) AS parent",
        "organization g WHERE kind = 'PARTNER'",
    )
    assert made == [
        {"key": "cordoba-digital", "external_id": "hubspot:201", "tier": "GOLD", "partner_kind": "INTEGRATOR",
         "industries": ["IT software", "Retail"], "region": "Spain", "parent": "iberia-distribution"},
        {"key": "iberia-distribution", "external_id": "hubspot:205", "tier": "PLATINUM", "partner_kind": "DISTRIBUTOR",
         "industries": [], "region": "Spain", "parent": None},
    ]  # fmt: skip
    assert [(row["line"], row["column"], row["reason"].split(";")[0]) for row in rejects(tmp_path)] == [
        ("5", "Partner Tier", "is none of REGISTERED, SILVER, GOLD, PLATINUM"),
        ("6", "Record ID", "is already on an earlier line: 3"),
        ("4", "Parent Company ID", "names no partner that is here"),
    ]
    again = await run(tmp_path, "partners", "hubspot", text)
    assert again.headline() == "Partners: 0 created, 0 updated, 2 unchanged, 3 rejected."
    renamed = table(HUBSPOT_COMPANIES, ("201", "Cordoba Digital SL", "", "", "", "", ""))
    changed = await run(tmp_path, "partners", "hubspot", renamed)
    assert changed.headline() == "Partners: 0 created, 1 updated, 0 unchanged, 0 rejected."
    (row,) = await stored("g.key, g.name, g.tier, g.parent_id IS NULL AS alone",
                          "organization g WHERE external_id = 'hubspot:201'")  # fmt: skip
    assert row == {"key": "cordoba-digital", "name": "Cordoba Digital SL", "tier": "GOLD", "alone": False}


async def test_parents_in_a_circle_are_rejected_and_nothing_of_them_stays(vendor: Database, tmp_path: Path) -> None:
    text = table(("Id", "Name", "ParentId"), ("001000000000001AAA", "One", "001000000000002AAA"),
                 ("001000000000002AAA", "Two", "001000000000001AAA"))  # fmt: skip
    report = await run(tmp_path, "partners", "salesforce", text, ids="text")
    assert report.headline() == "Partners: 0 created, 0 updated, 0 unchanged, 2 rejected."
    assert await stored("g.key", "organization g WHERE kind = 'PARTNER'") == []


async def test_users_arrive_with_their_partner_role_and_language(vendor: Database, tmp_path: Path) -> None:
    await run(tmp_path, "partners", "salesforce", table(("Id", "Name"), ("001A", "Alpine IT")), ids="text")
    rows = [
        (
            "005A",
            "sue@alpine.example",
            "Sue",
            "Berg",
            "sue@alpine.example",
            "true",
            "001A",
            "en_US",
            "Europe/Vienna",
            "",
        ),
        ("005B", "bo@alpine.example", "Bo", "Frei", "bo@alpine.example", "FALSE", "001A", "de", "", ""),
        ("005C", "vic@vendor.example", "Vic", "", "vic@vendor.example", "true", "", "", "", ""),
        ("005D", "x", "Xi", "", "no address", "true", "001A", "", "", ""),
        ("005E", "y", "Yo", "", "yo@alpine.example", "maybe", "001A", "", "", ""),
        ("005F", "z", "Zoe", "", "zoe@alpine.example", "true", "001Z", "", "", ""),
        ("005G", "s", "Sue", "Two", "SUE@alpine.example", "true", "001A", "", "", ""),
        ("005H", "t", "Tim", "", "tim@alpine.example", "true", "001A", "", "Europe/Nowhere", ""),
    ]
    text = table(SALESFORCE_USERS, *rows)
    report = await run(tmp_path, "users", "salesforce", text, ids="text")
    found = await stored(
        "u.name, u.role, u.language, u.time_zone, u.active, u.external_id, g.key",
        "user_account u JOIN organization g ON g.id = u.organization_id WHERE u.external_id <> ''",
    )
    assert found[0] == {
        "name": "Bo Frei",
        "role": "PARTNER_SELLER",
        "language": "de",
        "time_zone": None,
        "active": False,
        "external_id": "salesforce:005B",
        "key": "alpine-it",
    }
    assert (found[1]["name"], found[1]["time_zone"], found[1]["active"]) == ("Sue Two", "Europe/Vienna", True)
    told = {(row["line"], row["column"]): row["reason"] for row in rejects(tmp_path)}
    assert told.keys() == {
        ("4", "Stagepath_Role__c"),
        ("5", "Email"),
        ("6", "IsActive"),
        ("7", "AccountId"),
        ("9", "TimeZoneSidKey"),
    }
    assert "--role" in told["4", "Stagepath_Role__c"]
    # The eighth row is the second of that address: the same person, in other words.
    assert report.headline() == "Users: 2 created, 1 updated, 0 unchanged, 5 rejected."
    again = await run(tmp_path, "users", "salesforce", table(SALESFORCE_USERS, rows[1]), ids="text")
    assert again.headline() == "Users: 0 created, 0 updated, 1 unchanged, 0 rejected."
    managed = await run(tmp_path, "users", "salesforce", table(SALESFORCE_USERS, rows[2]), ids="text",
                        role=Role.CHANNEL_MANAGER)  # fmt: skip
    assert managed.headline() == "Users: 1 created, 0 updated, 0 unchanged, 0 rejected."


async def test_a_dry_run_writes_nothing(vendor: Database, tmp_path: Path) -> None:
    before = await contents_of_all_tables(vendor)
    people_ = table(("First Name", "Last Name", "Email"), ("Sue", "Berg", "sue@alpine.example"))
    companies = table(HUBSPOT_COMPANIES, ("201", "Alpine IT", "", "", "", "", ""))
    told = [
        await run(tmp_path, "partners", "hubspot", companies, dry_run=True),
        await run(tmp_path, "users", "hubspot", people_, dry_run=True, role=Role.CHANNEL_MANAGER),
        await run(tmp_path, "accounts", "hubspot", table(("Record ID", "Company name"), ("1", "Acme")), dry_run=True),
    ]
    assert [one.headline() for one in told] == [
        f"Dry run, nothing was written. {role}: 1 created, 0 updated, 0 unchanged, 0 rejected."
        for role in ("Partners", "Users", "Accounts")
    ]
    assert await contents_of_all_tables(vendor) == before


async def test_accounts_arrive_in_whatever_letters_and_dialect_the_export_has(vendor: Database, tmp_path: Path) -> None:
    columns = (
        "(Do Not Modify) Account",
        "Account Name",
        "Industry",
        "Address 1: Country/Region",
        "Number of Employees",
    )
    rows = (("a-1", "Müller & Söhne", "Machinery", "Österreich", "120"), ("a-2", "Acme", "", "", "many"))
    text = table(columns, *rows, sign=";").encode("cp1252")
    report = await run(tmp_path, "accounts", "dynamics", text, encoding="cp1252")
    assert report.headline() == "Accounts: 1 created, 0 updated, 0 unchanged, 1 rejected."
    (account,) = await stored("a.name, a.industry, a.country, a.employees, a.external_id", "account a")
    assert account == {"name": "Müller & Söhne", "industry": "Machinery", "country": "Österreich", "employees": 120,
                       "external_id": "dynamics:a-1"}  # fmt: skip
    again = await run(tmp_path, "accounts", "dynamics", text, encoding="cp1252")
    assert again.headline() == "Accounts: 0 created, 0 updated, 1 unchanged, 1 rejected."
    assert rejects(tmp_path)[0]["column"] == "Number of Employees"


async def test_a_leaver_of_the_export_hands_over(vendor: Database, tmp_path: Path) -> None:
    await run(tmp_path, "partners", "salesforce", table(("Id", "Name"), ("001A", "Alpine IT")), ids="text")
    sue = ("005A", "s", "Sue", "", "sue@alpine.example", "true", "001A", "", "", "")
    await run(tmp_path, "users", "salesforce", table(SALESFORCE_USERS, sue), ids="text")
    gone = await run(
        tmp_path, "users", "salesforce", table(SALESFORCE_USERS, (*sue[:5], "false", *sue[6:])), ids="text"
    )
    assert gone.headline() == "Users: 0 created, 1 updated, 0 unchanged, 0 rejected."
    (row,) = await stored("u.active, u.deactivated_at IS NOT NULL AS ended",
                          "user_account u WHERE u.external_id = 'salesforce:005A'")  # fmt: skip
    assert row == {"active": False, "ended": True}
    by = await vendor.fetch("SELECT DISTINCT detail->>'by' AS by FROM audit_entry WHERE action LIKE 'USER_%'")
    assert {one["by"] for one in by} == {"command", "import"}
