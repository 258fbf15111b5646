"""Subscribers that never read cost the server little, and the others nothing."""

import asyncio
import json
import socket as sockets
import time
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.demo.people import demo_id
from tests import hunts
from tests.processes import Process
from tests.waiting import PATIENCE, until

DEAD, EVENTS, ALIVE = hunts.size(30, whole=500), hunts.size(400, whole=10_000), 5
BATCH = 20
GROWTH_BYTES = 50_000_000

CHANGES = """subscription { opportunityStageChanged { cursor
  transition { id kind reason toStage { name } } opportunity { id name stage { name } account { name } } } }"""

# What happened once more: as the log is written, without the work of two thousand moves a second.
_REPEAT = f"""
INSERT INTO event (type, actor_id, opportunity_id, transition_id, payload)
SELECT type, actor_id, opportunity_id, transition_id, payload FROM event
WHERE type = 'OPPORTUNITY_STAGE_CHANGED' ORDER BY seq LIMIT {BATCH} OFFSET $1
"""


async def subscribed(server: str, token: str) -> ClientConnection:
    where = urlsplit(server)
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (where.hostname, where.port))
    client = await connect(
        f"ws://{where.netloc}/graphql",
        sock=raw,
        subprotocols=[Subprotocol("graphql-transport-ws")],
        open_timeout=PATIENCE,
        compression=None,
        ping_interval=None,
        max_size=None,
    )
    await client.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
    assert json.loads(await client.recv())["type"] == "connection_ack"
    await client.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": CHANGES}}))
    return client


async def followed(server: str, subscriptions: int) -> None:
    """Returns when so many are followed: what happened before isn't theirs."""
    async with httpx.AsyncClient(timeout=PATIENCE) as client:

        async def are() -> bool:
            told = text_string_to_metric_families((await client.get(f"{server}/metrics")).text)
            return {one.name: one.samples for one in told}["stagepath_subscribers"][0].value == subscriptions

        await until(are)


async def read_all(client: ClientConnection, arrived: list[float]) -> None:
    async for text in client:
        message = json.loads(text)
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        arrived.append(time.monotonic())


async def let_happen(connection: asyncpg.Connection, process: Process, arrived: list[list[float]]) -> tuple[float, int]:
    """Batch by batch, each when everybody who reads has got the one before; the 99th percentile of the seconds that a
    batch took to reach all of them, and the most memory that the server held.
    """
    took, most = [], 0
    for number in range(EVENTS // BATCH):
        began = time.monotonic()
        await connection.execute(_REPEAT, number % 50)
        await connection.execute("SELECT pg_notify('stagepath_events', '')")
        async with asyncio.timeout(PATIENCE):
            while min(map(len, arrived)) < (number + 1) * BATCH:  # noqa: ASYNC110 # five readers append to lists
                await asyncio.sleep(0.002)
        took.append(time.monotonic() - began)
        most = max(most, process.resident())
    return sorted(took)[int(len(took) * 0.99)], most


@pytest.mark.soak
async def test_who_never_reads_costs_little(database_url: str, tmp_path: Path) -> None:
    async with Process(database_url, tmp_path, LOG_LEVEL="error", WORKER_IN_SERVER="false") as process:
        token = process.token_for(str(demo_id("user/Tomás Herrera")))
        connection = await asyncpg.connect(database_url)
        slowest: dict[int, float] = {}
        for dead in (0, DEAD):
            async with AsyncExitStack() as held:
                for _ in range(dead):
                    client = await subscribed(process.base_url, token)
                    client.transport.pause_reading()
                    held.callback(client.transport.abort)
                alive = [await subscribed(process.base_url, token) for _ in range(ALIVE)]
                arrived: list[list[float]] = [[] for _ in alive]
                reading = [asyncio.create_task(read_all(*one)) for one in zip(alive, arrived, strict=True)]
                await followed(process.base_url, dead + ALIVE)
                before = process.resident()
                slowest[dead], most = await let_happen(connection, process, arrived)
                assert [len(one) for one in arrived] == [EVENTS] * ALIVE
                for task, client in zip(reading, alive, strict=True):
                    task.cancel()
                    client.transport.abort()
        await connection.close()
    hunts.record(
        "Subscribers that never read",
        f"{DEAD} clients that never read, {ALIVE} that do, {EVENTS} events in batches of {BATCH}",
        f"the {ALIVE} got all of them; the 99th percentile of a batch's way to all of them was "
        f"{slowest[DEAD] * 1000:.0f} ms, {slowest[0] * 1000:.0f} ms without the others",
        f"the server's memory grew by {(most - before) / 1e6:.1f} MB at most",
    )
    assert most - before < GROWTH_BYTES
