"""Webhooks while workers and database are killed: each event at each endpoint, under one id, in order
where it is wanted."""

import asyncio
import os
import shutil
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from uuid import UUID

import asyncpg
import pytest

from app.consumers.follow import register
from app.database import Database, Transaction
from app.database.failures import MAYBE_UNREACHABLE
from app.database.migrate import migrate
from app.events.cursors import log_cursor
from app.events.facts import opportunity_updated
from app.events.log import append
from app.models.columns import new_id
from app.settings import use_settings
from app.webhooks.secrets import new_secret, seal_secret
from app.webhooks.webhook_consumer import WEBHOOKS
from tests import hunts
from tests.clusters import Cluster
from tests.forks import ROOT, Forked, forked
from tests.receivers import Arrived, Receiver, Reply, receiving
from tests.soak.test_consumers import DRAINED_WITHIN, ask
from tests.soak.webhooking import PORT, hunted
from tests.waiting import until

WORKERS, WRITERS, DEALS = 2, hunts.size(2, whole=5), hunts.size(4, whole=30)
KILLS, CRASHES = hunts.size(1, whole=15), hunts.size(1, whole=5)
BURST = hunts.size(5, whole=12)
ENDPOINTS = {"/free": False, "/ordered": True, "/shaky": False}
"""By path: whether its order is kept."""
SHAKY = 0.05

LEFT = """
SELECT (SELECT count(*) FROM webhook_delivery WHERE due_at IS NOT NULL) + (
  SELECT count(*) FROM event e, consumer_cursor c WHERE c.name = 'webhooks' AND (e.xid, e.seq) > (c.xid, c.seq)
) + (SELECT count(*) FROM delayed_event) AS n
"""
WRITTEN = "SELECT seq, opportunity_id AS deal FROM event ORDER BY xid, seq"


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    directory = Path(mkdtemp(prefix="pg"))
    cluster = Cluster(directory)
    yield cluster
    cluster.stop()
    shutil.rmtree(directory)


class Worker:
    def __init__(self, url: str, port: int) -> None:
        self._url = url
        self._environment = {**os.environ, PORT: str(port)}
        self._process: Forked | None = None

    async def start(self) -> None:
        with Path(os.devnull).open("wb") as nowhere:  # noqa: ASYNC230
            self._process = forked(
                self._url,
                folder=ROOT,
                environment=self._environment,
                stdout=nowhere,
                stderr=sys.__stderr__ or nowhere,
                program="tests.soak.webhooking:run",
            )

    async def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.ended()


async def prepared(url: str, receiver: Receiver) -> None:
    """Somebody of the vendor's with the endpoints."""
    database = await Database.connect(url, size=2)
    await migrate(database)
    await register(database, WEBHOOKS)
    vendor, owner = new_id(), new_id()
    await database.fetch("INSERT INTO organization (id, key, name, kind) VALUES ($1, 'v', 'V', 'VENDOR')", vendor)
    await database.fetch(
        "INSERT INTO user_account (id, organization_id, name, role) VALUES ($1, $2, 'Owner', 'VENDOR_ADMIN')",
        owner,
        vendor,
    )
    for path, ordered in ENDPOINTS.items():
        id = new_id()
        await database.fetch(
            "INSERT INTO webhook_endpoint (id, organization_id, owner_id, url, ordered, secret)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            *(id, vendor, owner, receiver.url(path), ordered, seal_secret(new_secret(), id)),
        )
    await database.close()


async def write(url: str, random: Random, deals: Sequence[UUID]) -> None:
    """Transactions of a few events, through every crash."""
    left = BURST
    while left:
        try:
            connection = await asyncpg.connect(url)
            while left:
                left -= 1
                async with connection.transaction():
                    tx = Transaction(connection, None)  # type: ignore[arg-type] # the log doesn't touch the ORM
                    for deal in random.sample(deals, random.randint(1, 3)):
                        await append(tx, opportunity_updated(deal, fields=["notes"], actor_id=None))
                        await asyncio.sleep(random.choice([0, 0, 0.02]))
            await connection.close()
        except (*MAYBE_UNREACHABLE, asyncpg.PostgresError):
            await asyncio.sleep(0.05)


@pytest.mark.soak
async def test_each_event_arrives_under_one_id_and_in_order_whoever_is_killed(cluster: Cluster) -> None:
    seed = hunts.seed()
    print(f"seed {seed}")  # noqa: T201 # to repeat it
    random, deals = Random(seed), [new_id() for _ in range(DEALS)]

    def choose(one: Arrived) -> Reply:
        shaken = one.path == "/shaky" and random.random() < SHAKY
        return Reply(503, {"Retry-After": "1"}) if shaken else Reply()

    async with receiving() as receiver:
        receiver.choose = choose
        use_settings(hunted(receiver.port))
        try:
            await prepared(cluster.url, receiver)
            await _hunt(cluster, receiver, random, deals, seed)
            written = [(row["seq"], row["deal"]) for row in await ask(cluster.url, WRITTEN)]
            listed = await ask(
                cluster.url, "SELECT count(*) AS n, count(DISTINCT event_seq) AS seqs FROM webhook_delivery"
            )
            cursors = {log_cursor(seq): (seq, deal) for seq, deal in written}
        finally:
            use_settings(None)
    assert tuple(listed[0]) == (len(written) * len(ENDPOINTS), len(written))
    for path in ENDPOINTS:
        ids = defaultdict(set)
        first: dict[int, None] = {}
        for one in receiver.at(path):
            seq, _ = cursors[one.said["cursor"]]
            ids[seq].add(one.id)
            first.setdefault(seq)
        assert first.keys() == {seq for seq, _ in written}, f"{path}: something is lost"
        assert all(len(known) == 1 for known in ids.values()), f"{path}: a repetition has another id"
        if ENDPOINTS[path]:
            assert [*first] == [seq for seq, _ in written], f"{path}: out of order"
    arrived = len(receiver.arrived)
    hunts.record(
        "Webhooks, killed at any moment",
        f"seed {seed}; {KILLS} times SIGKILL to one of {WORKERS} workers, {CRASHES} times an immediate stop of "
        f"PostgreSQL, with {WRITERS} writers, {DEALS} deals and {len(ENDPOINTS)} endpoints, of which one asks for "
        "patience at times",
        f"{len(written)} events: one delivery each for each endpoint, nothing lost, the same id at every try",
        f"{arrived - len(written) * len(ENDPOINTS)} of {arrived} requests were repetitions",
        "the endpoint that wants its order got it",
    )


async def _hunt(cluster: Cluster, receiver: Receiver, random: Random, deals: Sequence[UUID], seed: int) -> None:
    workers = [Worker(cluster.url, receiver.port) for _ in range(WORKERS)]
    kills = [*[None] * CRASHES, *(random.choice(workers) for _ in range(KILLS))]
    random.shuffle(kills)
    for worker in workers:
        await worker.start()
    try:
        for number, killed in enumerate(kills):
            writing = [write(cluster.url, Random(f"{seed}/{number}/{n}"), deals) for n in range(WRITERS)]
            burst, before = asyncio.gather(*writing), len(receiver.arrived)
            wanted = before + random.randint(1, BURST)
            await until(lambda wanted=wanted: _have(receiver, wanted))  # type: ignore[misc]
            if killed is None:
                await cluster.crash()
                await cluster.start()
            else:
                await killed.kill()
                await killed.start()
            await burst

        async def all_done() -> bool:
            return bool((await ask(cluster.url, LEFT))[0]["n"] == 0)

        await until(all_done, within=DRAINED_WITHIN)
    finally:
        for worker in workers:
            await worker.kill()


async def _have(receiver: Receiver, number: int) -> bool:
    return len(receiver.arrived) >= number
