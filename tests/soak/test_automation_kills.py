"""Automations while workers and the database are killed: each run once, each step's effect once."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from uuid import UUID

import asyncpg
import pytest

from app.automation.consumer import AUTOMATIONS
from app.automation.definition import Definition, Step, Trigger
from app.automation.saving import upsert_automation
from app.consumers.follow import register
from app.database import Database, Transaction, use
from app.database.failures import MAYBE_UNREACHABLE
from app.events.facts import opportunity_updated
from app.events.log import append
from app.outcomes import Refused
from app.vocabulary import AutomationStepKind, EventType
from tests import hunts
from tests.clusters import Cluster
from tests.forks import ROOT, Forked, forked
from tests.schema.world import VENDOR, person
from tests.soak.test_consumers import ask
from tests.waiting import until

WORKERS, AUTOMATED = hunts.size(2, whole=3), hunts.size(2, whole=5)
KILLS, CRASHES = hunts.size(1, whole=12), hunts.size(1, whole=4)
BURST, DEALS = hunts.size(8, whole=125), hunts.size(4, whole=40)
"""Changes about each kill, of so many deals: 2,000 in all of the whole hunt."""
DRAINED_WITHIN = 1_800.0
"""Seconds, of which a busy machine takes most; nothing that is asserted rests on it."""

UNBOUNDED = {"STAGEPATH_AUTOMATION_RUNS_PER_DEAL": "10000", "STAGEPATH_AUTOMATION_RUNS_PER_HOUR": "1000000"}
CHANGES = """
SELECT seq FROM event e WHERE e.type = 'OPPORTUNITY_UPDATED' AND e.payload = '{"fields": ["notes"]}'
  AND e.at >= (SELECT min(active_since) FROM automation)
"""
RUNS = "SELECT automation_id, moment, status, error FROM automation_run"
TASKS = "SELECT effect_key FROM task WHERE source = 'AUTOMATION'"
COMMENTS = "SELECT count(*) AS n FROM comment c JOIN automation a ON a.id = c.author_id"
UNDONE = """
SELECT (SELECT count(*) FROM automation_step_run WHERE status = 'WAITING') AS waiting,
  (SELECT count(*) FROM delayed_event) AS delayed,
  (SELECT count(*) FROM event e, consumer_cursor c
   WHERE c.name = 'automations' AND (e.xid, e.seq) > (c.xid, c.seq)) AS behind
"""


class Worker:
    def __init__(self, url: str) -> None:
        self._url = url
        self._process: Forked | None = None

    async def start(self) -> None:
        with Path(os.devnull).open("wb") as nowhere:  # noqa: ASYNC230
            self._process = forked(
                self._url,
                folder=ROOT,
                environment={**os.environ, **UNBOUNDED},
                stdout=nowhere,
                stderr=sys.__stderr__ or nowhere,
                program="tests.soak.automating:run",
            )

    async def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.ended()


@pytest.fixture
async def cluster(demo_state: Path) -> AsyncIterator[Cluster]:
    directory = Path(mkdtemp(prefix="pg"))
    shutil.copytree(demo_state, directory, dirs_exist_ok=True)
    cluster = Cluster(directory)
    yield cluster
    cluster.stop()
    shutil.rmtree(directory)


async def write(url: str, random: Random, deals: Sequence[UUID]) -> None:
    """Changes of deals, through every crash."""
    left = BURST
    while left:
        with suppress(*MAYBE_UNREACHABLE, asyncpg.PostgresError):
            connection = await asyncpg.connect(url)
            while left:
                left -= 1
                async with connection.transaction():
                    tx = Transaction(connection, None)  # type: ignore[arg-type] # the log doesn't touch the ORM
                    await append(tx, opportunity_updated(random.choice(deals), fields=["notes"], actor_id=None))
            await connection.close()
        await asyncio.sleep(0.02)


async def prepare(url: str) -> list[UUID]:
    """Automations that are on, and the deals that change."""
    database = await Database.connect(url, size=2)
    use(database)
    await register(database, AUTOMATIONS)
    steps = (
        Step(AutomationStepKind.CREATE_TASK, {"title": "Call {{ account.name }}"}),
        Step(AutomationStepKind.COMMENT, {"body": "{{ deal.name }} has changed"}),
    )
    for n in range(AUTOMATED):
        trigger = Trigger(frozenset({EventType.OPPORTUNITY_UPDATED}))
        definition = Definition(f"hunted-{n}", f"Hunted {n}", trigger, '"notes" in event.fields', steps)
        saved = await upsert_automation(await person(VENDOR), definition, enabled=True)
        assert not isinstance(saved, Refused)
    rows = await database.fetch("SELECT id FROM opportunity WHERE status = 'OPEN' ORDER BY id LIMIT $1", DEALS)
    await database.close()
    return [row["id"] for row in rows]


@pytest.mark.soak
async def test_every_step_has_its_effect_once_whoever_is_killed(cluster: Cluster) -> None:
    seed = hunts.seed()
    print(f"seed {seed}")  # noqa: T201 # to repeat it
    random = Random(seed)
    deals = await prepare(cluster.url)
    workers = [Worker(cluster.url) for _ in range(WORKERS)]
    kills = [*[None] * CRASHES, *(random.choice(workers) for _ in range(KILLS))]
    random.shuffle(kills)
    for worker in workers:
        await worker.start()
    try:
        for number, killed in enumerate(kills):
            before = (await ask(cluster.url, "SELECT count(*) AS n FROM automation_run"))[0]["n"]
            burst = asyncio.create_task(write(cluster.url, Random(f"{seed}/{number}"), deals))

            async def some(before: int = before) -> bool:
                return bool((await ask(cluster.url, "SELECT count(*) AS n FROM automation_run"))[0]["n"] > before)

            await until(some)
            if killed is None:
                await cluster.crash()
                await cluster.start()
            else:
                await killed.kill()
                await killed.start()
            await burst

        async def all_done() -> bool:
            return not any((await ask(cluster.url, UNDONE))[0].values())

        await until(all_done, within=DRAINED_WITHIN)
    finally:
        for worker in workers:
            await worker.kill()
    events = [row["seq"] for row in await ask(cluster.url, CHANGES)]
    runs = await ask(cluster.url, RUNS)
    assert sorted(row["moment"] for row in runs) == sorted(f"event/{seq}" for seq in events for _ in range(AUTOMATED))
    assert {row["status"] for row in runs} == {"DONE"}
    tasks = await ask(cluster.url, TASKS)
    assert len(tasks) == len({row["effect_key"] for row in tasks}) == len(runs)
    assert (await ask(cluster.url, COMMENTS))[0]["n"] == len(runs)
    hunts.record(
        "Automations, killed at any moment",
        f"seed {seed}; {KILLS} times SIGKILL to one of {WORKERS} workers, {CRASHES} times an immediate stop of "
        f"PostgreSQL, {AUTOMATED} automations of two steps, {len(deals)} deals",
        f"{len(events)} changes: {len(runs)} runs, and as many tasks and comments, each once",
        "none was left undone",
    )
