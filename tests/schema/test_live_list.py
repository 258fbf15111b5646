"""`opportunitiesChanged`: one subscription that keeps a board current, whoever looks at it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.demo.people import demo_id
from tests.schema.subscribers import Refused, over_websocket
from tests.schema.world import ADVANCE, MANAGER, RIVAL, VENDOR
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE

CHANGES = """subscription($filter: OpportunityFilter, $after: Cursor) {
  opportunitiesChanged(filter: $filter, after: $after) {
    cursor type matches fields opportunityId opportunity { id name partner { key } } transition { kind } } }"""
DEAL = """query($partner: ID) { opportunities(first: 1, filter: {stageKeys: ["deal-registration"], partnerId: $partner})
  { nodes { id name } } events(last: 1) { pageInfo { endCursor } } }"""
UPDATE = "mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) { userErrors { message } } }"
ALPINE = f"ptr_{demo_id('org/alpine-it')}"


@pytest.fixture
async def server(demo_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    async with running(settings_for(demo_url, tmp_path)) as server:
        yield server


def token_of(server: Server, who: str) -> str:
    return server.token_for(str(demo_id(f"user/{who}")))


async def change(server: Server, mutation: str, **given: Any) -> None:
    answer = await server.ask(mutation, {"input": given}, token=token_of(server, VENDOR))
    (payload,) = answer["data"].values()
    assert payload["userErrors"] == []


async def partner_of(server: Server, who: str) -> str:
    answer = await server.ask("{ viewer { organization { id } } }", token=token_of(server, who))
    return "ptr_" + str(answer["data"]["viewer"]["organization"]["id"]).rpartition("_")[2]


async def heard(server: Server, who: str, filter: Any, after: str, count: int) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = []
    given = {"filter": filter, "after": after}
    async with (
        asyncio.timeout(PATIENCE),
        over_websocket(server.base_url, token_of(server, who), CHANGES, given) as payloads,
    ):
        while len(changes) < count:
            payload = await anext(payloads)
            assert "errors" not in payload, payload
            changes.append(payload["data"]["opportunitiesChanged"])
    return changes


def told(changes: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(change[name] for name in names) for change in changes]


async def test_a_board_hears_of_every_change_with_whether_the_deal_belongs_there(server: Server) -> None:
    found = (await server.ask(DEAL, {"partner": ALPINE}, token=token_of(server, VENDOR)))["data"]
    [deal], after = found["opportunities"]["nodes"], found["events"]["pageInfo"]["endCursor"]
    board = {"partnerId": ALPINE, "stageKeys": ["deal-registration", "qualification"]}
    async with over_websocket(
        server.base_url, token_of(server, VENDOR), CHANGES, {"filter": board, "after": after}
    ) as live:
        await change(server, UPDATE, opportunityId=deal["id"], nextStep="Call them")
        move = {"opportunityId": deal["id"], "reason": "Agreed", "override": True}
        await change(server, ADVANCE, **move, toStageKey="discovery")
        await change(server, ADVANCE, **move, toStageKey="qualification")
        await change(server, UPDATE, opportunityId=deal["id"], partnerId=await partner_of(server, RIVAL))
        async with asyncio.timeout(PATIENCE):
            lively = [(await anext(live))["data"]["opportunitiesChanged"] for _ in range(4)]
    assert (
        told(lively, "type", "matches")
        == [
            ("OPPORTUNITY_UPDATED", lively[0]["matches"]),  # as the deal stands when it is told
            *[("OPPORTUNITY_STAGE_CHANGED", one["matches"]) for one in lively[1:3]],
            ("OPPORTUNITY_UPDATED", False),
        ]
    )
    assert {one["opportunityId"] for one in lively} == {deal["id"]}
    later = await heard(server, VENDOR, board, after, 4)
    assert told(later, "cursor", "type", "fields") == told(lively, "cursor", "type", "fields"), "each once, in order"
    assert [one["matches"] for one in later] == [False] * 4
    assert [one["matches"] for one in await heard(server, VENDOR, None, after, 4)] == [True] * 4
    assert [one["transition"] for one in later] == [None, {"kind": "SKIP"}, {"kind": "BACK"}, None]

    [left] = await heard(server, MANAGER, board, after, 1)
    assert told([left], "type", "matches", "opportunity", "opportunityId") == [
        ("OPPORTUNITY_LEFT", False, None, deal["id"])
    ]
    await change(server, UPDATE, opportunityId=deal["id"], partnerId=ALPINE)
    back = await heard(server, MANAGER, None, left["cursor"], 2)
    assert {change["type"] for change in back} == {"OPPORTUNITY_UPDATED", "OPPORTUNITY_CAME"}
    assert told(back, "matches", "opportunityId") == [(True, deal["id"])] * 2
    assert all(change["opportunity"]["id"] == deal["id"] for change in back)


async def test_a_list_of_ids_is_followed_alone_and_a_filter_that_is_none_is_refused(server: Server) -> None:
    query = "{ opportunities(first: 2) { nodes { id } } events(last: 1) { pageInfo { endCursor } } }"
    found = (await server.ask(query, token=token_of(server, VENDOR)))["data"]
    one, other = (node["id"] for node in found["opportunities"]["nodes"])
    after = found["events"]["pageInfo"]["endCursor"]
    for deal in (one, other, one):
        for step in ("Call them", "Write to them"):
            await change(server, UPDATE, opportunityId=deal, nextStep=step)
    changes = await heard(server, VENDOR, {"ids": [other]}, after, 2)
    assert {change["opportunityId"] for change in changes} == {other}
    wrong = {"filter": {"ids": ["nonsense"]}}
    async with over_websocket(server.base_url, token_of(server, VENDOR), CHANGES, wrong) as payloads:
        with pytest.raises(Refused) as refused:
            await anext(payloads)
    assert refused.value.errors[0]["extensions"]["argument"] == ["filter", "ids", 0]
