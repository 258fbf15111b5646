"""What is pushed arrives once, in order, at those who may see it."""

import asyncio
from typing import Any

from app.demo.people import demo_id
from app.identity.users import viewer_of
from schema import schema
from schema.context import Context
from tests.schema.world import ADVANCE, RIVAL, SELLER, VENDOR, Demo, deal_of
from tests.waiting import PATIENCE

CHANGES = """subscription($after: Cursor, $filter: StageChangeFilter) {
  opportunityStageChanged(after: $after, filter: $filter) {
    cursor transition { kind toStage { key } } opportunity { id } } }"""
FIRST_EVENT = "query { events(first: 1) { nodes { cursor } } }"


async def events(demo: Demo, who: str, number: int, **variables: Any) -> list[dict[str, Any]]:
    viewer = await viewer_of(str(demo_id(f"user/{who}")))
    assert viewer is not None
    found = []
    results = await schema.subscribe(CHANGES, variable_values=variables, context_value=Context(viewer, "test"))
    async for result in results:
        assert result.errors is None, result.errors
        assert result.data is not None
        found.append(result.data["opportunityStageChanged"])
        if len(found) == number:
            break
    return found


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
    listening = {who: asyncio.create_task(events(demo, who, 1)) for who in (SELLER, RIVAL)}
    await asyncio.sleep(0.05)
    for who, id in ((SELLER, mine), (RIVAL, theirs)):
        given = {"opportunityId": id, "toStageKey": "closed-lost", "reason": "No budget"}
        assert (await demo.run(ADVANCE, who, input=given))["advanceStage"]["userErrors"] == []
    async with asyncio.timeout(PATIENCE):
        heard = {who: (await task)[0]["opportunity"]["id"] for who, task in listening.items()}
    assert heard == {SELLER: mine, RIVAL: theirs}


async def test_a_cursor_that_is_not_the_logs_is_refused(demo: Demo) -> None:
    viewer = await viewer_of(str(demo_id(f"user/{SELLER}")))
    assert viewer is not None
    results = await schema.subscribe(CHANGES, variable_values={"after": "AAAA"}, context_value=Context(viewer, "test"))
    found = [result async for result in results]
    assert [(e.extensions or {})["code"] for result in found for e in result.errors or []] == ["CURSOR_INVALID"]
