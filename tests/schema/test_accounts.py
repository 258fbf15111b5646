"""Customers as users of the API register and change them, and what that does to their deals."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from app.database.rls import as_viewer
from app.deals.account_deals import follow_later
from app.demo.people import demo_id
from app.models.columns import new_id
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo

UPSERT = """mutation($input: UpsertAccountInput!) { upsertAccount(input: $input) { created
  account { id name version industry country employees annualRevenue domain registrationNumber }
  userErrors { code message path } clientMutationId } }"""
DEALS = """query($id: ID!, $first: Int, $filter: OpportunityFilter, $order: OpportunityOrder) { account(id: $id) {
  opportunities(first: $first, filter: $filter, orderBy: $order) { totalCount nodes { id name account { id } } } } }"""
CREATE = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { id version account { id } stage { key } } userErrors { code path } } }"""
DEAL = """query($id: ID!) { opportunity(id: $id) { version stage { key }
  criteria(scope: ALL) { criterion { key } met } transitions(first: 1) { nodes { automatic actor { name } } } } }"""


async def upsert(demo: Demo, who: str = SELLER, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await demo.run(UPSERT, who, input=given))["upsertAccount"]
    return answer


def refusals(answer: dict[str, Any]) -> list[tuple[str, list[str]]]:
    stale = ["expectedVersion"] in [error["path"] for error in answer["userErrors"]]
    assert answer["account"] is None or stale, "it comes along where it has changed"
    assert all(error["message"] for error in answer["userErrors"])
    return [(error["code"], error["path"]) for error in answer["userErrors"]]


async def new_account(demo: Demo, who: str = SELLER, **given: Any) -> str:
    answer = await upsert(demo, who, **{"name": f"Customer {new_id()}", **given})
    assert answer["created"], answer
    id: str = answer["account"]["id"]
    return id


async def new_deal(demo: Demo, account: str, who: str = SELLER, playbook: str = "saas") -> str:
    given = {"name": "Deal", "accountId": account, "playbookKey": playbook}
    answer = (await demo.run(CREATE, who, input=given))["createOpportunity"]
    assert answer["userErrors"] == []
    id: str = answer["opportunity"]["id"]
    return id


async def published(demo: Demo, key: str) -> None:
    create = (
        "mutation($i: CreatePlaybookInput!) { createPlaybook(input: $i) { playbook { id } userErrors { message } } }"
    )
    made = (await demo.run(create, VENDOR, i={"templateKey": key}))["createPlaybook"]
    publish = "mutation($i: PublishPlaybookInput!) { publishPlaybook(input: $i) { userErrors { message } } }"
    id = made["playbook"]["id"]
    assert (await demo.run(publish, VENDOR, i={"playbookId": id}))["publishPlaybook"]["userErrors"] == []


async def test_a_customer_is_registered_with_all_that_is_known_of_it(demo: Demo) -> None:
    given: dict[str, Any] = {
        "name": "  Müller  GmbH ",
        "industry": "Retail",
        "country": "de",
        "employees": 120,
        "annualRevenue": "1250000.50",
        "domain": "https://www.MÜLLER.de/kontakt?x=1",
        "registrationNumber": " HRB 1234 ",
    }
    answer = await upsert(demo, **given)
    assert answer["userErrors"] == []
    assert answer["created"] is True
    assert {name: value for name, value in answer["account"].items() if name != "id"} == {
        "name": "Müller GmbH",
        "version": 1,
        "industry": "Retail",
        "country": "DE",
        "employees": 120,
        "annualRevenue": "1250000.50",
        "domain": "müller.de",
        "registrationNumber": "HRB 1234",
    }


async def test_without_an_id_it_is_the_partners_own_of_this_name_however_it_is_spelt(demo: Demo) -> None:
    first = await upsert(demo, name="Straße AG")
    again = await upsert(demo, MANAGER, name="STRASSE  ag", employees=5)
    rivals = await upsert(demo, RIVAL, name="Straße AG")
    assert [first["created"], again["created"], rivals["created"]] == [True, False, True]
    assert first["account"]["id"] == again["account"]["id"] != rivals["account"]["id"]
    assert (again["account"]["name"], again["account"]["version"]) == ("STRASSE ag", 2)


async def test_what_is_left_out_stays_null_empties_and_no_difference_changes_nothing(demo: Demo) -> None:
    id = await new_account(demo, country="AT", employees=7, domain="example.com")
    changed = (await upsert(demo, accountId=id, country=None, domain="  "))["account"]
    assert (changed["country"], changed["employees"], changed["domain"], changed["version"]) == (None, 7, None, 2)
    assert (await upsert(demo, accountId=id, employees=7, country="", expectedVersion=2))["account"]["version"] == 2


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": None}, "name"),
        ({"name": " \u200b "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"industry": "x" * 121}, "industry"),
        ({"country": "x" * 101}, "country"),
        ({"employees": -1}, "employees"),
        ({"employees": 100_000_001}, "employees"),
        ({"annualRevenue": "-0.01"}, "annualRevenue"),
        ({"annualRevenue": "1000000000000000"}, "annualRevenue"),
        ({"annualRevenue": "0.00001"}, "annualRevenue"),
        ({"domain": "example"}, "domain"),
        ({"domain": "10.0.0.1"}, "domain"),
        ({"domain": "two words.com"}, "domain"),
        ({"domain": f"{'a' * 64}.com"}, "domain"),
        ({"registrationNumber": "x" * 101}, "registrationNumber"),
    ],
)
async def test_what_no_customer_can_have_is_refused_and_changes_nothing(
    demo: Demo, given: dict[str, Any], path: str
) -> None:
    id = await new_account(demo)
    before = await demo.value("SELECT a::text FROM account a WHERE id = $1", UUID(id[4:]))
    assert refusals(await upsert(demo, accountId=id, **given)) == [("INVALID", [path])]
    assert await demo.value("SELECT a::text FROM account a WHERE id = $1", UUID(id[4:])) == before


async def test_a_new_one_needs_a_name(demo: Demo) -> None:
    assert refusals(await upsert(demo, country="DE")) == [("INVALID", ["name"])]


async def test_a_version_that_is_not_the_one_now_is_a_conflict(demo: Demo) -> None:
    id = await new_account(demo, name="Once")
    assert refusals(await upsert(demo, accountId=id, employees=1, expectedVersion=7)) == [
        ("CONFLICT", ["expectedVersion"])
    ]
    assert refusals(await upsert(demo, name="ONCE", expectedVersion=0)) == [("CONFLICT", ["expectedVersion"])]
    assert refusals(await upsert(demo, name="Never", expectedVersion=3)) == [("CONFLICT", ["expectedVersion"])]
    assert (await upsert(demo, name="Newly", expectedVersion=0))["created"] is True


async def test_a_customer_does_not_take_the_name_of_another_of_the_partner(demo: Demo) -> None:
    await new_account(demo, name="Taken")
    await new_account(demo, RIVAL, name="Theirs")
    id = await new_account(demo, name="Mine")
    assert refusals(await upsert(demo, accountId=id, name="TAKEN")) == [("CONFLICT", ["name"])]
    assert (await upsert(demo, accountId=id, name="Theirs"))["userErrors"] == []
    assert (await upsert(demo, accountId=id, name="THEIRS"))["account"]["name"] == "THEIRS"


async def vendors_customer(demo: Demo, name: str, who: str) -> str:
    """One as imports make it, that a deal of this person's is with."""
    id = await new_account(demo, VENDOR, name=name)
    other = await new_deal(demo, await new_account(demo, who), who, "it-software")
    await demo.value("UPDATE opportunity SET account_id = $1 WHERE id = $2", UUID(id[4:]), UUID(other[4:]))
    return id


async def test_nobody_learns_by_a_name_of_a_customer_that_they_do_not_see(demo: Demo) -> None:
    await vendors_customer(demo, "Rivals", RIVAL)
    await vendors_customer(demo, "Colleagues", COLLEAGUE)
    seen = await vendors_customer(demo, "Seen", SELLER)
    id = await new_account(demo, name="Mine")
    assert refusals(await upsert(demo, accountId=id, name="seen")) == [("CONFLICT", ["name"])]
    for name in ("rivals", "colleagues", "nobody"):
        assert (await upsert(demo, accountId=id, name=name))["userErrors"] == []
        assert refusals(await upsert(demo, accountId=seen, name=name)) == [("FORBIDDEN", ["name"])]
    assert refusals(await upsert(demo, MANAGER, accountId=id, name="Colleagues")) == [("CONFLICT", ["name"])]


async def test_a_renamed_customer_is_found_by_its_new_name(demo: Demo) -> None:
    id = await new_account(demo, name="Before")
    deal = await new_deal(demo, id, playbook="it-software")
    await upsert(demo, accountId=id, name="Afterwards")
    found = await demo.run('query { opportunities(filter: {search: "Afterwards"}) { nodes { id } } }')
    assert [node["id"] for node in found["opportunities"]["nodes"]] == [deal]
    assert (await upsert(demo, name="afterwards"))["account"]["id"] == id


async def test_what_an_import_stands_in_for_unknown_customers_stays_as_it_is(demo: Demo) -> None:
    id = new_id()
    await demo.value("INSERT INTO account (id, external_id, name) VALUES ($1, 'crm:', '(no account yet)')", id)
    assert refusals(await upsert(demo, VENDOR, accountId=f"acc_{id}", country="DE")) == [("INVALID", ["accountId"])]


async def test_its_deals_are_those_that_the_viewer_sees(demo: Demo) -> None:
    id = await new_account(demo)
    mine, theirs = await new_deal(demo, id, playbook="it-software"), await new_deal(demo, id, COLLEAGUE, "it-software")
    order = {"field": "NAME", "direction": "ASC"}
    seen = (await demo.run(DEALS, id=id, first=1, order=order))["account"]["opportunities"]
    assert seen == {"totalCount": 1, "nodes": [{"id": mine, "name": "Deal", "account": {"id": id}}]}
    all_of_them = (await demo.run(DEALS, MANAGER, id=id))["account"]["opportunities"]["nodes"]
    assert {node["id"] for node in all_of_them} == {mine, theirs}
    found = await demo.run(DEALS, MANAGER, id=id, filter={"search": "deal", "status": ["OPEN"]})
    assert found["account"]["opportunities"]["totalCount"] == 2
    assert (await demo.run(DEALS, RIVAL, id=id))["account"] is None


async def test_a_change_is_audited_by_names_of_fields_alone(demo: Demo) -> None:
    id = await new_account(demo, name="Secret name", employees=3)
    await upsert(demo, accountId=id, employees=4, country="DE")
    rows = await demo.database.fetch(
        "SELECT actor_id, mutation, detail::text AS detail FROM audit_entry WHERE subject = $1 ORDER BY seq", id
    )
    assert [row["detail"] for row in rows] == [
        '{"fields": ["employees", "name"], "created": true, "version": 1}',
        '{"fields": ["country", "employees"], "created": false, "version": 2}',
    ]
    assert {(row["actor_id"], row["mutation"]) for row in rows} == {(demo_id(f"user/{SELLER}"), "upsertAccount")}


async def test_asked_again_with_the_same_client_mutation_id_it_is_changed_once(demo: Demo) -> None:
    given = {"name": "Idempotent", "clientMutationId": str(new_id())}
    first, again = await upsert(demo, **given), await upsert(demo, **given)
    assert first == again
    assert await demo.value("SELECT count(*) FROM account WHERE name = 'Idempotent'") == 1


async def met(demo: Demo, deal: str, key: str, who: str = SELLER) -> bool:
    states = (await demo.run(DEAL, who, id=deal))["opportunity"]["criteria"]
    return bool(next(state["met"] for state in states if state["criterion"]["key"] == key))


async def jobs_of(demo: Demo) -> list[dict[str, Any]]:
    rows = await demo.database.fetch(
        "SELECT args::text AS args FROM procrastinate_jobs WHERE task_name = 'follow_account' AND status = 'todo'"
    )
    return [orjson.loads(row["args"]) for row in rows]


async def test_a_change_meets_and_unmeets_criteria_and_tells_the_deals(demo: Demo) -> None:
    await published(demo, "saas")
    id = await new_account(demo)
    deal = await new_deal(demo, id)
    assert not await met(demo, deal, "company-known")
    await upsert(demo, accountId=id, country="DE", employees=12)
    assert await met(demo, deal, "company-known")
    event = "SELECT payload::text FROM event WHERE opportunity_id = $1 ORDER BY seq DESC LIMIT 1"
    assert await demo.value(event, UUID(deal[4:])) == '{"fields": ["account"]}'
    assert (await demo.run(DEAL, id=deal))["opportunity"]["version"] == 2, "advice on the deal is no longer fresh"
    await upsert(demo, accountId=id, employees=None)
    assert not await met(demo, deal, "company-known")
    await upsert(demo, accountId=id, registrationNumber="HRB 1")
    assert (await demo.run(DEAL, id=deal))["opportunity"]["version"] == 3, "no condition sees a registration number"


async def test_the_change_that_meets_the_last_criterion_lets_every_deal_advance_whoever_sees_it(demo: Demo) -> None:
    await published(demo, "saas")
    id = await new_account(demo)
    mine = await new_deal(demo, id)
    colleagues = await new_deal(demo, id, COLLEAGUE)
    rivals = await new_deal(demo, await new_account(demo, RIVAL), RIVAL)
    await demo.value("UPDATE opportunity SET account_id = $1 WHERE id = $2", UUID(id[4:]), UUID(rivals[4:]))
    back = await new_deal(demo, id)
    for deal in (mine, colleagues, rivals):
        await demo.value(
            "INSERT INTO criterion_mark (id, opportunity_id, criterion_id, met, marked_at, confirmed_as)"
            " SELECT $2, $1, c.id, TRUE, now(), 'VENDOR' FROM criterion c JOIN stage s ON s.id = c.stage_id"
            " JOIN opportunity o ON o.stage_id = s.id"
            " WHERE o.id = $1 AND c.key = 'route-agreed'",
            UUID(deal[4:]),
            new_id(),
        )
    await upsert(demo, accountId=id, country="DE", employees=12)
    stages = {deal: (await demo.run(DEAL, VENDOR, id=deal))["opportunity"] for deal in (mine, colleagues, rivals, back)}
    assert {deal: found["stage"]["key"] for deal, found in stages.items()} == {
        mine: "discovery",
        colleagues: "registered-lead",
        rivals: "registered-lead",
        back: "registered-lead",
    }
    assert stages[mine]["transitions"]["nodes"] == [{"automatic": True, "actor": {"name": SELLER}}]
    (job,) = await jobs_of(demo)
    with as_viewer(None):
        await follow_later(**job)
    for deal in (colleagues, rivals):
        moved = (await demo.run(DEAL, VENDOR, id=deal))["opportunity"]
        assert (moved["stage"]["key"], moved["transitions"]["nodes"][0]["automatic"]) == ("discovery", True)
    assert (await demo.run(DEAL, RIVAL, id=rivals))["opportunity"]["transitions"]["nodes"] == [
        {"automatic": True, "actor": None}
    ]
    assert (await demo.run(DEAL, VENDOR, id=mine))["opportunity"]["version"] == stages[mine]["version"]
