"""The accounts and owners of imported deals, their partner and the vendor."""

from typing import Any

import pytest

from app.database import database
from app.deals.editing import Changed
from app.deals.names import name_key
from app.deals.update import update
from app.identity.viewer import Viewer
from app.imports.faults import ImportStopped
from app.models import Account, Organization
from app.vocabulary import OrganizationKind, Role
from tests.app.imports.builders import Exporter, counts, deal, everything, organization, stored, user

ACCOUNTS = [
    {
        "Id": "A1",
        "Name": "Acme",
        "Industry": "Retail",
        "BillingCountry": "Kenya",
        "NumberOfEmployees": "42",
        "AnnualRevenue": "1100.5",
    }
]


async def accounts() -> list[tuple[object, ...]]:
    columns = "external_id, name, industry, country, employees, annual_revenue::text, partner_id"
    return [tuple(row) for row in await database().fetch(f"SELECT {columns} FROM account ORDER BY 1")]


async def test_an_account_is_called_by_its_id_until_a_file_names_it(export: Exporter) -> None:
    await export.run([deal("1")])
    assert await accounts() == [("salesforce:A1", "A1", None, None, None, None, None)]
    report = await export.run([deal("1")], accounts=ACCOUNTS)
    assert (counts(report), report.accounts.created, report.accounts.updated) == ((0, 0, 1, 0), 0, 1)
    named = [("salesforce:A1", "Acme", "Retail", "Kenya", 42, "1100.5", None)]
    assert await accounts() == named
    report = await export.run([deal("1")])
    assert (report.accounts.created, report.accounts.updated) == (0, 0)
    assert await accounts() == named


async def test_deals_without_an_account_share_a_placeholder_and_keep_a_later_one(export: Exporter) -> None:
    report = await export.run([deal("1", AccountId=""), deal("2", AccountId=""), deal("3")])
    assert report.accounts.deals_without == 2
    assert [(await stored(id))["account"] for id in ("1", "2", "3")] == ["(no account yet)", "(no account yet)", "A1"]
    assert counts(await export.run([deal("1"), deal("2", AccountId=""), deal("3", AccountId="")])) == (0, 1, 2, 0)
    assert [(await stored(id))["account"] for id in ("1", "2", "3")] == ["A1", "(no account yet)", "A1"]


async def test_owners_are_found_by_external_id_address_or_name_and_else_left_out(export: Exporter) -> None:
    vendor = await organization("maker", OrganizationKind.VENDOR)
    await user(vendor, "By id", external_id="salesforce:U1")
    await user(vendor, "By address", email="Mail@Example.com")
    await user(vendor, "By Name")
    await user(vendor, "Twin")
    await user(vendor, "Twin")
    owners = ["U1", "mail@example.com", "by name", "Twin", "Nobody", ""]
    report = await export.run([deal(str(n), OwnerId=owner) for n, owner in enumerate(owners)])
    found = [(await stored(str(n)))["owner"] for n in range(6)]
    assert found == ["By id", "By address", "By Name", None, None, None]
    assert (report.owners.matched, report.owners.created, report.owners.unmatched) == (3, 0, 2)
    assert report.owners.deals_unmatched == 2


async def test_a_file_of_users_tells_who_an_id_is(export: Exporter) -> None:
    vendor = await organization("maker", OrganizationKind.VENDOR)
    await user(vendor, "Ada Byron", email="ada@example.com")
    users = [{"Id": "U1", "Name": "A. Byron", "Email": "ada@example.com"}, {"Id": "U2", "Name": "ada byron"}]
    rows = [{"Email": "", **row} for row in users]
    await export.run([deal("1", OwnerId="U1"), deal("2", OwnerId="U2")], users=rows)
    assert [(await stored(id))["owner"] for id in ("1", "2")] == ["Ada Byron", "Ada Byron"]


async def test_owners_who_are_no_users_may_be_created_inactive_and_only_once(export: Exporter) -> None:
    await organization("northwind")
    rows = [deal("1", OwnerId="U1"), deal("2", OwnerId="U1"), deal("3", OwnerId="U2")]
    users = [{"Id": "U1", "Name": "Ada", "Email": "ada@example.com"}]
    options = {"users": users, "partner": "northwind", "create_owners": True}
    report = await export.run(rows, **options)  # type: ignore[arg-type]
    assert (report.owners.created, report.owners.deals_unmatched) == (2, 0)
    found = await database().fetch(
        "SELECT u.name, u.email, u.role, u.active, u.external_id, g.key FROM user_account u"
        " JOIN organization g ON g.id = u.organization_id ORDER BY 1"
    )
    assert [tuple(row) for row in found] == [
        ("Ada", "ada@example.com", "PARTNER_SELLER", False, "salesforce:U1", "northwind"),
        ("U2", None, "PARTNER_SELLER", False, "salesforce:U2", "northwind"),
    ]
    before = await everything()
    again = await export.run(rows, **options)  # type: ignore[arg-type]
    assert (counts(again), again.owners.created, again.owners.matched) == ((0, 0, 3, 0), 0, 2)
    assert await everything() == before


async def test_created_owners_of_the_vendors_own_deals_are_the_vendors(export: Exporter) -> None:
    await export.run([deal("1", OwnerId="U1")], create_owners=True)
    row = await database().fetchrow(
        "SELECT u.role, u.active, g.kind FROM user_account u JOIN organization g ON g.id = u.organization_id"
    )
    assert row is not None
    assert tuple(row) == ("CHANNEL_MANAGER", False, "VENDOR")


async def test_people_of_another_partner_own_none_of_a_partners_deals(export: Exporter) -> None:
    await organization("northwind")
    await user(await organization("contoso"), "Ada")
    await export.run([deal("1", OwnerId="Ada")], partner="northwind")
    row = await stored("1")
    assert (row["owner"], row["partner"], row["source"]) == (None, "northwind", "PARTNER")


async def test_a_partner_that_does_not_exist_stops_the_import(export: Exporter) -> None:
    await organization("maker", OrganizationKind.VENDOR)
    before = await everything()
    with pytest.raises(ImportStopped, match="There is no partner organisation with the key “maker”"):
        await export.run([deal("1")], partner="maker")
    assert await everything() == before


async def test_the_vendor_is_created_when_there_is_none(export: Exporter) -> None:
    report = await export.run([deal("1")], vendor_name="Maker Ltd")
    assert report.vendor_created == "Maker Ltd"
    rows = await database().fetch("SELECT key, name, kind FROM organization")
    assert [tuple(row) for row in rows] == [("vendor", "Maker Ltd", "VENDOR")]
    assert (await export.run([deal("2")], vendor_name="Another")).vendor_created is None


async def test_a_second_partners_deals_do_not_make_the_account_theirs(export: Exporter) -> None:
    await organization("northwind")
    await export.run([deal("1")], partner="northwind")
    assert await accounts() == [("salesforce:A1", "A1", None, None, None, None, None)]


async def owned(partner: Organization | None, name: str, **fields: Any) -> str:
    account = await Account.create(partner=partner, name=name, name_key=name_key(name), **fields)
    return str(account.id)


def of_customer(id: str, name: str) -> dict[str, str]:
    return {"Id": id, "Name": name, "Industry": "Retail"}


async def test_a_customer_that_is_there_is_found_by_its_name_however_it_is_spelt(export: Exporter) -> None:
    partner = await organization("ash")
    known = await owned(partner, "Müller GmbH", country="Austria")
    report = await export.run([deal("1")], accounts=[of_customer("A1", "MÜLLER  gmbh")], partner="ash")
    assert (report.accounts.created, report.accounts.updated) == (0, 1)
    [row] = await database().fetch("SELECT id, external_id, name, industry, country FROM account")
    assert (str(row["id"]), *row[1:]) == (known, "salesforce:A1", "MÜLLER gmbh", "Retail", "Austria")
    again = await export.run([deal("1"), deal("2")], accounts=[of_customer("A1", "Müller AG")], partner="ash")
    assert (again.accounts.created, again.accounts.updated) == (0, 1)


async def test_what_others_have_is_not_found_and_two_ids_are_two_customers(export: Exporter) -> None:
    ash, birch = await organization("ash"), await organization("birch")
    hidden = {await owned(birch, "Acme"), await owned(None, "Acme")}
    rows = [of_customer("A1", "Acme"), of_customer("A2", "ACME")]
    report = await export.run([deal("1"), deal("2", AccountId="A2")], accounts=rows, partner="ash")
    assert report.accounts.created == 2
    found = await database().fetch("SELECT account_id FROM opportunity WHERE partner_id = $1", ash.id)
    assert len({row["account_id"] for row in found}) == 2
    assert hidden.isdisjoint({str(row["account_id"]) for row in found})


async def test_the_vendors_import_finds_the_vendors_customers(export: Exporter) -> None:
    birch = await organization("birch")
    theirs, known = await owned(birch, "Acme"), await owned(None, "Acme", external_id="hubspot:7")
    report = await export.run([deal("1")], accounts=[of_customer("A1", "acme")])
    assert (report.accounts.created, report.accounts.updated) == (0, 1)
    assert str(await database().pool.fetchval("SELECT account_id FROM opportunity")) == known
    assert await database().pool.fetchval("SELECT industry FROM account WHERE id = $1", theirs) is None


async def test_an_export_of_the_former_partner_changes_nothing_of_a_deal_that_has_left_it(export: Exporter) -> None:
    vendor = await organization("vendor", OrganizationKind.VENDOR)
    ash, birch = await organization("ash"), await organization("birch")
    await user(ash, "Ann Ash", email="ann@ash.example")
    rows = [deal("1", NextStep="Secret of Ash", OwnerId="ann@ash.example")]
    await export.run(rows, partner="ash")
    id = await database().pool.fetchval("SELECT id FROM opportunity")
    admin = Viewer((await user(vendor, "Vera")).id, vendor.id, OrganizationKind.VENDOR, Role.VENDOR_ADMIN)
    assert isinstance(await update(admin, id, {"partner_id": birch.id}), Changed)
    of_deal = "SELECT partner_id, owner_id, next_step FROM opportunity"
    given = (birch.id, None, None)
    assert tuple((await database().fetch(of_deal))[0]) == given
    assert (await export.run(rows, partner="ash")).rejected == 1
    assert tuple((await database().fetch(of_deal))[0]) == given
    await export.run(rows)  # as the vendor's own: neither the words nor the owner come back
    assert tuple((await database().fetch(of_deal))[0]) == given
    await export.run([deal("1", NextStep="As the vendor says")])
    assert tuple((await database().fetch(of_deal))[0]) == (birch.id, None, "As the vendor says")


async def test_an_import_that_changes_an_owner_tells_who_sees_the_deal_and_who_no_more(export: Exporter) -> None:
    await organization("vendor", OrganizationKind.VENDOR)
    ash = await organization("ash")
    ann, ben = await user(ash, "Ann Ash"), await user(ash, "Ben Ash")
    await export.run([deal("1", OwnerId="Ann Ash")], partner="ash")
    await export.run([deal("1", OwnerId="Ben Ash")], partner="ash")
    told = await database().fetch("SELECT type, partner_id, readers FROM event WHERE readers IS NOT NULL ORDER BY seq")
    assert [tuple(row) for row in told] == [
        ("OPPORTUNITY_LEFT", ash.id, [ann.id]),
        ("OPPORTUNITY_CAME", ash.id, [ben.id]),
    ]
