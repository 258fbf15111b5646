"""Consumers of the log while workers and database are killed: effects exactly once, and in order for each deal."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from uuid import UUID

import asyncpg
import pytest

from app.database import Database, Transaction
from app.database.failures import MAYBE_UNREACHABLE
from app.database.migrate import migrate
from app.events.facts import opportunity_updated
from app.events.log import append
from app.models.columns import new_id
from tests import hunts
from tests.clusters import Cluster
from tests.forks import ROOT, Forked, forked
from tests.waiting import until

WORKERS, WRITERS, DEALS = hunts.size(2, whole=4), hunts.size(3, whole=6), hunts.size(5, whole=40)
KILLS, CRASHES = hunts.size(1, whole=20), hunts.size(1, whole=8)
BURST = hunts.size(10, whole=12)
"""Transactions of each writer about one kill."""
DRAINED_WITHIN = 900.0
"""Seconds, of which a busy machine takes most; nothing that is asserted rests on it."""

EFFECTS = "CREATE TABLE effect (n bigserial PRIMARY KEY, seq bigint, deal uuid, worker int)"
WRITTEN = "SELECT seq, opportunity_id AS deal FROM event ORDER BY xid, seq"
BOOKED = "SELECT seq, deal FROM effect ORDER BY n"
MAILED = "SELECT args ->> 'effect_id' AS effect, lock FROM procrastinate_jobs ORDER BY id"
BEHIND = """
SELECT NOT EXISTS (SELECT FROM delayed_event) AND count(*) = 2 AND bool_and((c.xid, c.seq) = (e.xid, e.seq))
FROM consumer_cursor c, (SELECT xid, seq FROM event ORDER BY xid DESC, seq DESC LIMIT 1) e
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
                environment=dict(os.environ),
                stdout=nowhere,
                stderr=sys.__stderr__ or nowhere,
                program="tests.soak.consuming:run",
            )

    async def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.ended()


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    directory = Path(mkdtemp(prefix="pg"))
    cluster = Cluster(directory)
    yield cluster
    cluster.stop()
    shutil.rmtree(directory)


async def write(url: str, random: Random, deals: Sequence[UUID]) -> None:
    """Transactions of a few events, of which some are long and some are rolled back, through every crash."""
    left = BURST
    while left:
        try:
            connection = await asyncpg.connect(url)
            while left:
                left -= 1
                async with connection.transaction() if random.random() < 0.9 else rolled_back(connection):
                    tx = Transaction(connection, None)  # type: ignore[arg-type] # the log doesn't touch the ORM
                    for deal in random.sample(deals, random.randint(1, 3)):
                        await append(tx, opportunity_updated(deal, fields=["notes"], actor_id=None))
                        await asyncio.sleep(random.choice([0, 0, 0.02]))
            await connection.close()
        except (*MAYBE_UNREACHABLE, asyncpg.PostgresError):
            await asyncio.sleep(0.05)


@asynccontextmanager
async def rolled_back(connection: asyncpg.Connection) -> AsyncIterator[None]:
    transaction = connection.transaction()
    await transaction.start()
    yield
    await transaction.rollback()


async def ask(url: str, statement: str) -> list[asyncpg.Record]:
    """However often the database goes away meanwhile."""
    while True:
        try:
            connection = await asyncpg.connect(url)
            try:
                return list(await connection.fetch(statement))
            finally:
                await connection.close()
        except (*MAYBE_UNREACHABLE, asyncpg.PostgresError):
            await asyncio.sleep(0.05)


async def more_were_booked(url: str, number: int) -> None:
    booked = "SELECT count(*) AS n FROM effect"
    before = (await ask(url, booked))[0]["n"]

    async def enough() -> bool:
        return bool((await ask(url, booked))[0]["n"] >= before + number)

    await until(enough)


@pytest.mark.soak
async def test_every_effect_is_there_once_and_in_order_whoever_is_killed(cluster: Cluster) -> None:
    seed = hunts.seed()
    print(f"seed {seed}")  # noqa: T201 # to repeat it
    random, deals = Random(seed), [new_id() for _ in range(DEALS)]
    database = await Database.connect(cluster.url, size=2)
    await migrate(database)
    await database.fetch(EFFECTS)
    await database.close()
    workers = [Worker(cluster.url) for _ in range(WORKERS)]
    kills = [*[None] * CRASHES, *(random.choice(workers) for _ in range(KILLS))]
    random.shuffle(kills)
    for worker in workers:
        await worker.start()
    try:
        for number, killed in enumerate(kills):
            writing = [write(cluster.url, Random(f"{seed}/{number}/{n}"), deals) for n in range(WRITERS)]
            burst = asyncio.gather(*writing)
            await more_were_booked(cluster.url, random.randint(1, BURST))
            if killed is None:
                await cluster.crash()
                await cluster.start()
            else:
                await killed.kill()
                await killed.start()
            await burst

        async def all_done() -> bool:
            return bool((await ask(cluster.url, BEHIND))[0][0])

        await until(all_done, within=DRAINED_WITHIN)
    finally:
        for worker in workers:
            await worker.kill()
    written = [tuple(row) for row in await ask(cluster.url, WRITTEN)]
    booked = [tuple(row) for row in await ask(cluster.url, BOOKED)]
    mailed = [tuple(row) for row in await ask(cluster.url, MAILED)]
    assert sorted(booked) == sorted(written)
    for deal in deals:
        assert [seq for seq, of in booked if of == deal] == [seq for seq, of in written if of == deal]
        assert [id for id, lock in mailed if lock == f"mail/{deal}/"] == [
            f"mail/{seq}" for seq, of in written if of == deal
        ]
    by_workers = len({row["worker"] for row in await ask(cluster.url, "SELECT DISTINCT worker FROM effect")})
    assert by_workers > 1
    hunts.record(
        "Consumers of the log, killed at any moment",
        f"seed {seed}; {KILLS} times SIGKILL to one of {WORKERS} workers, {CRASHES} times an immediate stop of "
        f"PostgreSQL, with {WRITERS} writers and {DEALS} deals; a twentieth of all attempts failed",
        f"{len(written)} events: each had its row and its job once, in the order of its deal",
        f"rows were written over {by_workers} connections",
    )
