"""Playbooks that are for some partners alone: others see nothing of them but what their own deals are on."""

from typing import Any

import pytest

from app.database.rls import as_viewer
from app.database.sql import sql
from app.demo.people import demo_id
from app.identity.rls_policies import rls_setting
from app.identity.scopes import scope_of, slots_of
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from tests.schema.world import MANAGER, RIVAL, SELLER, VENDOR, Demo

ALPINE, BRIGHTWATER = (f"ptr_{demo_id(f'org/{key}')}" for key in ("alpine-it", "brightwater"))
SILVER = "Lucía Romero"
LIMIT = """mutation($input: SetPlaybookAvailabilityInput!) { setPlaybookAvailability(input: $input) {
  playbook { availableToTiers availableToPartners { key } } userErrors { code path } } }"""
CREATE = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { playbook { key } } userErrors { code path message } } }"""
LISTED = "{ playbooks(first: 50) { totalCount nodes { key } } }"


async def limit(demo: Demo, key: str, **given: Any) -> dict[str, Any]:
    id = await demo.value("SELECT id FROM playbook WHERE key = $1 ORDER BY version LIMIT 1", key)
    answer = await demo.run(LIMIT, VENDOR, input={"playbookId": f"pbk_{id}", **given})
    payload: dict[str, Any] = answer["setPlaybookAvailability"]
    assert payload["userErrors"] == []
    return payload


async def ids_of(demo: Demo, key: str) -> list[str]:
    """Of a playbook and all that is in it."""
    rows = await demo.database.fetch(
        "WITH s AS (SELECT s.id FROM stage s JOIN playbook p ON p.id = s.playbook_id WHERE p.key = $1)"
        " SELECT 'pbk_' || id AS id FROM playbook WHERE key = $1 UNION ALL SELECT 'stg_' || id FROM s"
        " UNION ALL SELECT 'crt_' || c.id FROM criterion c JOIN s ON s.id = c.stage_id"
        " UNION ALL SELECT 'act_' || a.id FROM activity a JOIN s ON s.id = a.stage_id"
        " UNION ALL SELECT 'qst_' || q.id FROM qualification_question q JOIN playbook p ON p.id = q.playbook_id"
        " WHERE p.key = $1",
        key,
    )
    return [row["id"] for row in rows]


async def found(demo: Demo, ids: list[str], who: str) -> int:
    nodes: list[Any] = []
    for n in range(0, len(ids), 50):
        query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
        nodes += (await demo.run(query, who, ids=ids[n : n + 50]))["nodes"]
    return len([node for node in nodes if node is not None])


async def without_deals(demo: Demo, key: str) -> None:
    """Nobody but Brightwater has had a deal on it."""
    await demo.database.fetch(
        "DELETE FROM opportunity o USING playbook p WHERE p.id = o.playbook_id AND p.key = $1 AND o.partner_id <> $2",
        key,
        demo_id("org/brightwater"),
    )


async def test_a_partner_outside_sees_nothing_of_it(demo: Demo) -> None:
    await without_deals(demo, "manufacturing")
    ids = await ids_of(demo, "manufacturing")
    assert len(ids) > 40
    assert await found(demo, ids, SELLER) == len(ids)
    before = (await demo.run(LISTED, SELLER))["playbooks"]

    assert await limit(demo, "manufacturing", availableToPartnerIds=[BRIGHTWATER]) == {
        "playbook": {"availableToTiers": [], "availableToPartners": [{"key": "brightwater"}]},
        "userErrors": [],
    }

    for who in (SELLER, MANAGER):
        assert await found(demo, ids, who) == 0
        after = (await demo.run(LISTED, who))["playbooks"]
        assert after["totalCount"] == before["totalCount"] - 1
        assert "manufacturing" not in [node["key"] for node in after["nodes"]]
        assert await demo.run('{ playbook(key: "manufacturing") { id } }', who) == {"playbook": None}
        assert await demo.run('{ playbook(key: "manufacturing", version: 1) { id } }', who) == {"playbook": None}
    for who in (RIVAL, VENDOR):
        assert await found(demo, ids, who) == len(ids)


@pytest.mark.parametrize("who", [SELLER, MANAGER])
async def test_a_partner_outside_begins_no_deal_on_it_as_if_there_were_none(demo: Demo, who: str) -> None:
    await limit(demo, "manufacturing", availableToPartnerIds=[BRIGHTWATER])
    answers = []
    for key in ("manufacturing", "no-such-playbook"):
        given = {"name": "Deal", "accountName": "Customer", "playbookKey": key}
        answers.append((await demo.run(CREATE, who, input=given))["createOpportunity"])
    assert answers[0] == answers[1]
    (error,) = answers[0]["userErrors"]
    assert (error["code"], error["path"]) == ("INVALID", ["playbookKey"])
    assert "manufacturing" not in error["message"]


async def test_nor_does_the_vendor_for_it_or_by_the_customers_industry(demo: Demo) -> None:
    await limit(demo, "manufacturing", availableToPartnerIds=[BRIGHTWATER])
    given = {"name": "Deal", "accountName": "Customer", "playbookKey": "manufacturing"}
    expected = {ALPINE: ["INVALID"], BRIGHTWATER: [], None: []}
    for partner, codes in expected.items():
        answer = (await demo.run(CREATE, VENDOR, input={**given, "partnerId": partner}))["createOpportunity"]
        assert [error["code"] for error in answer["userErrors"]] == codes
    industry = await demo.value("SELECT industry FROM playbook WHERE key = 'manufacturing'")
    account = await demo.value(
        "INSERT INTO account (id, name, industry, partner_id) VALUES (gen_random_uuid(), 'Mill', $1, $2) RETURNING id",
        industry,
        demo_id("org/alpine-it"),
    )
    answer = await demo.run(CREATE, SELLER, input={"name": "Deal", "accountId": f"acc_{account}"})
    made = answer["createOpportunity"]["opportunity"]  # on the only one that is for them
    assert made == {"playbook": {"key": "it-software"}}


async def test_its_deals_stay_with_their_playbook_for_who_sees_them(demo: Demo) -> None:
    deal = await demo.value(
        "SELECT o.id FROM opportunity o JOIN playbook p ON p.id = o.playbook_id"
        " WHERE p.key = 'it-software' AND o.owner_id = $1 AND o.status = 'OPEN' ORDER BY o.id LIMIT 1",
        demo_id(f"user/{SELLER}"),
    )
    query = """query($id: ID!) { opportunity(id: $id) { stage { name contents(first: 3) { nodes { key } } }
      playbook { key stages { key exitCriteria { key } activities { key } } qualificationQuestions { key } }
      criteria(scope: ALL) { criterion { description } met } allowedTransitions { stage { key } }
      transitions(first: 5) { nodes { fromStage { key } toStage { key } } }
      recommendations { actions { title } } } }"""
    before = await demo.run(query, SELLER, id=f"opp_{deal}")
    await limit(demo, "it-software", availableToPartnerIds=[BRIGHTWATER])
    assert await demo.run(query, SELLER, id=f"opp_{deal}") == before
    assert len(before["opportunity"]["playbook"]["stages"]) > 5
    ids = await ids_of(demo, "it-software")
    assert await found(demo, ids, SELLER) == len(ids)
    given = {"name": "Deal", "accountName": "Customer", "playbookKey": "it-software"}
    answer = (await demo.run(CREATE, SELLER, input=given))["createOpportunity"]
    assert [error["code"] for error in answer["userErrors"]] == ["INVALID"]


async def test_the_past_of_a_deal_that_left_it_is_told_as_before(demo: Demo) -> None:
    deal = await demo.value(
        "UPDATE opportunity SET partner_id = $1, owner_id = $2 WHERE id = (SELECT o.id FROM opportunity o"
        " JOIN playbook p ON p.id = o.playbook_id WHERE p.key = 'manufacturing' AND o.status = 'OPEN'"
        " ORDER BY o.id LIMIT 1) RETURNING id",
        demo_id("org/brightwater"),
        demo_id(f"user/{RIVAL}"),
    )
    query = """query($id: ID!) { opportunity(id: $id) { transitions(first: 9, after: null) {
      nodes { fromStage { key playbook { key } } toStage { key playbook { key } } } } } }"""
    before = (await demo.run(query, RIVAL, id=f"opp_{deal}"))["opportunity"]["transitions"]["nodes"]
    move = """mutation($input: MovePlaybookInput!) { movePlaybook(input: $input) {
      opportunity { playbook { key } } transition { kind } userErrors { code message } } }"""
    given = {
        "opportunityId": f"opp_{deal}",
        "playbookKey": "it-software",
        "stageKey": "discovery",
        "reason": "It is software after all",
    }
    moved = (await demo.run(move, VENDOR, input=given))["movePlaybook"]
    assert (moved["userErrors"], moved["opportunity"]) == ([], {"playbook": {"key": "it-software"}})
    await demo.database.fetch(
        "DELETE FROM opportunity o USING playbook p WHERE p.id = o.playbook_id AND p.key = 'manufacturing'"
    )
    await limit(demo, "manufacturing", availableToPartnerIds=[ALPINE])
    after = (await demo.run(query, RIVAL, id=f"opp_{deal}"))["opportunity"]["transitions"]["nodes"]
    assert after[1:] == before
    assert after[0]["fromStage"]["playbook"] == {"key": "manufacturing"}


async def test_tiers_and_partners_add_up_and_nothing_named_is_everybody(demo: Demo) -> None:
    await without_deals(demo, "manufacturing")

    async def seen_by_all() -> list[bool]:
        query = '{ playbook(key: "manufacturing") { id } }'
        return [(await demo.run(query, who))["playbook"] is not None for who in (SELLER, SILVER, VENDOR)]

    await limit(demo, "manufacturing", availableToTiers=["PLATINUM"])
    assert await seen_by_all() == [True, False, True]
    await limit(demo, "manufacturing", availableToTiers=["SILVER"])
    assert await seen_by_all() == [False, True, True]
    await limit(demo, "manufacturing", availableToPartnerIds=[ALPINE])
    assert await seen_by_all() == [True, True, True]
    await limit(demo, "manufacturing", availableToTiers=[])
    assert await seen_by_all() == [True, False, True]
    await limit(demo, "manufacturing", availableToPartnerIds=[])
    assert await seen_by_all() == [True, True, True]


async def test_content_that_helps_on_nothing_else_is_not_for_those_outside(demo: Demo) -> None:
    await without_deals(demo, "manufacturing")
    upsert = (
        "mutation($input: UpsertContentInput!) { upsertContent(input: $input) { content { id } userErrors { code } } }"
    )
    links: dict[str, list[dict[str, Any]]] = {
        "secret": [{"playbookKey": "manufacturing", "stageKey": None}],
        "both": [
            {"playbookKey": "manufacturing", "stageKey": None},
            {"playbookKey": "it-software", "stageKey": "discovery"},
        ],
        "loose": [],
    }
    stage = await demo.value(
        "SELECT s.key FROM stage s JOIN playbook p ON p.id = s.playbook_id WHERE p.key = 'manufacturing'"
        " ORDER BY s.position LIMIT 1"
    )
    ids = {}
    for key, linked in links.items():
        stages = [{**one, "stageKey": one["stageKey"] or stage, "position": 0} for one in linked]
        given = {"key": key, "title": key, "kind": "DECK", "stages": stages}
        ids[key] = (await demo.run(upsert, VENDOR, input=given))["upsertContent"]["content"]["id"]

    async def seen(who: str) -> list[str]:
        query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Content { key } } }"
        nodes = (await demo.run(query, who, ids=list(ids.values())))["nodes"]
        return [node["key"] for node in nodes if node]

    assert await seen(SELLER) == ["secret", "both", "loose"]
    await limit(demo, "manufacturing", availableToPartnerIds=[BRIGHTWATER])
    assert await seen(SELLER) == ["both", "loose"]
    assert await seen(RIVAL) == await seen(VENDOR) == ["secret", "both", "loose"]
    await demo.run(upsert, VENDOR, input={"key": "secret", "title": "secret", "kind": "DECK", "stages": []})
    assert await seen(SELLER) == ["secret", "both", "loose"]
    await limit(demo, "manufacturing", availableToPartnerIds=[])
    assert await seen(SELLER) == ["secret", "both", "loose"]


async def test_what_a_draft_says_holds_for_all_versions_once_it_is_published(demo: Demo) -> None:
    await without_deals(demo, "manufacturing")
    id = await demo.value("SELECT id FROM playbook WHERE key = 'manufacturing'")
    create = "mutation($input: CreatePlaybookInput!) { createPlaybook(input: $input) { playbook { id } } }"
    draft = (await demo.run(create, VENDOR, input={"copyOf": f"pbk_{id}"}))["createPlaybook"]["playbook"]["id"]
    update = """mutation($input: UpdatePlaybookInput!) { updatePlaybook(input: $input) {
      playbook { availableToTiers availableToPartners { key } } userErrors { code path } } }"""
    given = {"playbookId": draft, "availableToTiers": ["GOLD"], "availableToPartnerIds": [BRIGHTWATER]}
    assert (await demo.run(update, VENDOR, input=given))["updatePlaybook"] == {
        "playbook": {"availableToTiers": ["GOLD"], "availableToPartners": [{"key": "brightwater"}]},
        "userErrors": [],
    }
    ids = await ids_of(demo, "manufacturing")
    halves = await found(demo, ids, SELLER)
    assert 0 < halves < len(ids)
    publish = "mutation($input: PublishPlaybookInput!) { publishPlaybook(input: $input) { userErrors { message } } }"
    assert (await demo.run(publish, VENDOR, input={"playbookId": draft}))["publishPlaybook"]["userErrors"] == []
    assert await found(demo, ids, SELLER) == 0
    again = (await demo.run(create, VENDOR, input={"copyOf": draft}))["createPlaybook"]["playbook"]["id"]
    query = "query($id: ID!) { playbook(id: $id) { availableToTiers availableToPartners { key } } }"
    copied = (await demo.run(query, VENDOR, id=again))["playbook"]
    assert copied == {"availableToTiers": ["GOLD"], "availableToPartners": [{"key": "brightwater"}]}


async def test_partners_inside_do_not_learn_who_else_is(demo: Demo) -> None:
    await limit(demo, "manufacturing", availableToPartnerIds=[ALPINE, BRIGHTWATER])
    query = '{ playbook(key: "manufacturing") { availableToPartners { key } } }'
    assert await demo.run(query, RIVAL) == {"playbook": {"availableToPartners": [{"key": "brightwater"}]}}


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"availableToPartnerIds": [f"ptr_{demo_id('org/no-such')}"]}, "NOT_FOUND", ["availableToPartnerIds", "0"]),
        ({"availableToPartnerIds": ["x"]}, "INVALID", ["availableToPartnerIds", "0"]),
        ({"playbookId": f"pbk_{demo_id('x')}"}, "NOT_FOUND", ["playbookId"]),
    ],
)
async def test_whom_nobody_knows_it_is_not_limited_to(demo: Demo, given: Any, code: str, path: list[str]) -> None:
    id = await demo.value("SELECT id FROM playbook WHERE key = 'manufacturing'")
    answer = await demo.run(LIMIT, VENDOR, input={"playbookId": f"pbk_{id}", **given})
    assert answer["setPlaybookAvailability"] == {"playbook": None, "userErrors": [{"code": code, "path": path}]}


TABLES = ("playbook", "stage", "criterion", "activity", "qualification_question", "stage_content", "content")
HAD = {
    "playbook": "t.id",
    "qualification_question": "t.playbook_id",
    "stage": "t.playbook_id",
    "criterion": "(SELECT s.playbook_id FROM stage s WHERE s.id = t.stage_id)",
    "activity": "(SELECT s.playbook_id FROM stage s WHERE s.id = t.stage_id)",
    "stage_content": "(SELECT s.playbook_id FROM stage s WHERE s.id = t.stage_id)",
}


@pytest.mark.parametrize("name", [SELLER, MANAGER, RIVAL, SILVER])
async def test_the_wall_lets_through_what_the_condition_does_and_of_the_rest_no_playbook_of_others(
    demo: Demo, name: str
) -> None:
    """Beyond it, the wall knows drafts from published ones and content by its links alone."""
    await without_deals(demo, "manufacturing")
    await limit(demo, "manufacturing", availableToPartnerIds=[BRIGHTWATER])
    await limit(demo, "it-software", availableToTiers=["REGISTERED"])
    who = await viewer_of(str(demo_id(f"user/{name}")))
    assert who is not None
    for table in TABLES:
        wanted = await let_through(demo, who, table)
        with as_viewer(rls_setting(who)):
            seen = {row["row"] for row in await demo.database.fetch(f"SELECT t.ctid::text AS row FROM {table} t")}
        assert seen >= wanted, table
        if table in HAD:
            foreign = await demo.database.fetch(
                f"SELECT t.ctid::text AS row FROM {table} t JOIN playbook p ON p.id = {HAD[table]} WHERE NOT EXISTS ("
                "  SELECT FROM opportunity o WHERE o.partner_id = $1 AND o.playbook_id = p.id) AND (p.key, $2)"
                "  IN (('manufacturing', FALSE), ('it-software', TRUE), ('it-software', FALSE))",
                who.organization_id,
                who.organization_id == demo_id("org/brightwater"),
            )
            assert {row["row"] for row in foreign} & seen == set(), table
        assert wanted or table == "stage_content", table


async def let_through(demo: Demo, who: Viewer, table: str) -> set[str]:
    statement = sql(f"SELECT t.ctid::text AS row FROM {table} t WHERE {{}}", visible(scope_of(who), table, "t"))
    made = statement.statement()
    return {row["row"] for row in await demo.database.fetch(made.text, *made.arguments(slots_of(who)))}
