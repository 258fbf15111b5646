"""People in the deals that they take part in: advice follows them, and who may not see them hears nothing."""

import asyncio
from functools import partial
from typing import Any

from tests.schema.test_contacts import REMOVE, SET, UPSERT, changed, deal_and_account, registered
from tests.schema.test_recommendations import advice
from tests.schema.world import RIVAL, SELLER, VENDOR, Demo, deal_of
from tests.waiting import until

LOG = """query($after: Cursor) { events(first: 100, after: $after, types: [OPPORTUNITY_UPDATED]) {
  nodes { cursor fields opportunity { id } } } }"""
LAST = "{ events(last: 1) { nodes { cursor } } }"
VERSION = "query($id: ID!) { opportunity(id: $id) { version updatedAt contacts { name } } }"
RENAME = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { account { id } } userErrors { code } } }"""


async def near_its_decision(demo: Demo) -> tuple[str, str]:
    """A deal of the seller's, and its customer."""
    deal, account = await deal_and_account(demo)
    await demo.value(
        "UPDATE opportunity SET stage_id = (SELECT s.id FROM stage s WHERE s.playbook_id = opportunity.playbook_id"
        " AND s.kind = 'OPEN' AND s.win_probability >= 0.4 ORDER BY s.position LIMIT 1) WHERE id = $1::text::uuid",
        deal[4:],
    )
    return deal, account


async def is_advised(demo: Demo, deal: str) -> bool:
    """To find out who decides, as anybody reads it who asks for nothing anew."""
    actions = (await advice(demo, deal, first=20))["actions"]
    return "FIND_CONTACT" in [action["kind"] for action in actions]


async def seen(demo: Demo, deal: str, who: str = SELLER) -> dict[str, Any]:
    found: dict[str, Any] = (await demo.run(VERSION, who, id=deal))["opportunity"]
    return found


async def newest(demo: Demo, who: str) -> str:
    cursor: str = (await demo.run(LAST, who))["events"]["nodes"][0]["cursor"]
    return cursor


async def heard(demo: Demo, who: str, after: str) -> list[tuple[str, list[str]]]:
    nodes = (await demo.run(LOG, who, after=after))["events"]["nodes"]
    return [(node["opportunity"]["id"], node["fields"]) for node in nodes]


async def takes_part(demo: Demo, deal: str, *contacts: str, who: str = SELLER) -> None:
    assert (await changed(demo, SET, who, opportunityId=deal, contactIds=list(contacts)))["userErrors"] == []


WAITING = """SELECT l.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE a.datname = current_database() AND NOT l.granted"""


async def somebody_waits(demo: Demo) -> bool:
    return bool(await demo.value(f"SELECT EXISTS ({WAITING})"))


async def test_advice_follows_what_somebody_who_takes_part_is_said_to_be(demo: Demo) -> None:
    deal, account = await near_its_decision(demo)
    user = await registered(demo, account, "Ada", email="ada@x.example", buyingRole="END_USER")
    await takes_part(demo, deal, user)
    assert await is_advised(demo, deal)
    before, after = (await seen(demo, deal))["version"], await newest(demo, SELLER)
    await changed(demo, UPSERT, contactId=user, buyingRole="DECISION_MAKER")
    assert not await is_advised(demo, deal)
    assert (await seen(demo, deal))["version"] == before + 1
    assert await heard(demo, SELLER, after) == [(deal, ["contacts"])]
    await changed(demo, UPSERT, contactId=user, title="CTO", buyingRole="DECISION_MAKER")
    await changed(demo, UPSERT, contactId=user, name="Ada L.")
    assert (await seen(demo, deal))["version"] == before + 1, "nothing that advice is made of"
    await changed(demo, UPSERT, accountId=account, email="ADA@x.example", buyingRole=None)
    assert await is_advised(demo, deal)
    assert (await seen(demo, deal))["version"] == before + 2


async def test_the_vendors_record_of_who_decides_counts_and_that_of_another_customer_does_not(demo: Demo) -> None:
    deal, account = await near_its_decision(demo)
    user = await registered(demo, account, "Ada", buyingRole="END_USER")
    decides = await registered(demo, account, "Bob", VENDOR, buyingRole="ECONOMIC_BUYER")
    await takes_part(demo, deal, user)
    assert await is_advised(demo, deal)
    await takes_part(demo, deal, user, decides)
    assert not await is_advised(demo, deal)
    await changed(demo, UPSERT, VENDOR, contactId=decides, buyingRole="LEGAL")
    assert await is_advised(demo, deal)
    await changed(demo, UPSERT, VENDOR, contactId=decides, buyingRole="ECONOMIC_BUYER")
    moved = await changed(demo, RENAME, opportunityId=deal, accountName="Somebody else")
    other = moved["opportunity"]["account"]["id"]
    await takes_part(demo, deal, await registered(demo, other, "Cleo", buyingRole="END_USER"))
    await demo.value(
        "INSERT INTO opportunity_contact (id, opportunity_id, contact_id, position)"
        " VALUES (gen_random_uuid(), $1::text::uuid, $2::text::uuid, 9) ON CONFLICT DO NOTHING",
        *(deal[4:], decides[4:]),
    )
    assert await is_advised(demo, deal), "who decided at the customer before"


async def test_a_partner_hears_nothing_of_another_partners_person_in_its_deal(demo: Demo) -> None:
    """As where a deal was given away, or the vendor linked the wrong one."""
    mine, account = await deal_and_account(demo)
    theirs = await deal_of(demo, RIVAL)
    await demo.value("UPDATE opportunity SET account_id = $1::text::uuid WHERE id = $2::text::uuid RETURNING id",
                     account[4:], theirs[4:])  # fmt: skip
    person, vendors = await registered(demo, account, "Ada"), await registered(demo, account, "Bob", VENDOR)
    await takes_part(demo, mine, person)
    await takes_part(demo, theirs, vendors, who=RIVAL)
    before, of_mine = await seen(demo, theirs, RIVAL), await seen(demo, mine)
    cursors = {who: await newest(demo, who) for who in (RIVAL, SELLER, VENDOR)}
    for people in ([person, vendors], [vendors, person], [vendors], [vendors, person]):
        await takes_part(demo, theirs, *people, who=VENDOR)
        assert [one["name"] for one in (await seen(demo, theirs, RIVAL))["contacts"]] == ["Bob"]
    assert await heard(demo, VENDOR, cursors[VENDOR]) == [(theirs, ["contacts"])] * 4
    await changed(demo, UPSERT, VENDOR, contactId=person, buyingRole="DECISION_MAKER")
    assert (await changed(demo, REMOVE, VENDOR, contactId=person))["userErrors"] == []
    assert await seen(demo, theirs, RIVAL) == before
    assert await heard(demo, RIVAL, cursors[RIVAL]) == []
    assert await heard(demo, SELLER, cursors[SELLER]) == [(mine, ["contacts"])] * 2
    assert (await seen(demo, mine))["version"] == of_mine["version"] + 2
    await takes_part(demo, theirs, who=VENDOR)
    assert await heard(demo, RIVAL, cursors[RIVAL]) == [(theirs, ["contacts"])], "of what it sees, it hears"
    assert (await seen(demo, theirs, RIVAL))["version"] == before["version"] + 1


async def test_the_turn_of_an_address_is_taken_before_the_person_is_locked(demo: Demo) -> None:
    """By id as by address, so that two who change one person never wait for each other."""
    _, account = await deal_and_account(demo)
    person = await registered(demo, account, "Ada", email="ada@x.example")
    has_its_turn = (
        f"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid IN ({WAITING}))"
    )
    async with demo.database.transaction() as tx:
        await tx.fetch("SELECT FROM contact WHERE id = $1::text::uuid FOR UPDATE", person[4:])
        change = asyncio.create_task(changed(demo, UPSERT, contactId=person, email="a@x.example"))
        await until(partial(somebody_waits, demo))
        assert await demo.value(has_its_turn), "it has its turn, and waits for the person"
    assert (await change)["contact"]["email"] == "a@x.example"


async def test_the_deal_is_locked_before_the_person_whose_role_changes(demo: Demo) -> None:
    deal, account = await deal_and_account(demo)
    person = await registered(demo, account, "Ada")
    await takes_part(demo, deal, person)

    async with demo.database.transaction() as tx:
        await tx.fetch("SELECT FROM opportunity WHERE id = $1::text::uuid FOR UPDATE", deal[4:])
        change = asyncio.create_task(changed(demo, UPSERT, contactId=person, buyingRole="LEGAL"))
        await until(partial(somebody_waits, demo))
        await tx.fetch("SELECT FROM contact WHERE id = $1::text::uuid FOR UPDATE", person[4:])
    assert (await change)["userErrors"] == []
