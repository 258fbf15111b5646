"""Notifications while workers and the database are killed: each in the inbox once, and mailed once, or twice alike."""

import asyncio
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from uuid import UUID

import asyncpg
import pytest

from app.consumers.follow import register
from app.database import Database, Transaction, use
from app.database.failures import MAYBE_UNREACHABLE
from app.events.facts import opportunity_updated
from app.events.log import append
from app.notifications.consumer import NOTIFICATIONS
from tests import hunts
from tests.app.notifications.servers import Mailbox, mail_server
from tests.clusters import Cluster
from tests.forks import ROOT, Forked, forked
from tests.soak.notifying import PORT
from tests.soak.test_consumers import ask
from tests.waiting import until

WORKERS = hunts.size(2, whole=3)
KILLS, CRASHES = hunts.size(1, whole=14), hunts.size(1, whole=4)
BURST, DEALS = hunts.size(8, whole=60), hunts.size(4, whole=40)
DRAINED_WITHIN = 1_800.0
"""Seconds, of which a busy machine takes most; nothing that is asserted rests on it."""

CHANGES = """
SELECT 'event/' || e.seq || '/owner' AS key, o.owner_id FROM event e JOIN opportunity o ON o.id = e.opportunity_id
WHERE e.type = 'OPPORTUNITY_UPDATED' AND e.payload = '{"fields": ["owner"]}' AND e.at >= (SELECT min(at) FROM begun)
"""
TOLD = "SELECT id, key, user_id, number FROM notification ORDER BY user_id, number"
INBOXES = "SELECT user_id, unread, last_number FROM inbox"
MESSAGES = "SELECT id, user_id, notification_ids, sent_at, failed_at FROM notification_message"
UNDONE = """
SELECT (SELECT count(*) FROM notification_delivery) AS waiting,
  (SELECT count(*) FROM notification_message WHERE due_at IS NOT NULL) AS unsent,
  (SELECT count(*) FROM delayed_event) AS delayed,
  (SELECT count(*) FROM event e, consumer_cursor c
   WHERE c.name = 'notifications' AND (e.xid, e.seq) > (c.xid, c.seq)) AS behind
"""
# A mail that failed while the database was away is due in a minute; the hunt doesn't wait for that.
HURRY = "UPDATE notification_message SET due_at = now() WHERE due_at > now()"
EVERYBODY = """
INSERT INTO notification_preference (id, user_id, kind, channel, pace)
SELECT gen_random_uuid(), u.id, 'DEAL_ASSIGNED', 'EMAIL', 'AT_ONCE' FROM user_account u
"""
PREPARED = (
    EVERYBODY,
    "UPDATE user_account SET email = key || '@example.com' FROM (SELECT id AS of, 'u' || id AS key FROM user_account) k"
    " WHERE k.of = user_account.id",
    "CREATE TABLE begun AS SELECT clock_timestamp() AS at",
)


class Worker:
    def __init__(self, url: str, port: int) -> None:
        self._url, self._port = url, port
        self._process: Forked | None = None

    async def start(self) -> None:
        with Path(os.devnull).open("wb") as nowhere:  # noqa: ASYNC230
            self._process = forked(
                self._url,
                folder=ROOT,
                environment={**os.environ, PORT: str(self._port)},
                stdout=nowhere,
                stderr=sys.__stderr__ or nowhere,
                program="tests.soak.notifying:run",
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
    """New owners of deals, through every crash."""
    left = BURST
    while left:
        with suppress(*MAYBE_UNREACHABLE, asyncpg.PostgresError):
            connection = await asyncpg.connect(url)
            while left:
                left -= 1
                async with connection.transaction():
                    tx = Transaction(connection, None)  # type: ignore[arg-type] # the log doesn't touch the ORM
                    await append(tx, opportunity_updated(random.choice(deals), fields=["owner"], actor_id=None))
            await connection.close()
        await asyncio.sleep(0.02)


async def prepare(url: str) -> list[UUID]:
    """The deals that change; whose owners want mail at once."""
    database = await Database.connect(url, size=2)
    use(database)
    await register(database, NOTIFICATIONS)
    for statement in PREPARED:
        await database.fetch(statement)
    rows = await database.fetch(
        "SELECT id FROM opportunity WHERE status = 'OPEN' AND owner_id IS NOT NULL ORDER BY id LIMIT $1", DEALS
    )
    await database.close()
    return [row["id"] for row in rows]


async def told(url: str) -> int:
    return int((await ask(url, "SELECT count(*) AS n FROM notification"))[0]["n"])


@pytest.mark.soak
async def test_everybody_is_told_once_whoever_is_killed(cluster: Cluster) -> None:
    seed = hunts.seed()
    print(f"seed {seed}")  # noqa: T201 # to repeat it
    random, mailbox = Random(seed), Mailbox()
    deals = await prepare(cluster.url)
    async with mail_server(mailbox) as port:
        workers = [Worker(cluster.url, port) for _ in range(WORKERS)]
        kills = [*[None] * CRASHES, *(random.choice(workers) for _ in range(KILLS))]
        random.shuffle(kills)
        for worker in workers:
            await worker.start()
        try:
            for number, killed in enumerate(kills):
                before = await told(cluster.url)
                burst = asyncio.create_task(write(cluster.url, Random(f"{seed}/{number}"), deals))

                async def some(before: int = before) -> bool:
                    return await told(cluster.url) > before

                await until(some)
                if killed is None:
                    await cluster.crash()
                    await cluster.start()
                else:
                    await killed.kill()
                    await killed.start()
                await burst

            async def all_done() -> bool:
                await ask(cluster.url, HURRY)
                return not any((await ask(cluster.url, UNDONE))[0].values())

            await until(all_done, within=DRAINED_WITHIN)
        finally:
            for worker in workers:
                await worker.kill()
    await _check(cluster.url, mailbox)
    hunts.record(
        "Notifications, killed at any moment",
        f"seed {seed}; {KILLS} times SIGKILL to one of {WORKERS} workers, {CRASHES} times an immediate stop of "
        f"PostgreSQL, {len(deals)} deals",
        f"{await told(cluster.url)} notifications, each once in its inbox; {len(mailbox.mails)} mails came, "
        f"{len(mailbox.mails) - len(_ids(mailbox))} of them again, with the same id",
        "none was left unsent",
    )


def _ids(mailbox: Mailbox) -> Counter[str]:
    return Counter(str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in mailbox.mails)


async def _check(url: str, mailbox: Mailbox) -> None:
    happened = [(row["key"], row["owner_id"]) for row in await ask(url, CHANGES)]
    found = await ask(url, TOLD)
    assert sorted((row["key"], row["user_id"]) for row in found) == sorted(happened)
    numbers: dict[UUID, list[int]] = {}
    for row in found:
        numbers.setdefault(row["user_id"], []).append(row["number"])
    for row in await ask(url, INBOXES):
        own = numbers[row["user_id"]]
        assert own == list(range(1, len(own) + 1))
        assert (row["unread"], row["last_number"]) == (len(own), len(own))
    messages = await ask(url, MESSAGES)
    assert all(row["sent_at"] is not None and row["failed_at"] is None for row in messages)
    assert Counter(id for row in messages for id in row["notification_ids"]) == Counter(row["id"] for row in found)
    assert _ids(mailbox).keys() == {str(row["id"]) for row in messages}
