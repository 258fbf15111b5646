"""What is pushed arrives once, in order, at those who may see it."""

import asyncio
from typing import Any

from app.demo.people import demo_id
from tests.schema.world import ADVANCE, RIVAL, SELLER, VENDOR, Demo, deal_of
from tests.waiting import PATIENCE

CHANGES = """subscription($after: Cursor, $filter: StageChangeFilter) {
  opportunityStageChanged(after: $after, filter: $filter) {
    cursor transition { kind toStage { key } } opportunity { id } } }"""
FIRST_EVENT = "query { events(first: 1) { nodes { cursor } } }"


async def events(demo: Demo, who: str, number: int, **variables: Any) -> list[dict[str, Any]]:
    async with demo.follow(CHANGES, who, **variables) as payloads:
        return [(await anext(payloads))["data"]["opportunityStageChanged"] for _ in range(number)]


async def test_the_past_is_told_from_any_cursor_and_only_to_those_who_see_it(demo: Demo) -> None:
    first = (await demo.run(FIRST_EVENT, VENDOR))["events"]["nodes"][0]["cursor"]
    moves = await demo.value("SELECT count(*) FROM stage_transition")
    everything = await events(demo, VENDOR, moves - 1, after=first)
    assert len({event["cursor"] for event in everything}) == moves - 1
    mine = await demo.value(
        "SELECT count(*) FROM stage_transition t JOIN opportunity o ON o.id = t.opportunity_id WHERE o.owner_id = $1",
        demo_id(f"user/{SELLER}"),
    )
    seen = await events(demo, SELLER, mine, after=first)
    rows = await demo.database.fetch("SELECT id FROM opportunity WHERE owner_id = $1", demo_id(f"user/{SELLER}"))
    assert {event["opportunity"]["id"] for event in seen} == {f"opp_{row['id']}" for row in rows}
    half = everything[moves // 2]["cursor"]
    assert await events(demo, VENDOR, 5, after=half) == everything[moves // 2 + 1 : moves // 2 + 6]


async def test_a_live_change_reaches_its_owner_and_not_a_competitor(demo: Demo) -> None:
    mine, theirs = await deal_of(demo, SELLER), await deal_of(demo, RIVAL)
    async with demo.follow(CHANGES, SELLER) as sellers, demo.follow(CHANGES, RIVAL) as rivals:
        for who, id in ((SELLER, mine), (RIVAL, theirs)):
            given = {"opportunityId": id, "toStageKey": "closed-lost", "reason": "No budget"}
            assert (await demo.run(ADVANCE, who, input=given))["advanceStage"]["userErrors"] == []
        async with asyncio.timeout(PATIENCE):
            told = [(await anext(payloads))["data"]["opportunityStageChanged"] for payloads in (sellers, rivals)]
    assert [event["opportunity"]["id"] for event in told] == [mine, theirs]


async def test_a_cursor_that_is_not_the_logs_is_refused(demo: Demo) -> None:
    async with demo.follow(CHANGES, SELLER, after="AAAA") as payloads:
        found = [payload async for payload in payloads]
    assert [error["extensions"]["code"] for payload in found for error in payload["errors"]] == ["CURSOR_INVALID"]
