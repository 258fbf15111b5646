"""Subscriptions whose server stops, or whose line broke: what tells clients to come back, and where they go on."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.demo.people import demo_id
from app.events.endings import SubscriptionOverflow, TailStopped
from app.events.tail import tail
from schema.event.live import ending
from tests.schema.world import ADVANCE, VENDOR
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE

MOVES = "subscription($after: Cursor) { opportunityStageChanged(after: $after) { cursor transition { id } } }"
ADVICE = "subscription($id: ID!) { recommendationsUpdated(opportunityId: $id) { source } }"
DEAL = '{ opportunities(first: 1, filter: {stageKeys: ["deal-registration"]}) { nodes { id } } }'
Block = dict[str, str]


@pytest.fixture
async def server(demo_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    async with running(settings_for(demo_url, tmp_path)) as server:
        yield server


@pytest.fixture
def token(server: Server) -> str:
    return server.token_for(str(demo_id(f"user/{VENDOR}")))


@pytest.fixture
async def deal(server: Server, token: str) -> str:
    answer = await server.ask(DEAL, token=token)
    id: str = answer["data"]["opportunities"]["nodes"][0]["id"]
    return id


async def move(server: Server, token: str, deal: str, *stages: str) -> None:
    for stage in stages:
        given = {"opportunityId": deal, "toStageKey": stage, "reason": "Agreed", "override": True}
        answer = await server.ask(ADVANCE, {"input": given}, token=token)
        assert answer["data"]["advanceStage"]["userErrors"] == []


@asynccontextmanager
async def stream(
    server: Server, token: str, query: str, variables: dict[str, Any], last: str | None = None
) -> AsyncIterator[AsyncIterator[Block]]:
    """The stream's blocks, by their fields, without pings."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    if last is not None:
        headers["Last-Event-ID"] = last
    body = {"query": query, "variables": variables}
    async with server.client.stream("POST", "/graphql", json=body, headers=headers, timeout=PATIENCE) as response:
        assert response.status_code == 200
        yield _blocks(response)


async def _blocks(response: httpx.Response) -> AsyncIterator[Block]:
    block: Block = {}
    async for line in response.aiter_lines():
        name, _, value = line.partition(":")
        if line and name:
            block[name] = value.strip()
        elif block:
            yield block
            block = {}


def changed(block: Block) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(block["data"])["data"]["opportunityStageChanged"]
    return found


@asynccontextmanager
async def socket(server: Server, token: str) -> AsyncIterator[ClientConnection]:
    protocols = [Subprotocol("graphql-transport-ws")]
    async with connect(server.socket_url, subprotocols=protocols, open_timeout=PATIENCE) as connection:
        await connection.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
        assert json.loads(await connection.recv())["type"] == "connection_ack"
        yield connection


async def subscribe(connection: ClientConnection, **variables: Any) -> None:
    payload = {"query": MOVES, "variables": variables}
    await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))


async def test_an_event_s_id_is_its_cursor_and_streams_go_on_after_the_last_one(
    server: Server, token: str, deal: str
) -> None:
    async with stream(server, token, MOVES, {}) as blocks:
        joined = await anext(blocks)
        assert list(joined) == ["id"], "where a client goes on that is cut before the first event"
        await move(server, token, deal, "qualification", "deal-registration")
        heard = [await anext(blocks), await anext(blocks)]
    assert [block["id"] for block in heard] == [changed(block)["cursor"] for block in heard]
    async with stream(server, token, MOVES, {}, joined["id"]) as again:
        assert [await anext(again), await anext(again)] == heard
    async with stream(server, token, MOVES, {"after": joined["id"]}, heard[0]["id"]) as later:
        assert await anext(later) == heard[1], "the header comes from the connection itself, and counts before `after`"


async def test_an_id_that_is_none_is_refused(server: Server, token: str) -> None:
    async with stream(server, token, MOVES, {}, "nonsense") as blocks:
        told = await anext(blocks)
    assert json.loads(told["data"])["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"


async def test_what_begins_with_how_things_stand_has_no_ids_and_takes_none(
    server: Server, token: str, deal: str
) -> None:
    async with stream(server, token, ADVICE, {"id": deal}, "nonsense") as blocks:
        first = await anext(blocks)
    assert list(first) == ["event", "data"]
    assert "errors" not in json.loads(first["data"])


@pytest.mark.parametrize("end", [SubscriptionOverflow, TailStopped])
def test_the_end_names_a_cursor_where_there_is_an_after_and_none_where_not(
    end: type[SubscriptionOverflow | TailStopped], server: Server
) -> None:
    resumed = ending(end(0))
    assert resumed.extensions is not None
    assert resumed.extensions["cursor"]
    assert "`after`" in resumed.message
    anew = ending(end(None))
    assert "cursor" not in (anew.extensions or {})
    assert "after" not in anew.message


async def test_a_stopping_server_closes_sockets_without_completing_what_they_listen_to(
    server: Server, token: str, deal: str
) -> None:
    async with socket(server, token) as connection, stream(server, token, MOVES, {}) as blocks:
        cursor = (await anext(blocks))["id"]
        await subscribe(connection, after=cursor)
        await move(server, token, deal, "qualification")
        heard = json.loads(await connection.recv())
        assert (heard["type"], changed(await anext(blocks))) == (
            "next",
            heard["payload"]["data"]["opportunityStageChanged"],
        )
        tail().end_subscriptions()
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        assert [block async for block in blocks] == [], "the stream ends, and no `complete` came"
    async with socket(server, token) as late:  # who is back at once reaches the same server
        await subscribe(late, after=cursor)
        with pytest.raises(ConnectionClosed) as closed:
            await late.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    async with stream(server, token, MOVES, {"after": cursor}) as blocks:
        assert [block async for block in blocks] == []
