"""A customer that is there is found, in whatever way its name is typed, and never another partner's."""

import asyncio
from typing import Any

import pytest

from app.demo.people import demo_id
from app.models.columns import new_id
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo

CREATE = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { id account { id name industry } playbook { key } } userErrors { code message path } } }"""
UPDATE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { id account { id name industry } } userErrors { code path } } }"""
OWN, FOREIGN = demo_id("org/alpine-it"), demo_id("org/brightwater")
NAME = "Müller  & Söhne GmbH"
SPELLINGS = (
    "Müller & Söhne GmbH",
    "MÜLLER & SÖHNE GMBH",
    "  müller &\u00a0söhne\tgmbh ",
    "Mu\u0308ller & So\u0308hne GmbH",
    "Ｍüller & Söhne GmbH",
    "Müller & Söhne\u200b GmbH",
)


async def account(demo: Demo, partner: Any = None, name: str = NAME, **columns: Any) -> str:
    from app.deals.names import name_key, tidy

    id = new_id()
    await demo.value(
        "INSERT INTO account (id, partner_id, name, name_key, industry) VALUES ($1, $2, $3, $4, $5)",
        id,
        partner,
        tidy(name),
        name_key(name),
        columns.get("industry", "Energy"),
    )
    return f"acc_{id}"


async def dealt_with(demo: Demo, account_id: str, who: str) -> None:
    """A deal of this person's is with the customer."""
    await demo.value(
        "UPDATE opportunity SET account_id = $2 WHERE id = (SELECT id FROM opportunity WHERE owner_id = $1 LIMIT 1)",
        demo_id(f"user/{who}"),
        account_id[4:],
    )


async def registered(demo: Demo, who: str, name: str = NAME, **given: Any) -> dict[str, Any]:
    said = {"name": "Deal", "accountName": name, "playbookKey": "it-software", **given}
    answer = (await demo.run(CREATE, who, input=said))["createOpportunity"]
    assert answer["userErrors"] == []
    return dict(answer["opportunity"])


@pytest.mark.parametrize("spelt", SPELLINGS)
async def test_a_customer_of_the_own_organisation_is_found_however_it_is_spelt(demo: Demo, spelt: str) -> None:
    known = await account(demo, OWN)
    assert (await registered(demo, SELLER, spelt))["account"] == {
        "id": known,
        "name": "Müller & Söhne GmbH",
        "industry": "Energy",
    }
    other = await registered(demo, SELLER, "Another")
    given = {"opportunityId": other["id"], "accountName": spelt}
    changed = (await demo.run(UPDATE, SELLER, input=given))["updateOpportunity"]
    assert changed["userErrors"] == []
    assert changed["opportunity"]["account"]["id"] == known
    assert await demo.value("SELECT count(*) FROM account WHERE name_key LIKE 'müller & s%'") == 1


async def test_a_customer_of_a_colleagues_deal_is_found(demo: Demo) -> None:
    known = await account(demo)
    await dealt_with(demo, known, COLLEAGUE)
    seen = "query($id: ID!) { account(id: $id) { id } }"
    assert await demo.run(seen, SELLER, id=known) == {"account": None}
    assert (await registered(demo, SELLER))["account"]["id"] == known
    assert (await registered(demo, MANAGER))["account"]["id"] == known


async def test_its_industry_chooses_the_playbook(demo: Demo) -> None:
    await account(demo, OWN, industry="Manufacturing")
    assert (await registered(demo, SELLER, playbookKey=None))["playbook"]["key"] == "manufacturing"


@pytest.mark.parametrize("whose", ["another partner's", "the vendor's, in another partner's deal", "the vendor's"])
async def test_nobody_learns_that_somebody_else_has_the_customer(demo: Demo, whose: str) -> None:
    hidden = await account(demo, FOREIGN if whose == "another partner's" else None)
    if "deal" in whose:
        await dealt_with(demo, hidden, RIVAL)
    made = (await registered(demo, SELLER))["account"]
    assert (made["id"] != hidden, made["industry"]) == (True, None)
    given = {"opportunityId": (await registered(demo, SELLER, "Another"))["id"], "accountName": NAME}
    changed = (await demo.run(UPDATE, SELLER, input=given))["updateOpportunity"]["opportunity"]["account"]
    assert changed["id"] == made["id"]


async def test_the_vendor_sees_both_and_is_shown_who_may_be_the_same(demo: Demo) -> None:
    ours, theirs = await account(demo, OWN), await account(demo, FOREIGN, "MÜLLER & Söhne gmbh")
    found = """query($same: Boolean) { accounts(first: 100, likelyDuplicates: $same) { totalCount nodes {
      id partner { key } likelyDuplicates { account { id } } } } }"""
    nodes = (await demo.run(found, VENDOR, same=True))["accounts"]["nodes"]
    pairs = {one["id"]: (one["partner"], [same["account"]["id"] for same in one["likelyDuplicates"]]) for one in nodes}
    assert pairs[ours] == ({"key": "alpine-it"}, [theirs])
    assert pairs[theirs] == ({"key": "brightwater"}, [ours])
    mine = (await demo.run(found, SELLER, same=True))["accounts"]["nodes"]
    assert ours not in {one["id"] for one in mine}
    known = "query($id: ID!) { account(id: $id) { name likelyDuplicates { account { id } } } }"
    assert (await demo.run(known, SELLER, id=ours))["account"]["likelyDuplicates"] == []


async def test_the_vendor_finds_a_customer_for_its_own_deal_and_for_a_partners(demo: Demo) -> None:
    theirs = await account(demo, FOREIGN)
    assert (await registered(demo, VENDOR))["account"]["id"] == theirs
    vendors = await account(demo)
    assert (await registered(demo, VENDOR))["account"]["id"] == vendors
    assert (await registered(demo, VENDOR, partnerId=f"ptr_{FOREIGN}"))["account"]["id"] == theirs
    assert (await registered(demo, VENDOR, partnerId=f"ptr_{OWN}"))["account"]["id"] == vendors


async def test_an_account_of_one_partner_is_not_put_into_a_deal_of_another(demo: Demo) -> None:
    theirs = await account(demo, FOREIGN)
    given = {"name": "Deal", "accountId": theirs, "playbookKey": "it-software", "partnerId": f"ptr_{OWN}"}
    made = (await demo.run(CREATE, VENDOR, input=given))["createOpportunity"]["opportunity"]
    assert (made["account"]["id"] != theirs, made["account"]["industry"]) == (True, "Energy")
    assert await demo.run("query($id: ID!) { account(id: $id) { id } }", MANAGER, id=theirs) == {"account": None}
    given = {"opportunityId": (await registered(demo, SELLER, "Another"))["id"], "accountId": theirs}
    changed = (await demo.run(UPDATE, VENDOR, input=given))["updateOpportunity"]["opportunity"]["account"]
    assert changed["id"] == made["account"]["id"]


async def test_two_who_register_the_same_customer_at_once_make_one(demo: Demo) -> None:
    made = await asyncio.gather(*(registered(demo, who, NAME) for who in (SELLER, COLLEAGUE, MANAGER, SELLER) * 2))
    assert len({deal["account"]["id"] for deal in made}) == 1
    assert await demo.value("SELECT count(*) FROM account WHERE name_key LIKE 'müller & s%'") == 1


async def test_a_refused_registration_leaves_no_customer_behind(demo: Demo) -> None:
    given = {"name": "Deal", "accountName": NAME, "playbookKey": "no-such-playbook"}
    answer = (await demo.run(CREATE, SELLER, input=given))["createOpportunity"]
    assert [error["code"] for error in answer["userErrors"]] == ["INVALID"]
    assert await demo.value("SELECT count(*) FROM account WHERE name_key LIKE 'müller & s%'") == 0


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"accountName": "  "}, ["accountName"]),
        ({"accountName": None}, ["accountName"]),
        ({"accountName": "x" * 201}, ["accountName"]),
        ({"accountName": "A", "accountId": f"acc_{demo_id('x')}"}, ["accountId"]),
    ],
)
async def test_a_deal_keeps_its_customer_where_the_new_one_is_not_named(
    demo: Demo, given: dict[str, Any], path: list[str]
) -> None:
    deal = await registered(demo, SELLER, "Another")
    answer = (await demo.run(UPDATE, SELLER, input={"opportunityId": deal["id"], **given}))["updateOpportunity"]
    assert answer["userErrors"] == [{"code": "INVALID", "path": path}]
