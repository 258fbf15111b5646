"""Killed at any moment, the server or its database: nothing that was acknowledged is lost, nothing is half there."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

import asyncpg
import httpx
import pytest

from app.analytics.rollups.checking import check
from app.demo.people import demo_id
from tests import hunts
from tests.clusters import Cluster
from tests.processes import Process
from tests.soak.books import faults, logged
from tests.soak.listeners import Listener
from tests.soak.movers import Mover, Told, burst
from tests.waiting import PATIENCE, until

SERVER_KILLS, DATABASE_CRASHES = hunts.size(2, whole=30), hunts.size(1, whole=10)
MOVERS, LISTENERS = hunts.size(10, whole=50), hunts.size(8, whole=200)
BURST_SECONDS = 0.6

REGISTER = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { id } userErrors { message } } }"""
LAST = "{ events(first: 100) { nodes { cursor } pageInfo { hasNextPage endCursor } } }"


@pytest.fixture
async def cluster(demo_state: Path) -> AsyncIterator[Cluster]:
    directory = Path(mkdtemp(prefix="pg"))
    shutil.copytree(demo_state, directory, dirs_exist_ok=True)
    cluster = Cluster(directory)
    yield cluster
    cluster.stop()
    shutil.rmtree(directory)


@dataclass
class Run:
    cluster: Cluster
    process: Process
    random: Random
    told: Told = field(default_factory=Told)
    movers: list[Mover] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    began: int = 0

    async def ask(self, query: str, **variables: Any) -> Any:
        token = self.process.token_for(str(demo_id("user/Tomás Herrera")))
        async with httpx.AsyncClient(base_url=self.process.base_url, trust_env=False, timeout=PATIENCE) as client:
            body = {"query": query, "variables": variables}
            response = await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
        assert "errors" not in response.json(), response.text
        return response.json()["data"]

    async def prepare(self) -> None:
        token = self.process.token_for(str(demo_id("user/Tomás Herrera")))
        for number in range(MOVERS):
            partner = f"ptr_{demo_id('org/alpine-it')}"
            given = {"name": f"Kill test {number}", "accountName": f"Customer {number}", "playbookKey": "it-software"}
            made = (await self.ask(REGISTER, input={**given, "partnerId": partner}))["createOpportunity"]
            deal = made["opportunity"]["id"]
            self.movers.append(Mover(self.process.base_url, token, deal, self.told, patient=number % 2 == 0))
        connection = await asyncpg.connect(self.cluster.url)
        self.began = await connection.fetchval("SELECT seq FROM event ORDER BY xid DESC, seq DESC LIMIT 1")
        await connection.close()
        after = await self._last_cursor()
        self.listeners = [Listener(self.process.base_url, token, after) for _ in range(LISTENERS)]

    async def _last_cursor(self) -> str:
        query = LAST.replace("first: 100", "first: 100, after: $after").replace(
            "{ events", "query($after: Cursor) { events", 1
        )
        after, more = None, True
        while more:
            page = (await self.ask(query, after=after))["events"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert after is not None
        return str(after)

    async def kill_the_server(self) -> None:
        moving = asyncio.create_task(burst(self.movers, self.random, BURST_SECONDS))
        await asyncio.sleep(self.random.uniform(0.05, BURST_SECONDS * 1.5))
        self.process.signal(signal.SIGKILL)
        await self.process.ended()
        await self.process.start()
        await moving

    async def crash_the_database(self) -> None:
        moving = asyncio.create_task(burst(self.movers, self.random, BURST_SECONDS))
        await asyncio.sleep(self.random.uniform(0.05, BURST_SECONDS * 1.5))
        await self.cluster.crash()
        await self.cluster.start()
        await moving

    async def is_in_order(self) -> None:
        """The database agrees with what was told, and everybody who listens has heard all of it, once and in order."""
        connection = await asyncpg.connect(self.cluster.url)
        try:
            assert await faults(connection, self.told) == []
            assert self.told.refused == []
            expected = await logged(connection, self.began)

            async def heard() -> bool:
                return all(len(listener.heard) >= len(expected) for listener in self.listeners)

            with suppress(TimeoutError):
                await until(heard)
            for listener in self.listeners:
                assert listener.faults == []
                assert listener.heard == expected, (len(listener.heard), len(expected))
            await until(lambda: _no_job_is_left(connection))
            # Also while servers fold what has changed: each comparison is one statement.
            assert [one for one in await check(connection) if one.wrong] == []
        finally:
            await connection.close()


async def _no_job_is_left(connection: asyncpg.Connection) -> bool:
    statement = "SELECT count(*) = 0 FROM procrastinate_jobs WHERE status <> 'succeeded' AND scheduled_at IS NULL"
    return bool(await connection.fetchval(statement))


@pytest.mark.soak
async def test_nothing_is_lost_and_nothing_half_done(cluster: Cluster, tmp_path: Path) -> None:
    seed = hunts.seed()
    print(f"seed {seed}")  # noqa: T201 # to repeat it
    async with Process(cluster.url, tmp_path, LOG_LEVEL="warning") as process:
        run = Run(cluster, process, Random(seed))
        await run.prepare()
        listening = [asyncio.create_task(listener.listen()) for listener in run.listeners]
        try:
            for _ in range(SERVER_KILLS):
                await run.kill_the_server()
                await run.is_in_order()
            for _ in range(DATABASE_CRASHES):
                await run.crash_the_database()
                await run.is_in_order()
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
            for mover in run.movers:
                await mover.aclose()
    told, cuts = run.told, sum(listener.cuts for listener in run.listeners)
    assert len(told.acknowledged) > 0
    assert cuts > 0
    hunts.record(
        "Killed at any moment",
        f"seed {seed}; {SERVER_KILLS} times SIGKILL to the server, {DATABASE_CRASHES} times an immediate stop of "
        f"PostgreSQL, with {MOVERS} clients moving deals and {LISTENERS} subscribers",
        f"{len(told.acknowledged)} moves were acknowledged: each is there once in deal, transition and event",
        f"{told.repeated} times a move was repeated under its `clientMutationId`: none was made twice",
        f"{len(told.unknown)} moves were given up without an answer: each is there as a whole or not at all",
        f"{sum(len(one.heard) for one in run.listeners)} events were heard through {cuts} cuts: every subscriber heard "
        "each once, in order",
        "no job was left over",
        "every sum that dashboards read equals the deals, after each kill",
    )
