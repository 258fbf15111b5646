"""Lists of deals: who sees what, in which order, and page by page."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.deals.queries import stall_after_days
from app.demo.people import demo_id
from tests.schema.world import MANAGER, RIVAL, SELLER, VENDOR, Demo

FORWARD = """query($order: OpportunityOrder, $after: Cursor, $first: Int) {
  opportunities(first: $first, after: $after, orderBy: $order) { nodes { id } pageInfo { hasNextPage endCursor } } }"""
BACKWARD = """query($order: OpportunityOrder, $before: Cursor, $last: Int) {
  opportunities(last: $last, before: $before, orderBy: $order) {
    nodes { id } pageInfo { hasPreviousPage startCursor } } }"""
COLUMNS = {
    "UPDATED_AT": "updated_at",
    "CREATED_AT": "created_at",
    "EXPECTED_CLOSE_DATE": "expected_close_date",
    "AMOUNT": "amount",
    "DAYS_IN_STAGE": "entered_stage_at",
    "NAME": "name",
}
ORGANIZATION = demo_id("org/alpine-it")


async def test_each_role_sees_its_own_deals_and_no_others(demo: Demo) -> None:
    query = "{ opportunities(first: 1) { totalCount } }"
    seen = {who: (await demo.run(query, who))["opportunities"]["totalCount"] for who in (VENDOR, MANAGER, SELLER)}
    own = "SELECT count(*) FROM opportunity WHERE partner_id = $1"
    assert seen == {
        VENDOR: 400,
        MANAGER: await demo.value(own, ORGANIZATION),
        SELLER: await demo.value(own + " AND owner_id = $2", ORGANIZATION, demo_id(f"user/{SELLER}")),
    }


async def test_a_competitors_deal_does_not_exist(demo: Demo) -> None:
    mine = await demo.value("SELECT id FROM opportunity WHERE owner_id = $1 LIMIT 1", demo_id(f"user/{RIVAL}"))
    query = "query($id: ID!) { opportunity(id: $id) { name } node(id: $id) { id } }"
    unknown = "opp_00000000-0000-7000-8000-000000000000"
    assert await demo.run(query, SELLER, id=f"opp_{mine}") == {"opportunity": None, "node": None}
    assert await demo.run(query, SELLER, id=unknown) == {"opportunity": None, "node": None}
    assert (await demo.run(query, RIVAL, id=f"opp_{mine}"))["node"] == {"id": f"opp_{mine}"}


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", COLUMNS)
async def test_pages_add_up_to_the_whole_list_forwards_and_backwards(demo: Demo, field: str, direction: str) -> None:
    await demo.database.fetch("UPDATE opportunity SET amount = NULL, currency = NULL WHERE version = 2")
    await demo.database.fetch("UPDATE opportunity SET name = 'Same name' WHERE version > 2")
    reverse = field == "DAYS_IN_STAGE"
    way = {"ASC": "DESC", "DESC": "ASC"}[direction] if reverse else direction
    rows = await demo.database.fetch(
        f"SELECT id FROM opportunity WHERE partner_id = $1 ORDER BY {COLUMNS[field]} {way} NULLS LAST, id {way}",
        ORGANIZATION,
    )
    expected = [f"opp_{row['id']}" for row in rows]
    order = {"field": field, "direction": direction}

    forward: list[str] = []
    after: str | None = None
    more = True
    while more:
        page = (await demo.run(FORWARD, MANAGER, order=order, after=after, first=17))["opportunities"]
        forward += [node["id"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert forward == expected

    backward: list[str] = []
    before: str | None = None
    more = True
    while more:
        page = (await demo.run(BACKWARD, MANAGER, order=order, before=before, last=23))["opportunities"]
        backward = [node["id"] for node in page["nodes"]] + backward
        before, more = page["pageInfo"]["startCursor"], page["pageInfo"]["hasPreviousPage"]
    assert backward == expected


async def test_a_page_does_not_move_when_deals_are_added_before_it(demo: Demo) -> None:
    order = {"field": "NAME", "direction": "ASC"}
    first = (await demo.run(FORWARD, VENDOR, order=order, first=10))["opportunities"]
    create = """mutation { createOpportunity(
      input: {name: "AAA", accountName: "New", playbookKey: "it-software"}) { userErrors { message } } }"""
    assert await demo.run(create, VENDOR) == {"createOpportunity": {"userErrors": []}}
    cursor = first["pageInfo"]["endCursor"]
    second = (await demo.run(FORWARD, VENDOR, order=order, after=cursor, first=10))["opportunities"]
    rows = await demo.database.fetch("SELECT id FROM opportunity WHERE name <> 'AAA' ORDER BY name, id LIMIT 20")
    assert [node["id"] for node in (*first["nodes"], *second["nodes"])] == [f"opp_{row['id']}" for row in rows]


OWNER = demo_id(f"user/{SELLER}")
SINCE = (datetime.now(UTC) - timedelta(days=200)).strftime("%Y-%m-%dT00:00:00+00:00")
STALLED = f"(extract(epoch FROM now() - o.entered_stage_at) > ({stall_after_days('o', 's')}) * 86400)"

FILTERS: list[tuple[dict[str, Any], str]] = [
    ({"status": ["OPEN"]}, "o.status = 'OPEN'"),
    ({"stageKeys": ["qualification", "closed-won"]}, "s.key IN ('qualification', 'closed-won')"),
    ({"playbookKey": "manufacturing"}, "p.key = 'manufacturing'"),
    ({"industry": "Manufacturing"}, "a.industry = 'Manufacturing'"),
    (
        {"amount": {"min": "20000", "max": "50000.00", "currency": "EUR"}},
        "o.currency = 'EUR' AND o.amount BETWEEN 20000 AND 50000",
    ),
    ({"expectedCloseDate": {"from": "2026-01-01"}}, "o.expected_close_date >= '2026-01-01'"),
    ({"search": "retrof"}, "concat_ws(' ', o.name, o.notes, o.next_step, a.name) ILIKE '%retrof%'"),
    ({"stalled": True}, "o.status = 'OPEN' AND " + STALLED),
    ({"stalled": False, "status": ["OPEN"]}, "o.status = 'OPEN' AND NOT " + STALLED),
    (
        {"partnerId": f"ptr_{ORGANIZATION}", "status": ["WON", "LOST"]},
        f"o.partner_id = '{ORGANIZATION}' AND o.status <> 'OPEN'",
    ),
    ({"ownerId": f"usr_{OWNER}"}, f"o.owner_id = '{OWNER}'"),
    ({"updatedSince": SINCE}, f"o.updated_at >= '{SINCE}'"),
    (
        {
            "playbookKey": "it-software",
            "ownerId": f"usr_{OWNER}",
            "amount": {"min": "1"},
            "stageKeys": ["closed-won", "closed-lost"],
            "updatedSince": SINCE,
            "expectedCloseDate": {"to": "2100-01-01"},
        },
        f"p.key = 'it-software' AND o.owner_id = '{OWNER}' AND o.amount >= 1 AND o.status <> 'OPEN'"
        f" AND o.updated_at >= '{SINCE}' AND o.expected_close_date IS NOT NULL",
    ),
]


@pytest.mark.parametrize(("wanted", "condition"), FILTERS, ids=lambda value: str(value)[:40])
async def test_filters_mean_what_they_say(demo: Demo, wanted: dict[str, Any], condition: str) -> None:
    query = """query($f: OpportunityFilter) {
      opportunities(first: 100, filter: $f, orderBy: {field: UPDATED_AT, direction: DESC}) {
        totalCount nodes { id } } }"""
    rows = await demo.database.fetch(
        "SELECT o.id FROM opportunity o JOIN stage s ON s.id = o.stage_id JOIN playbook p ON p.id = o.playbook_id"
        f" JOIN account a ON a.id = o.account_id WHERE {condition} ORDER BY o.updated_at DESC, o.id DESC"
    )
    found = (await demo.run(query, VENDOR, f=wanted))["opportunities"]
    assert rows
    assert found["totalCount"] == len(rows)
    assert [node["id"] for node in found["nodes"]] == [f"opp_{row['id']}" for row in rows[:100]]


async def test_deals_are_found_by_id_and_by_customer(demo: Demo) -> None:
    rows = await demo.database.fetch("SELECT id, account_id FROM opportunity WHERE owner_id = $1 ORDER BY id", OWNER)
    rival = await demo.value("SELECT id FROM opportunity WHERE owner_id = $1 LIMIT 1", demo_id(f"user/{RIVAL}"))
    query = """query($f: OpportunityFilter) {
      opportunities(first: 100, filter: $f) { totalCount nodes { id account { id } } } }"""
    wanted = [f"opp_{row['id']}" for row in rows[:3]]
    found = (await demo.run(query, SELLER, f={"ids": [*wanted, f"opp_{rival}"]}))["opportunities"]
    assert found["totalCount"] == 3
    assert sorted(node["id"] for node in found["nodes"]) == sorted(wanted)
    customer = f"acc_{rows[0]['account_id']}"
    found = (await demo.run(query, SELLER, f={"accountId": customer}))["opportunities"]
    assert found["totalCount"] == sum(row["account_id"] == rows[0]["account_id"] for row in rows)
    assert {node["account"]["id"] for node in found["nodes"]} == {customer}
    assert (await demo.run(query, SELLER, f={"ids": []}))["opportunities"] == {"totalCount": 0, "nodes": []}


REFUSED = [
    ("{ opportunities(first: 101) { totalCount } }", "INVALID", ["first"]),
    ("{ opportunities(first: -1) { totalCount } }", "INVALID", ["first"]),
    ("{ opportunities(first: 3, last: 3) { totalCount } }", "INVALID", ["last"]),
    ('{ opportunities(after: "AAAA") { totalCount } }', "CURSOR_INVALID", ["after"]),
    ('{ opportunity(id: "nonsense") { name } }', "INVALID", ["id"]),
    ('{ opportunity(id: "stg_00000000-0000-7000-8000-000000000000") { name } }', "INVALID", ["id"]),
    ('{ opportunities(filter: {ownerId: "opp_x"}) { totalCount } }', "INVALID", ["filter", "ownerId"]),
    ('{ opportunities(filter: {amount: {min: "5", max: "1"}}) { totalCount } }', "INVALID", ["filter", "amount"]),
    ("{ playbook { name } }", "INVALID", ["key"]),
    (
        '{ opportunities(filter: {expectedCloseDate: {from: "2026-02-30"}}) { totalCount } }',
        "GRAPHQL_VALIDATION_FAILED",
        None,
    ),
    ("{ opportunities(filter: {amount: {min: 5.5}}) { totalCount } }", "GRAPHQL_VALIDATION_FAILED", None),
    ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED", None),
    ("{ opportunity", "GRAPHQL_PARSE_FAILED", None),
]


@pytest.mark.parametrize(("query", "code", "argument"), REFUSED)
async def test_a_bad_request_says_what_is_wrong_and_where(demo: Demo, query: str, code: str, argument: Any) -> None:
    assert (await demo.errors(query))[0] == (code, argument)


async def test_a_cursor_of_another_order_or_changed_by_a_character_is_refused(demo: Demo) -> None:
    page = (await demo.run(FORWARD, SELLER, order={"field": "NAME", "direction": "ASC"}, first=2))["opportunities"]
    cursor = page["pageInfo"]["endCursor"]
    other = {"field": "AMOUNT", "direction": "ASC"}
    assert await demo.errors(FORWARD, SELLER, order=other, after=cursor, first=2) == [("CURSOR_INVALID", ["after"])]
    changed = ("B" if cursor[5] != "B" else "C").join((cursor[:5], cursor[6:]))
    same = {"field": "NAME", "direction": "ASC"}
    assert await demo.errors(FORWARD, SELLER, order=same, after=changed, first=2) == [("CURSOR_INVALID", ["after"])]


PAGE = """query($first: Int) { opportunities(first: $first) { totalCount pageInfo { endCursor } nodes {
  id name stage { name contents(first: 3) { nodes { title } } } partner { name } account { name } daysInStage stalled
  transitions(first: 5) { nodes { kind toStage { name } actor { name } } } criteria { met criterion { key } }
  allowedTransitions { allowed stage { key } blockers { code criterion { key } activity { key } } } } } }"""


async def test_the_number_of_statements_does_not_depend_on_the_number_of_deals(demo: Demo) -> None:
    await demo.run(PAGE, VENDOR, first=100)  # each playbook is read once per process
    counts = [await demo.statements_of(PAGE, VENDOR, first=first) for first in (20, 50, 100)]
    # The page, its count, and one each for what is computed for all of its deals or pointed at by that.
    assert counts == [6, 6, 6]


async def test_what_is_not_asked_for_costs_nothing(demo: Demo) -> None:
    query = "{ opportunities(first: 50) { nodes { name stage { name } account { name } stalled } } }"
    assert await demo.statements_of(query, VENDOR) == 1


async def test_the_pipeline_is_of_open_deals_unless_the_filter_names_others(demo: Demo) -> None:
    query = """query($f: OpportunityFilter) { pipeline(filter: $f) {
      stages { stage { kind } } total { count weightedAmount { amount } } } }"""

    async def asked(**filter: object) -> tuple[int, set[str]]:
        found = (await demo.run(query, MANAGER, f=filter))["pipeline"]
        return found["total"]["count"], {stage["stage"]["kind"] for stage in found["stages"]}

    counts = {
        row["status"]: row["n"]
        for row in await demo.database.fetch(
            "SELECT status, count(*) AS n FROM opportunity WHERE partner_id = $1 GROUP BY 1", ORGANIZATION
        )
    }
    won = await demo.database.fetchrow(
        "SELECT count(*) AS n FROM opportunity o JOIN stage s ON s.id = o.stage_id"
        " WHERE partner_id = $1 AND s.kind = 'WON'",
        ORGANIZATION,
    )
    assert counts["WON"]
    assert await asked() == await asked(status=["OPEN"]) == (counts["OPEN"], {"OPEN"})
    assert await asked(stalled=None) == (counts["OPEN"], {"OPEN"})
    assert (await asked(status=["WON", "LOST"]))[0] == counts["WON"] + counts["LOST"]
    assert await asked(stageKeys=["closed-won"]) == (won and won["n"], {"WON"})


async def test_the_pipeline_adds_up(demo: Demo) -> None:
    query = """{ pipeline(filter: {status: [OPEN, WON, LOST]}) {
      stages { stage { key playbook { key } } count stalledCount amount { amount currency } }
      total { count amount { amount currency } } } }"""
    found = (await demo.run(query, MANAGER))["pipeline"]
    rows = await demo.database.fetch(
        "SELECT p.key AS playbook, s.key, o.currency, count(*) AS n, sum(o.amount)::text AS amount FROM opportunity o"
        " JOIN stage s ON s.id = o.stage_id JOIN playbook p ON p.id = s.playbook_id WHERE o.partner_id = $1"
        " GROUP BY 1, 2, 3",
        ORGANIZATION,
    )
    assert len({row["currency"] for row in rows}) > 1
    expected = {(row["playbook"], row["key"], row["currency"]): row["amount"] for row in rows}
    got = {
        (s["stage"]["playbook"]["key"], s["stage"]["key"], amount["currency"]): amount["amount"]
        for s in found["stages"]
        for amount in s["amount"]
    }
    assert got == expected
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["key"]] += row["n"]
    assert {s["stage"]["key"]: s["count"] for s in found["stages"]} == counts
    assert found["total"]["count"] == counts.total()


async def test_a_scope_of_null_means_the_same_as_nothing(demo: Demo) -> None:
    query = """query($scope: CriteriaScope) { opportunities(first: 5, filter: {status: [OPEN]}) { nodes {
      unsaid: criteria { criterion { key } } empty: criteria(scope: $scope) { criterion { key } } } } }"""
    deals = (await demo.run(query, SELLER, scope=None))["opportunities"]["nodes"]
    assert any(deal["unsaid"] for deal in deals)
    assert all(deal["unsaid"] == deal["empty"] for deal in deals)
