"""People at customers as users of the API register, find and forget them."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.demo.people import demo_id
from app.models.columns import new_id
from tests.schema.subscribers import over_websocket
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of
from tests.serving import running, settings_for

UPSERT = """mutation($input: UpsertContactInput!) { upsertContact(input: $input) { created
  contact { id name title email phone language buyingRole version account { id } partner { key } }
  userErrors { code message path } clientMutationId } }"""
REMOVE = """mutation($input: RemoveContactInput!) { removeContact(input: $input) {
  contactId account { id } userErrors { code message path } } }"""
SET = """mutation($input: SetDealContactsInput!) { setDealContacts(input: $input) {
  opportunity { version contacts { name } } userErrors { code message path } } }"""
ACCOUNT = "query($id: ID!) { opportunity(id: $id) { account { id } version } }"
KNOWN = """query($id: ID!, $filter: ContactFilter, $order: ContactOrder) { account(id: $id) {
  contacts(first: 50, filter: $filter, orderBy: $order) { totalCount nodes { name } } } }"""
ADA: dict[str, Any] = {
    "name": "  Ada  Lovelace ",
    "title": "Head of Analysis",
    "email": "Ada@Engines.example",
    "phone": "+44 (20) 555-0101 ext. 7",
    "language": "EN-gb",
    "buyingRole": "CHAMPION",
}


async def changed(demo: Demo, document: str, who: str = SELLER, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = next(iter((await demo.run(document, who, input=given)).values()))
    return answer


def refusals(answer: dict[str, Any]) -> list[tuple[str, list[str]]]:
    assert all(error["message"] for error in answer["userErrors"])
    return [(error["code"], error["path"]) for error in answer["userErrors"]]


async def deal_and_account(demo: Demo, who: str = SELLER) -> tuple[str, str]:
    """A deal of theirs with a customer that nobody else has a deal with."""
    deal = await deal_of(demo, who)
    account = new_id()
    await demo.value("INSERT INTO account (id, name) VALUES ($1, $2)", account, f"Account {account}")
    await demo.value("UPDATE opportunity SET account_id = $1 WHERE id = $2::text::uuid", account, deal[4:])
    return deal, f"acc_{account}"


async def names(demo: Demo, account: str, who: str = SELLER, **arguments: Any) -> list[str] | None:
    found = (await demo.run(KNOWN, who, id=account, **arguments))["account"]
    return None if found is None else [node["name"] for node in found["contacts"]["nodes"]]


async def registered(demo: Demo, account: str, name: str, who: str = SELLER, **given: Any) -> str:
    answer = await changed(demo, UPSERT, who, accountId=account, name=name, **given)
    assert answer["userErrors"] == []
    id: str = answer["contact"]["id"]
    return id


async def test_a_person_is_registered_with_all_that_is_known_of_them_and_read_by_every_way(demo: Demo) -> None:
    deal, account = await deal_and_account(demo)
    made = await changed(demo, UPSERT, accountId=account, **ADA)
    assert made["created"] is True
    kept = {**ADA, "name": "Ada Lovelace", "language": "en-GB", "version": 1}
    contact = made["contact"]
    assert contact == {"id": contact["id"], **kept, "account": {"id": account}, "partner": {"key": "alpine-it"}}
    by_id = """query($id: ID!) { contact(id: $id) { name } node(id: $id) { ... on Contact { email } }
      contacts(first: 100, filter: {search: "lovel"}) { nodes { id } } }"""
    found = await demo.run(by_id, id=contact["id"])
    assert found["contact"] == {"name": "Ada Lovelace"}
    assert found["node"] == {"email": ADA["email"]}
    assert found["contacts"]["nodes"] == [{"id": contact["id"]}]
    taken = await changed(demo, SET, opportunityId=deal, contactIds=[contact["id"]])
    assert taken["opportunity"]["contacts"] == [{"name": "Ada Lovelace"}]
    emptied = await changed(demo, UPSERT, contactId=contact["id"], title=None, email=None, phone=None, buyingRole=None)
    assert {name: emptied["contact"][name] for name in ("title", "email", "phone", "buyingRole", "version")} == {
        **dict.fromkeys(("title", "email", "phone", "buyingRole")),
        "version": 2,
    }
    assert (await changed(demo, UPSERT, contactId=contact["id"], title=" "))["contact"]["version"] == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [("INVALID", ["name"])]),
        ({"name": " \u200b "}, [("INVALID", ["name"])]),
        ({"name": None}, [("INVALID", ["name"])]),
        ({"name": "x" * 201}, [("INVALID", ["name"])]),
        ({"name": "x\0y"}, [("INVALID", ["name"])]),
        ({"name": "A", "title": "x" * 201}, [("INVALID", ["title"])]),
        ({"name": "A", "email": "Ada <ada@x.example>"}, [("INVALID", ["email"])]),
        ({"name": "A", "email": "a" * 250 + "@x.example"}, [("INVALID", ["email"])]),
        ({"name": "A", "phone": "call me"}, [("INVALID", ["phone"])]),
        ({"name": "A", "phone": "+4"}, [("INVALID", ["phone"])]),
        ({"name": "A", "phone": "1" * 51}, [("INVALID", ["phone"])]),
        ({"name": "A", "phone": "123\0"}, [("INVALID", ["phone"])]),
        ({"name": "A", "phone": "<script>123</script>"}, [("INVALID", ["phone"])]),
        ({"name": "A", "language": "klingonish"}, [("INVALID", ["language"])]),
        ({"name": "A", "expectedVersion": 3}, [("CONFLICT", ["expectedVersion"])]),
        ({"name": "A", "accountId": None}, [("INVALID", ["accountId"])]),
        ({"name": "A", "accountId": "acc_00000000-0000-7000-8000-000000000000"}, [("NOT_FOUND", ["accountId"])]),
        ({"name": "A", "accountId": "nonsense"}, [("INVALID", ["accountId"])]),
    ],
)
async def test_what_cannot_be_is_refused_by_its_name(
    demo: Demo, given: dict[str, Any], expected: list[tuple[str, list[str]]]
) -> None:
    _, account = await deal_and_account(demo)
    answer = await changed(demo, UPSERT, **{"accountId": account, **given})
    assert refusals(answer) == expected
    assert await names(demo, account) == []


async def test_one_address_is_one_person_of_a_partner_also_when_both_are_registered_at_once(demo: Demo) -> None:
    _, account = await deal_and_account(demo)
    both = await asyncio.gather(
        *(changed(demo, UPSERT, accountId=account, name=name, email=email, clientMutationId=str(new_id()))
          for name, email in (("Ada L.", "ada@x.example"), ("Ada Lovelace", "ADA@x.example")))
    )  # fmt: skip
    assert sorted(answer["created"] for answer in both) == [False, True]
    assert both[0]["contact"]["id"] == both[1]["contact"]["id"]
    assert len(await names(demo, account) or []) == 1
    again = await changed(demo, UPSERT, accountId=account, name="Ada", email="ada@x.example", expectedVersion=0)
    assert refusals(again) == [("CONFLICT", ["expectedVersion"])]
    other = await registered(demo, account, "Bob", email="bob@x.example")
    taken = await changed(demo, UPSERT, contactId=other, email=" Ada@X.example ")
    assert refusals(taken) == [("CONFLICT", ["email"])]
    respelt = await changed(demo, UPSERT, contactId=other, email="BOB@x.example")
    assert respelt["contact"]["email"] == "BOB@x.example"
    theirs = await changed(demo, UPSERT, VENDOR, accountId=account, name="Ada", email="ada@x.example")
    assert theirs["created"], "the vendor's record is another one"


async def test_who_works_for_a_customer_is_seen_by_the_own_organization_and_the_vendor(demo: Demo) -> None:
    deal, account = await deal_and_account(demo)
    competitors = await deal_of(demo, RIVAL)
    await demo.value(
        "UPDATE opportunity SET account_id = $1::text::uuid WHERE id = $2::text::uuid", account[4:], competitors[4:]
    )
    ours = await registered(demo, account, "Ours")
    vendors = await registered(demo, account, "Vendors", VENDOR)
    theirs = await registered(demo, account, "Theirs", RIVAL)
    for who in (SELLER, MANAGER):
        assert await names(demo, account, who) == ["Ours", "Vendors"]
    assert await names(demo, account, RIVAL) == ["Theirs", "Vendors"]
    assert await names(demo, account, VENDOR) == ["Ours", "Theirs", "Vendors"]
    assert await names(demo, account, COLLEAGUE) is None
    assert (await demo.run("query($id: ID!) { contact(id: $id) { id } }", COLLEAGUE, id=ours))["contact"] is None
    assert refusals(await changed(demo, UPSERT, contactId=theirs, title="x")) == [("NOT_FOUND", ["contactId"])]
    assert refusals(await changed(demo, REMOVE, contactId=theirs)) == [("NOT_FOUND", ["contactId"])]
    assert refusals(await changed(demo, UPSERT, contactId=vendors, title="x")) == [("FORBIDDEN", ["contactId"])]
    assert refusals(await changed(demo, REMOVE, contactId=vendors)) == [("FORBIDDEN", ["contactId"])]
    taken = await changed(demo, SET, opportunityId=deal, contactIds=[vendors, theirs])
    assert refusals(taken) == [("NOT_FOUND", ["contactIds", "1"])]
    both = await changed(demo, SET, VENDOR, opportunityId=deal, contactIds=[theirs, ours, vendors])
    assert [one["name"] for one in both["opportunity"]["contacts"]] == ["Theirs", "Ours", "Vendors"]
    mine = await changed(demo, SET, opportunityId=deal, contactIds=[vendors])
    assert [one["name"] for one in mine["opportunity"]["contacts"]] == ["Vendors"]
    seen = await demo.run("query($id: ID!) { opportunity(id: $id) { contacts { name } } }", VENDOR, id=deal)
    assert sorted(one["name"] for one in seen["opportunity"]["contacts"]) == ["Theirs", "Vendors"]


async def test_people_take_part_in_their_order_and_only_while_the_deal_is_with_their_customer(demo: Demo) -> None:
    deal, account = await deal_and_account(demo)
    ada, bob = await registered(demo, account, "Ada"), await registered(demo, account, "Bob")
    before = (await demo.run(ACCOUNT, id=deal))["opportunity"]["version"]
    taken = await changed(demo, SET, opportunityId=deal, contactIds=[bob, ada, bob], expectedVersion=before)
    assert taken["opportunity"] == {"version": before + 1, "contacts": [{"name": "Bob"}, {"name": "Ada"}]}
    same = await changed(demo, SET, opportunityId=deal, contactIds=[bob, ada])
    assert same["opportunity"]["version"] == before + 1
    late = await changed(demo, SET, opportunityId=deal, contactIds=[ada], expectedVersion=before)
    assert refusals(late) == [("CONFLICT", ["expectedVersion"])]
    many = await changed(demo, SET, opportunityId=deal, contactIds=[f"con_{new_id()}" for _ in range(51)])
    assert refusals(many) == [("INVALID", ["contactIds"])]
    update = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
      opportunity { contacts { name } } userErrors { code } } }"""
    moved = await changed(demo, update, opportunityId=deal, accountName=f"Another {new_id()}")
    assert moved["opportunity"]["contacts"] == []
    stranger = await changed(demo, SET, opportunityId=deal, contactIds=[ada])
    assert refusals(stranger) == [("NOT_FOUND", ["contactIds", "0"])], "they don't see that customer any more"
    assert refusals(await changed(demo, SET, VENDOR, opportunityId=deal, contactIds=[ada])) == [
        ("INVALID", ["contactIds", "0"])
    ]


async def test_people_are_filtered_and_ordered(demo: Demo) -> None:
    _, account = await deal_and_account(demo)
    for name, role in (("Carl", "LEGAL"), ("Ada", "CHAMPION"), ("Bob", None)):
        await registered(demo, account, name, buyingRole=role, title=f"{name}'s title")
    assert await names(demo, account) == ["Ada", "Bob", "Carl"]
    assert await names(demo, account, order={"field": "NAME", "direction": "DESC"}) == ["Carl", "Bob", "Ada"]
    assert await names(demo, account, order={"field": "UPDATED_AT", "direction": "ASC"}) == ["Carl", "Ada", "Bob"]
    assert await names(demo, account, filter={"buyingRoles": ["LEGAL", "CHAMPION"]}) == ["Ada", "Carl"]
    assert await names(demo, account, filter={"search": "bob tit"}) == ["Bob"]
    everywhere = "query($f: ContactFilter) { contacts(first: 10, filter: $f) { totalCount nodes { name } } }"
    found = (await demo.run(everywhere, f={"accountId": account}))["contacts"]
    assert found == {"totalCount": 3, "nodes": [{"name": "Ada"}, {"name": "Bob"}, {"name": "Carl"}]}


async def test_of_a_person_who_is_forgotten_nothing_is_left_anywhere(demo: Demo) -> None:
    deal, account = await deal_and_account(demo)
    secret = {"name": "Zanzibar Quux", "email": "zanzibar@quux.example", "phone": "+99 123 4567890"}
    made = await changed(demo, UPSERT, accountId=account, title="Zanzibari", clientMutationId=str(new_id()), **secret)
    contact = made["contact"]["id"]
    await changed(demo, SET, opportunityId=deal, contactIds=[contact])
    assert refusals(await changed(demo, REMOVE, contactId=contact, expectedVersion=7)) == [
        ("CONFLICT", ["expectedVersion"])
    ]
    before = (await demo.run(ACCOUNT, id=deal))["opportunity"]["version"]
    removed = await changed(demo, REMOVE, contactId=contact, expectedVersion=1)
    assert (await demo.run(ACCOUNT, id=deal))["opportunity"]["version"] == before + 1
    assert removed == {"contactId": contact, "account": {"id": account}, "userErrors": []}
    assert refusals(await changed(demo, REMOVE, contactId=contact)) == [("NOT_FOUND", ["contactId"])]
    tables = await demo.database.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    for table in [row["name"] for row in tables]:
        words = "t::text ILIKE '%zanzibar%' OR t::text LIKE '%4567890%'"
        assert await demo.value(f"SELECT count(*) FROM {table} t WHERE {words}") == 0, table


async def test_the_audit_log_says_who_did_what_in_ids(demo: Demo) -> None:
    _, account = await deal_and_account(demo)
    contact = (await changed(demo, UPSERT, accountId=account, **ADA))["contact"]["id"]
    await changed(demo, UPSERT, contactId=contact, phone="+1 555 0100")
    await changed(demo, REMOVE, contactId=contact)
    rows = await demo.database.fetch(
        "SELECT action, detail::text AS detail FROM audit_entry WHERE subject = $1 ORDER BY seq", contact
    )
    told = [(row["action"], orjson.loads(row["detail"])) for row in rows]
    assert [action for action, _ in told] == ["CONTACT_CHANGED", "CONTACT_CHANGED", "CONTACT_REMOVED"]
    fields = ["buyingRole", "email", "language", "name", "phone", "title"]
    assert [detail.get("fields") for _, detail in told] == [fields, ["phone"], None]
    assert {detail["accountId"] for _, detail in told} == {account.removeprefix("acc_")}
    assert [word for word in ("Ada", "Lovelace", "555 0100", "555-0101") if word in str(told)] == []


EVENTS = """{ events(last: 20) { nodes { type fields actor { name } contact { name } opportunity { id } } } }"""


async def test_events_of_a_person_are_seen_by_who_sees_them(demo: Demo) -> None:
    _, account = await deal_and_account(demo)
    competitors = await deal_of(demo, RIVAL)
    await demo.value(
        "UPDATE opportunity SET account_id = $1::text::uuid WHERE id = $2::text::uuid", account[4:], competitors[4:]
    )
    contact = await registered(demo, account, "Ours", title="CTO")
    await registered(demo, account, "Vendors", VENDOR)

    async def heard(who: str) -> list[tuple[str, Any]]:
        nodes = (await demo.run(EVENTS, who))["events"]["nodes"]
        return [(node["type"], node["contact"]["name"] if node["contact"] else None) for node in nodes
                if node["type"].startswith("CONTACT")]  # fmt: skip

    ours, vendors = ("CONTACT_CHANGED", "Ours"), ("CONTACT_CHANGED", "Vendors")
    assert await heard(SELLER) == await heard(MANAGER) == await heard(VENDOR) == [ours, vendors]
    assert await heard(RIVAL) == [vendors]
    assert await heard(COLLEAGUE) == []
    await changed(demo, REMOVE, contactId=contact)
    assert await heard(SELLER) == await heard(RIVAL) == [vendors]
    gone = ("CONTACT_CHANGED", None)
    assert await heard(VENDOR) == [gone, vendors, ("CONTACT_REMOVED", None)]


PUSHED = """subscription($id: ID!, $after: Cursor) { contactUpdated(contactId: $id, after: $after) {
  type fields contact { title } } }"""


async def test_a_change_of_a_person_is_pushed_to_who_sees_them(demo: Demo, tmp_path: Path) -> None:
    _, account = await deal_and_account(demo)
    contact = await registered(demo, account, "Ours")
    last = (await demo.run("{ events(last: 1) { nodes { cursor } } }", VENDOR))["events"]["nodes"][0]["cursor"]
    async with running(settings_for(demo.database.url, tmp_path)) as server, AsyncExitStack() as stack:
        heard = []
        for who in (SELLER, MANAGER, VENDOR):
            token = server.token_for(str(demo_id(f"user/{who}")))
            given = {"id": contact, "after": last}
            heard.append(await stack.enter_async_context(over_websocket(server.base_url, token, PUSHED, given)))
        body = {"query": UPSERT, "variables": {"input": {"contactId": contact, "title": "CTO"}}}
        headers = {"Authorization": f"Bearer {server.token_for(str(demo_id(f'user/{SELLER}')))}"}
        answer = (await server.client.post("/graphql", json=body, headers=headers)).json()
        assert answer["data"]["upsertContact"]["userErrors"] == []
        told = {"type": "CONTACT_CHANGED", "fields": ["title"], "contact": {"title": "CTO"}}
        for pushed in heard:
            assert (await anext(pushed))["data"]["contactUpdated"] == told
