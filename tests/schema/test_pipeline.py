"""The pipeline over versions of a playbook, and what a channel manager filters and orders deals by."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from app.demo.people import demo_id
from tests.schema.subscribers import over_websocket
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo
from tests.serving import running, settings_for
from tests.waiting import PATIENCE

SUMMARY = """query($f: OpportunityFilter) { pipeline(filter: $f) {
  stages { stage { id key name playbook { key version status } } count stalledCount medianDaysInStage
    amount { amount currency } weightedAmount { amount currency } } total { count amount { amount currency } } } }"""
DEALS = """query($f: OpportunityFilter, $o: OpportunityOrder, $n: Int = 100, $after: Cursor) {
  opportunities(first: $n, filter: $f, orderBy: $o, after: $after) { totalCount pageInfo { endCursor hasNextPage }
    nodes { id closedAt createdAt source winProbability partner { id } stage { key } } } }"""
OTHER = "Grace Adeyemi"
"""The other channel manager."""


async def two_versions(demo: Demo) -> None:
    """Publishes a second version; some open deals, and a closed one, stay on the first."""
    rows = "SELECT id FROM playbook WHERE key = 'it-software' AND status = 'PUBLISHED'"
    first = await demo.value(rows)
    create = "mutation($input: CreatePlaybookInput!) { createPlaybook(input: $input) { playbook { id } } }"
    made = await demo.run(create, VENDOR, input={"copyOf": f"pbk_{first}"})
    draft = made["createPlaybook"]["playbook"]["id"]
    publish = "mutation($input: PublishPlaybookInput!) { publishPlaybook(input: $input) { userErrors { code } } }"
    done = await demo.run(publish, VENDOR, input={"playbookId": draft})
    assert done["publishPlaybook"]["userErrors"] == []
    # As deals that were reopened later stay on their version: every other one goes back.
    await demo.value(
        "UPDATE opportunity o SET playbook_id = $1, stage_id = s.id FROM stage s, stage n"
        " WHERE s.playbook_id = $1 AND n.id = o.stage_id AND n.key = s.key AND o.status = 'OPEN'"
        " AND n.playbook_id <> $1 AND get_byte(uuid_send(o.id), 15) % 2 = 0"
        " AND n.playbook_id IN (SELECT id FROM playbook WHERE key = 'it-software')",
        first,
    )
    await demo.value("UPDATE stage SET win_probability = 0.01 WHERE playbook_id = $1 AND kind = 'OPEN'", first)


@pytest.mark.parametrize("who", [VENDOR, MANAGER])
async def test_a_stage_has_one_row_however_many_versions_its_deals_are_on(demo: Demo, who: str) -> None:
    before = (await demo.run(SUMMARY, who))["pipeline"]
    await two_versions(demo)
    after = (await demo.run(SUMMARY, who))["pipeline"]
    assert [(s["stage"]["playbook"]["key"], s["stage"]["key"]) for s in after["stages"]] == [
        (s["stage"]["playbook"]["key"], s["stage"]["key"]) for s in before["stages"]
    ]
    for old, new in zip(before["stages"], after["stages"], strict=True):
        same = ("count", "stalledCount", "amount")
        assert {name: new[name] for name in same} == {name: old[name] for name in same}
        assert new["medianDaysInStage"] == pytest.approx(old["medianDaysInStage"], abs=0.01)
    ours = [s for s in after["stages"] if s["stage"]["playbook"]["key"] == "it-software"]
    assert {s["stage"]["playbook"]["status"] for s in ours} == {"PUBLISHED"}
    assert {s["stage"]["playbook"]["version"] for s in ours} == {2}
    assert after["total"] == before["total"]
    # Each deal is weighted by the version it is on.
    rows = await demo.database.fetch(
        "SELECT s.key, o.currency, sum(o.amount * s.win_probability::numeric) AS weighted FROM opportunity o"
        " JOIN stage s ON s.id = o.stage_id JOIN playbook p ON p.id = s.playbook_id"
        " WHERE o.status = 'OPEN' AND p.key = 'it-software' AND o.amount IS NOT NULL AND ($1::uuid IS NULL"
        " OR o.partner_id = $1) GROUP BY 1, 2",
        None if who == VENDOR else demo_id("org/alpine-it"),
    )
    weighted = {
        (s["stage"]["key"], money["currency"]): float(money["amount"]) for s in ours for money in s["weightedAmount"]
    }
    assert weighted == pytest.approx({(row["key"], row["currency"]): float(row["weighted"]) for row in rows})


async def test_a_stage_that_the_published_version_lacks_is_shown_as_the_newest_that_holds_deals(demo: Demo) -> None:
    await two_versions(demo)
    await demo.value(
        "UPDATE stage SET key = 'renamed' WHERE key = 'discovery' AND playbook_id = (SELECT id FROM playbook"
        " WHERE key = 'it-software' AND status = 'PUBLISHED')"
    )
    found = (await demo.run(SUMMARY, VENDOR))["pipeline"]
    versions = {
        s["stage"]["key"]: s["stage"]["playbook"]["version"]
        for s in found["stages"]
        if s["stage"]["playbook"]["key"] == "it-software"
    }
    assert (versions["discovery"], versions["renamed"]) == (1, 2)
    assert found["total"]["count"] == sum(stage["count"] for stage in found["stages"])


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({"source": ["PARTNER"]}, "source = 'PARTNER'"),
    ({"source": ["VENDOR", "CO_SELL"]}, "source <> 'PARTNER'"),
    ({"source": []}, "FALSE"),
    ({"winProbability": {"min": 0.5}}, "(SELECT s.win_probability >= 0.5 FROM stage s WHERE s.id = o.stage_id)"),
    (
        {"winProbability": {"min": 0.2, "max": 0.5}},
        "(SELECT s.win_probability BETWEEN 0.2 AND 0.5 FROM stage s WHERE s.id = o.stage_id)",
    ),
    ({"created": {"from": "2026-01-01"}}, "created_at >= '2026-01-01Z'"),
    ({"created": {"to": "2026-06-30"}}, "created_at < '2026-07-01Z'"),
    (
        {"closed": {"from": "2026-01-01", "to": "2026-06-30"}},
        "closed_at >= '2026-01-01Z' AND closed_at < '2026-07-01Z'",
    ),
    ({"closed": {"from": "0001-01-01", "to": "9999-12-31"}}, "closed_at IS NOT NULL"),
    (
        {"partnerIds": [f"ptr_{demo_id('org/alpine-it')}", f"ptr_{demo_id('org/ferrum')}"]},
        "(SELECT g.key IN ('alpine-it', 'ferrum') FROM organization g WHERE g.id = o.partner_id)",
    ),
    ({"myPartners": True}, "(SELECT g.channel_manager_id = $1 FROM organization g WHERE g.id = o.partner_id)"),
    (
        {"myPartners": False},
        "(SELECT g.channel_manager_id = $1 FROM organization g WHERE g.id = o.partner_id) IS NOT TRUE",
    ),
    ({"myPartners": None, "partnerIds": None, "source": None, "closed": None, "winProbability": None}, "TRUE"),
]


@pytest.mark.parametrize(("filter", "condition"), FILTERS, ids=[str(filter) for filter, _ in FILTERS])
async def test_deals_and_pipeline_are_filtered_alike(demo: Demo, filter: dict[str, Any], condition: str) -> None:
    await demo.value("UPDATE opportunity SET partner_id = NULL WHERE name < 'B'")
    await demo.value("UPDATE opportunity SET source = 'CO_SELL' WHERE name BETWEEN 'B' AND 'D'")
    for who in (VENDOR, OTHER):
        expected = await demo.value(
            f"SELECT count(*) FROM opportunity o WHERE ({condition}) AND $1::uuid IS NOT NULL", demo_id(f"user/{who}")
        )
        found = await demo.run(DEALS, who, f=filter)
        assert found["opportunities"]["totalCount"] == expected
        statuses = {"status": ["OPEN", "WON", "LOST"]}
        summary = await demo.run(SUMMARY, who, f={**filter, **statuses})
        assert summary["pipeline"]["total"]["count"] == expected


async def test_each_channel_manager_sees_their_own_partners(demo: Demo) -> None:
    partners = {}
    for who in (VENDOR, OTHER):
        found = (await demo.run(DEALS, who, f={"myPartners": True}))["opportunities"]["nodes"]
        partners[who] = {deal["partner"]["id"] for deal in found}
    assert all(partners.values())
    assert partners[VENDOR].isdisjoint(partners[OTHER])
    # Nobody at a partner manages a partner, whoever they are.
    assert (await demo.run(DEALS, SELLER, f={"myPartners": True}))["opportunities"]["totalCount"] == 0
    own = (await demo.run(DEALS, SELLER, f={"myPartners": False}))["opportunities"]["totalCount"]
    assert own == (await demo.run(DEALS, SELLER))["opportunities"]["totalCount"] > 0


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["CLOSED_AT", "CREATED_AT", "SOURCE", "WIN_PROBABILITY"])
async def test_orders_go_through_all_deals_page_by_page(demo: Demo, field: str, direction: str) -> None:
    await demo.value("UPDATE opportunity SET source = 'CO_SELL' WHERE name BETWEEN 'B' AND 'D'")
    name = {"CLOSED_AT": "closedAt", "CREATED_AT": "createdAt", "SOURCE": "source"}.get(field, "winProbability")
    order, seen, after = {"field": field, "direction": direction}, [], None
    while True:
        page = (await demo.run(DEALS, MANAGER, o=order, n=17, after=after))["opportunities"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len({deal["id"] for deal in seen}) == page["totalCount"]
    values = [deal[name] for deal in seen if deal[name] is not None]
    assert values == sorted(values, reverse=direction == "DESC")
    assert [deal[name] is None for deal in seen] == sorted(deal[name] is None for deal in seen)


async def test_the_pipeline_of_what_was_closed_needs_no_status(demo: Demo) -> None:
    found = (await demo.run(SUMMARY, VENDOR, f={"closed": {"from": "2000-01-01"}}))["pipeline"]
    assert found["total"]["count"] == await demo.value("SELECT count(*) FROM opportunity WHERE status <> 'OPEN'")


async def test_deals_are_found_by_the_names_of_partner_and_owner_as_far_as_the_viewer_sees_them(demo: Demo) -> None:
    for who, text, condition in (
        (VENDOR, "brightwater", "o.partner_id = (SELECT id FROM organization WHERE key = 'brightwater')"),
        (VENDOR, "daniel clarke", "o.owner_id = (SELECT id FROM user_account WHERE name = 'Daniel Clarke')"),
        (MANAGER, "alpine", "o.partner_id = (SELECT id FROM organization WHERE key = 'alpine-it')"),
        (MANAGER, "kovac", "o.owner_id = (SELECT id FROM user_account WHERE name = 'Mirela Kovač')"),
        (MANAGER, "brightwater", "FALSE"),
        (SELLER, "daniel clarke", "FALSE"),
    ):
        found = {deal["id"] for deal in (await demo.run(DEALS, who, f={"search": text}))["opportunities"]["nodes"]}
        rows = await demo.database.fetch(f"SELECT id FROM opportunity o WHERE {condition}")
        if condition == "FALSE":
            assert found == set(), (who, text)
        else:
            assert found >= {f"opp_{row['id']}" for row in rows} > set(), (who, text)


async def test_statements_do_not_depend_on_what_is_filtered_or_found(demo: Demo) -> None:
    few = {"f": {"myPartners": True, "partnerIds": [f"ptr_{demo_id('org/ferrum')}"], "closed": {"from": "2026-01-01"}}}
    order = {"o": {"field": "WIN_PROBABILITY", "direction": "DESC"}}
    counts = {await demo.statements_of(DEALS, VENDOR, **given) for given in ({}, few, order, {**few, **order})}
    assert len(counts) == 1
    found = await demo.statements_of(SUMMARY, VENDOR, f={"myPartners": True, "winProbability": {"max": 1.0}})
    assert await demo.statements_of(SUMMARY, VENDOR) == found


MOVES = """subscription { opportunityStageChanged { opportunity { id account {
  opportunities(first: 1, filter: {myPartners: true}) { totalCount } } } } }"""


async def test_whoever_listens_to_their_own_partners_deals_hears_of_their_own(demo: Demo, tmp_path: Path) -> None:
    """Two of the vendor's people ask the same of an event, and are each answered for themselves."""
    partner = f"ptr_{demo_id('org/alpine-it')}"
    manager = await demo.value("SELECT channel_manager_id FROM organization WHERE key = 'alpine-it'")
    async with running(settings_for(demo.database.url, tmp_path)) as server, AsyncExitStack() as lines:
        told = {}
        for who in (VENDOR, OTHER):
            token = server.token_for(str(demo_id(f"user/{who}")))
            told[who] = await lines.enter_async_context(over_websocket(server.base_url, token, MOVES, {}))
        async with asyncio.timeout(PATIENCE):
            heard = {who: asyncio.ensure_future(anext(line)) for who, line in told.items()}
            while not all(task.done() for task in heard.values()):
                given = {"name": "Deal", "accountName": "Only once", "playbookKey": "it-software", "partnerId": partner}
                create = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { left } }"
                await server.ask(create, {"input": given}, token=server.token_for(str(demo_id(f"user/{VENDOR}"))))
                await asyncio.wait(heard.values(), timeout=0.2)
            answers = {who: task.result()["data"]["opportunityStageChanged"] for who, task in heard.items()}
    for who, answer in answers.items():
        count = answer["opportunity"]["account"]["opportunities"]["totalCount"]
        assert (count > 0) == (demo_id(f"user/{who}") == manager), who
