"""SIGTERM: what runs is finished, who listens is told to come back, nobody new is let in, and it is soon over."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from app.demo.people import demo_id
from tests import hunts
from tests.processes import Process
from tests.schema.subscribers import over_sse, over_websocket
from tests.schema.world import ADVANCE, MANAGER
from tests.waiting import PATIENCE, until

DEAL = '{ opportunities(first: 1, filter: {stageKeys: ["deal-registration"]}) { nodes { id } } }'
CHANGES = "subscription { opportunityStageChanged { cursor } }"


async def ask(process: Process, token: str, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    async with httpx.AsyncClient(base_url=process.base_url, trust_env=False, timeout=PATIENCE) as client:
        return (await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})).json()


async def test_sigterm_ends_everything_in_good_order(database_url: str, tmp_path: Path) -> None:
    async with Process(database_url, tmp_path) as process:
        token = process.token_for(str(demo_id(f"user/{MANAGER}")))
        [deal] = (await ask(process, token, DEAL))["data"]["opportunities"]["nodes"]
        move = {"opportunityId": deal["id"], "toStageKey": "closed-lost", "reason": "Stopped in the middle"}
        async with (
            over_websocket(process.base_url, token, CHANGES, {}) as socket,
            over_sse(process.base_url, token, CHANGES, {}) as stream,
        ):
            listening = [asyncio.ensure_future(anext(payloads)) for payloads in (socket, stream)]
            holder, watcher = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
            await holder.execute("BEGIN; LOCK TABLE stage_transition")
            running = asyncio.create_task(ask(process, token, ADVANCE, input=move))

            async def waits() -> bool:
                waiting = (
                    "SELECT count(*) = 1 FROM pg_stat_activity"
                    " WHERE wait_event_type = 'Lock' AND query LIKE 'WITH moved AS%'"
                )
                return bool(await watcher.fetchval(waiting))

            await until(waits)
            process.signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE):
                over_socket, over_stream = await asyncio.gather(*listening, return_exceptions=True)
            assert isinstance(over_socket, ConnectionClosed), over_socket
            assert over_socket.rcvd is not None
            assert over_socket.rcvd.code == 1012
            assert isinstance(over_stream, httpx.TransportError | StopAsyncIteration), "cut, and not completed"

            async def refused() -> bool:
                """Who knocks at the very moment may see the line cut instead."""
                try:
                    await ask(process, token, DEAL)
                except httpx.TransportError:
                    return True
                return False

            await until(refused)
            assert not running.done()
            await holder.execute("ROLLBACK")
            answer = await running
            assert answer["data"]["advanceStage"]["userErrors"] == []
            async with asyncio.timeout(PATIENCE):
                code = await process.ended()
        assert code in (0, -signal.SIGTERM)
        stored = await watcher.fetch("SELECT reason FROM stage_transition WHERE reason = 'Stopped in the middle'")
        assert len(stored) == 1
        assert [line for line in map(_read, process.lines()) if line.get("level") in ("error", "critical")] == []
        for connection in (holder, watcher):
            await connection.close()


async def test_a_draining_server_says_so_and_serves_until_its_time_is_over(database_url: str, tmp_path: Path) -> None:
    async with (
        Process(database_url, tmp_path, DRAIN_SECONDS="300") as process,
        httpx.AsyncClient(base_url=process.base_url, trust_env=False, timeout=PATIENCE) as client,
    ):
        token = process.token_for(str(demo_id(f"user/{MANAGER}")))
        process.signal(signal.SIGTERM)

        async def drains() -> bool:
            answer = await client.get("/readyz")
            return (answer.status_code, answer.json()) == (503, {"status": "unavailable", "reasons": ["DRAINING"]})

        await until(drains)
        assert (await client.get("/healthz")).status_code == 200
        async with httpx.AsyncClient(base_url=process.base_url, trust_env=False, timeout=PATIENCE) as newcomer:
            assert await drains(), "over a new connection, too"
            assert (await newcomer.get("/readyz")).status_code == 503
        assert "errors" not in await ask(process, token, DEAL)
        process.signal(signal.SIGTERM)  # who can't wait
        async with asyncio.timeout(PATIENCE):
            assert await process.ended() in (0, -signal.SIGTERM)
    told = [line["event"] for line in map(_read, process.lines()) if "pid" in line]
    assert told == ["draining", "closing sockets", "sockets closed", "jobs stopped", "stopped"]


async def test_ctrl_c_does_not_wait(database_url: str, tmp_path: Path) -> None:
    async with Process(database_url, tmp_path, DRAIN_SECONDS="300") as process:
        process.signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE):
            assert await process.ended() == 0


async def test_a_server_that_drains_for_a_moment_ends_by_itself(database_url: str, tmp_path: Path) -> None:
    async with Process(database_url, tmp_path, DRAIN_SECONDS="0.1") as process:
        process.signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            assert await process.ended() in (0, -signal.SIGTERM)
    told = [line["event"] for line in map(_read, process.lines()) if "pid" in line]
    assert told == ["draining", "closing sockets", "sockets closed", "jobs stopped", "stopped"]


@pytest.mark.soak
@pytest.mark.skipif(not hunts.WHOLE, reason="takes the ten seconds it is about; `make soak` runs it")
async def test_sigterm_does_not_wait_for_what_will_not_end(database_url: str, tmp_path: Path) -> None:
    """A request that would run for longer than the server may take to stop is cut off, and changes nothing."""
    async with Process(database_url, tmp_path) as process:
        token = process.token_for(str(demo_id(f"user/{MANAGER}")))
        [deal] = (await ask(process, token, DEAL))["data"]["opportunities"]["nodes"]
        move = {"opportunityId": deal["id"], "toStageKey": "closed-lost", "reason": "Never"}
        holder, watcher = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
        await holder.execute("BEGIN; LOCK TABLE stage_transition")
        running = asyncio.create_task(ask(process, token, ADVANCE, input=move))

        async def waits() -> bool:
            return bool(await watcher.fetchval("SELECT count(*) = 1 FROM pg_locks WHERE NOT granted"))

        await until(waits)
        process.signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            await process.ended()
        with pytest.raises(httpx.TransportError):
            await running
        await holder.execute("ROLLBACK")
        assert await watcher.fetchval("SELECT count(*) FROM stage_transition WHERE reason = 'Never'") == 0
        for connection in (holder, watcher):
            await connection.close()


def _read(line: str) -> dict[str, Any]:
    return json.loads(line) if line.startswith("{") else {}
