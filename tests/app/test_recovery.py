"""The database crashes and comes back; the server says so meanwhile, and needs nobody to tell it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import asyncpg
import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.database import Transaction
from app.demo.people import demo_id
from app.events.tail import tail
from app.identity import users
from app.jobs import defer, jobs, stop_working
from tests.clusters import Cluster
from tests.schema.subscribers import over_websocket
from tests.schema.world import ADVANCE, MANAGER
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.falls_back("database")

NEW = "application/graphql-response+json"
DEALS = "{ opportunities(first: 1, filter: {status: [OPEN]}) { nodes { id } } }"
CHANGES = "subscription { opportunityStageChanged { cursor transition { reason } } }"

_ran: asyncio.Queue[str] = asyncio.Queue()


@jobs.task(name="test_recovery")
async def note(text: str) -> None:
    _ran.put_nowait(text)


@pytest.fixture(scope="module")
def cluster(demo_state: Path) -> Iterator[Cluster]:
    directory = Path(mkdtemp(prefix="pg"))
    shutil.copytree(demo_state, directory, dirs_exist_ok=True)
    cluster = Cluster(directory)
    yield cluster
    cluster.stop()
    shutil.rmtree(directory)


@pytest.fixture
async def server(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """It remembers who has asked before for as long as a test lasts, however long the database takes to crash."""
    monkeypatch.setattr(users, "_viewers", users.Viewers(ttl=10 * PATIENCE))
    async with running(
        settings_for(cluster.url, tmp_path, demo=True, worker_in_server=True, max_statements_per_viewer=8)
    ) as server:
        yield server


async def post(server: Server, token: str, query: str, **variables: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Accept": NEW}
    return await server.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


async def until_ready(server: Server) -> None:
    async def ready() -> bool:
        return (await server.client.get("/readyz")).status_code == 200

    await until(ready)


async def test_everything_goes_on_by_itself(cluster: Cluster, server: Server) -> None:
    global _ran
    _ran = asyncio.Queue()
    token = server.token_for(str(demo_id(f"user/{MANAGER}")))
    [deal] = (await post(server, token, DEALS)).json()["data"]["opportunities"]["nodes"]
    move = {"opportunityId": deal["id"], "toStageKey": "closed-lost", "reason": "after the crash"}
    async with over_websocket(server.base_url, token, CHANGES, {}) as payloads:
        next_change = asyncio.ensure_future(anext(payloads))  # begins to be followed before the crash, or after it
        await cluster.crash()
        try:
            await _is_unavailable(server, token, move)
        finally:
            await cluster.start()
        await until_ready(server)
        assert (await post(server, token, DEALS)).status_code == 200
        moved = await post(server, token, ADVANCE, input=move)
        assert moved.json()["data"]["advanceStage"]["userErrors"] == []
        async with asyncio.timeout(PATIENCE):
            heard = await next_change
        assert heard["data"]["opportunityStageChanged"]["transition"]["reason"] == "after the crash"
    connection = await asyncpg.connect(cluster.url)
    await defer(Transaction(connection, None), "test_recovery", text="a job")  # type: ignore[arg-type] # no ORM needed
    await connection.close()
    async with asyncio.timeout(PATIENCE):
        assert await _ran.get() == "a job"


async def _is_unavailable(server: Server, token: str, move: dict[str, str]) -> None:
    ready, alive = [await server.client.get(path) for path in ("/readyz", "/healthz")]
    assert (ready.status_code, alive.status_code) == (503, 200)
    for answer in (await post(server, token, DEALS), await post(server, token, ADVANCE, input=move)):
        assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["UNAVAILABLE"]
    stranger = server.token_for(str(demo_id("user/Ingrid Solberg")))  # whose viewer has to be looked up
    unknown = await post(server, stranger, DEALS)
    assert (unknown.status_code, unknown.headers["retry-after"]) == (503, "5")
    async with connect(
        server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE
    ) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"token": stranger}}))
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013


async def test_what_runs_when_the_database_crashes_is_answered(cluster: Cluster, server: Server) -> None:
    """Thirty at once, some in the middle of their statements: each is answered, with data or `UNAVAILABLE`."""
    token = server.token_for(str(demo_id(f"user/{MANAGER}")))
    holder, watcher = await asyncpg.connect(cluster.url), await asyncpg.connect(cluster.url)
    await holder.execute("BEGIN; LOCK TABLE stage_transition")
    asked = [
        asyncio.create_task(post(server, token, "{ opportunities { nodes { transitions { nodes { id } } } } }"))
        for _ in range(30)
    ]

    async def wait() -> bool:
        waiting = "SELECT count(*) > 4 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(await watcher.fetchval(waiting))

    await until(wait)
    await cluster.crash()
    await cluster.start()
    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(*asked)
    codes = {error["extensions"]["code"] for answer in answers for error in answer.json().get("errors", [])}
    assert codes == {"UNAVAILABLE"}
    await until_ready(server)
    assert (await post(server, token, DEALS)).status_code == 200


async def test_who_subscribes_while_the_database_is_away_hears_when_it_is_back(
    cluster: Cluster, server: Server
) -> None:
    token = server.token_for(str(demo_id(f"user/{MANAGER}")))
    [deal] = (await post(server, token, DEALS)).json()["data"]["opportunities"]["nodes"]
    await cluster.crash()
    async with over_websocket(server.base_url, token, CHANGES, {}) as payloads:
        next_change = asyncio.ensure_future(anext(payloads))

        async def followed() -> bool:
            return tail().followed

        try:
            await until(followed)
        finally:
            await cluster.start()
        await until_ready(server)
        move = {"opportunityId": deal["id"], "toStageKey": "closed-lost", "reason": "after the crash"}
        moved = await post(server, token, ADVANCE, input=move)
        assert moved.json()["data"]["advanceStage"]["userErrors"] == []
        async with asyncio.timeout(PATIENCE):
            heard = await next_change
        assert heard["data"]["opportunityStageChanged"]["transition"]["reason"] == "after the crash"


async def test_it_ends_in_time_although_the_database_is_away(cluster: Cluster, tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE):
        async with running(settings_for(cluster.url, tmp_path, worker_in_server=True)) as server:
            await until_ready(server)
            await cluster.crash()
            stop_working()
    await cluster.start()
