"""A subscriber that is cut off again and again misses nothing, hears nothing twice, and hears it in order."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.database import Database
from app.demo.load import load
from app.demo.people import demo_id
from tests import hunts
from tests.schema.subscribers import Line, over_sse, over_websocket
from tests.schema.world import ADVANCE, MANAGER
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE

CUTS, EVENTS, WRITERS = hunts.size(12, whole=50), hunts.size(300, whole=2_000), 20
SUBSCRIPTION = """subscription($after: Cursor) { opportunityStageChanged(after: $after) {
  cursor transition { id } opportunity { id } } }"""


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    database = await Database.connect(database_url, size=2)
    assert await load(database)
    await database.close()
    async with running(settings_for(database_url, tmp_path, database_pool_size=30)) as server:
        yield server


async def _advance(server: Server, token: str, ids: list[str], moves: int) -> None:
    """Move deals of their own to and fro until so many moves were acknowledged."""
    done = 0
    while done < moves:
        for id in ids:
            for key in ("qualification", "deal-registration"):
                given = {"opportunityId": id, "toStageKey": key, "reason": "Agreed", "override": True}
                answer = await server.ask(ADVANCE, {"input": given}, token=token)
                done += not answer["data"]["advanceStage"]["userErrors"]


@pytest.mark.parametrize(
    ("line", "cuts", "events"), [(over_websocket, CUTS, EVENTS), (over_sse, 10, 200)], ids=["websocket", "sse"]
)
async def test_every_event_arrives_once_and_in_order_through_cuts(
    server: Server, line: Line, cuts: int, events: int
) -> None:
    vendor = server.token_for(str(demo_id("user/Tomás Herrera")))
    partner = server.token_for(str(demo_id(f"user/{MANAGER}")))
    query = """query($partner: ID) { opportunities(first: 60,
      filter: {playbookKey: "it-software", partnerId: $partner}) { nodes { id } } }"""
    found = await server.ask(query, {"partner": f"ptr_{demo_id('org/alpine-it')}"}, token=vendor)
    mine = [node["id"] for node in found["data"]["opportunities"]["nodes"]]
    past = await server.ask("{ events(first: 100) { nodes { cursor } } }", token=partner)
    start = past["data"]["events"]["nodes"][-1]["cursor"]
    shares = [mine[n::WRITERS] for n in range(WRITERS)]
    writing = [asyncio.create_task(_advance(server, vendor, share, events // WRITERS)) for share in shares]
    heard: list[dict[str, Any]] = []
    random = Random(5)
    cut_at = sorted(random.sample(range(1, events), cuts))
    async with asyncio.timeout(2 * PATIENCE):
        for stop in cut_at:
            await _hear(server, partner, line, heard, start, stop)
        await asyncio.gather(*writing)
        logged = await _logged(server, start)
        await _hear(server, partner, line, heard, start, len(logged))
    assert len(logged) >= events
    assert [event["transition"]["id"] for event in heard] == logged


async def _hear(server: Server, token: str, line: Line, heard: list[dict[str, Any]], start: str, stop: int) -> None:
    """Subscribe after the last event heard, and cut the line once `stop` of them have come in all."""
    after = heard[-1]["cursor"] if heard else start
    async with line(server.base_url, token, SUBSCRIPTION, {"after": after}) as payloads:
        while len(heard) < stop:
            payload = await anext(payloads)
            assert "errors" not in payload, payload
            heard.append(payload["data"]["opportunityStageChanged"])


async def _logged(server: Server, start: str) -> list[str]:
    """What the partner may see of the log after `start`, in its order, read page by page by the query."""
    partner = server.token_for(str(demo_id(f"user/{MANAGER}")))
    query = """query($after: Cursor) { events(after: $after, first: 100,
      types: [OPPORTUNITY_CREATED, OPPORTUNITY_STAGE_CHANGED]) {
      nodes { transition { id } } pageInfo { hasNextPage endCursor } } }"""
    ids: list[str] = []
    after: str | None = start
    more = True
    while more:
        page = (await server.ask(query, {"after": after}, token=partner))["data"]["events"]
        ids += [node["transition"]["id"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"] or after, page["pageInfo"]["hasNextPage"]
    return ids
