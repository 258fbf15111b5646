"""All that follows from moves while workers and the database are killed: tasks, comments, changes and notifications
once, webhooks and mails once or again under the same id, nothing lost, each deal's in the order of the log."""

import asyncio
import os
import shutil
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.automation.consumer import AUTOMATIONS
from app.automation.definition import Definition, Step, Trigger
from app.automation.saving import upsert_automation
from app.consumers.follow import register
from app.database import Database, use
from app.database.failures import MAYBE_UNREACHABLE
from app.deals.advance import advance
from app.events.cursors import log_cursor
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.notifications.consumer import NOTIFICATIONS
from app.outcomes import Refused
from app.settings import use_settings
from app.vocabulary import AutomationStepKind, EventType
from app.webhooks.secrets import new_secret, seal_secret
from app.webhooks.webhook_consumer import WEBHOOKS
from tests import hunts
from tests.app.notifications.servers import Mailbox, mail_server
from tests.clusters import Cluster
from tests.forks import ROOT, Forked, forked
from tests.receivers import Arrived, Receiver, Reply, receiving
from tests.schema.world import person
from tests.soak.following import MAIL, RECEIVER, hunted
from tests.soak.movers import THERE_AND_BACK
from tests.soak.test_consumers import ask
from tests.waiting import until

WORKERS, WRITERS = hunts.size(2, whole=3), hunts.size(2, whole=4)
KILLS, CRASHES = hunts.size(1, whole=14), hunts.size(1, whole=6)
BURST, DEALS = hunts.size(6, whole=100), hunts.size(4, whole=32)
"""Moves about each kill, of so many deals: 2,000 in all of the whole hunt."""
DRAINED_WITHIN = 3_600.0
"""Seconds, of which a busy machine takes most; nothing that is asserted rests on it."""
ADMIN = "Ingrid Solberg"
ENDPOINTS = {"/free": False, "/ordered": True, "/shaky": False}
"""By path: whether its order is kept."""
SHAKY = 0.05
STEP = "automation.step"

STEPS: Mapping[str, tuple[AutomationStepKind, dict[str, Any]]] = {
    "tasks": (AutomationStepKind.CREATE_TASK, {"title": "Call {{ account.name }}"}),
    "notices": (AutomationStepKind.NOTIFY, {"to": ["OWNER"], "title": "{{ deal.name }} has moved"}),
    "comments": (AutomationStepKind.COMMENT, {"body": "{{ deal.name }} has moved"}),
    "changes": (AutomationStepKind.SET_FIELD, {"field": "nextStep", "value": "What came of {{ event.at }}"}),
    "webhooks": (AutomationStepKind.SEND_WEBHOOK, {}),
}
MOVES = """
SELECT e.seq, e.opportunity_id AS deal, o.owner_id FROM event e JOIN opportunity o ON o.id = e.opportunity_id
WHERE e.type = 'OPPORTUNITY_STAGE_CHANGED' AND e.at >= (SELECT min(at) FROM begun) ORDER BY e.xid, e.seq
"""
RUNS = """
SELECT a.key, r.event_seq, r.opportunity_id AS deal, r.status, r.started_at, r.error
FROM automation_run r JOIN automation a ON a.id = r.automation_id
"""
TASKS = "SELECT effect_key FROM task WHERE source = 'AUTOMATION'"
COMMENTS = "SELECT c.id FROM comment c JOIN automation a ON a.id = c.author_id"
CHANGES = """
SELECT e.seq FROM event e JOIN automation a ON a.id = e.actor_id
WHERE e.type = 'OPPORTUNITY_UPDATED' AND e.payload = '{"fields": ["nextStep"]}'
"""
TOLD = "SELECT id, key, kind, user_id, number FROM notification ORDER BY user_id, number"
INBOXES = "SELECT user_id, unread, last_number FROM inbox"
MESSAGES = "SELECT id, notification_ids, sent_at, failed_at FROM notification_message"
DELIVERIES = "SELECT id, endpoint_id, type, event_seq, status FROM webhook_delivery"
UNDONE = """
SELECT (SELECT count(*) FROM automation_step_run WHERE status = 'WAITING') AS steps,
  (SELECT count(*) FROM notification_delivery) AS waiting,
  (SELECT count(*) FROM notification_message WHERE due_at IS NOT NULL) AS unsent,
  (SELECT count(*) FROM webhook_delivery WHERE due_at IS NOT NULL) AS undelivered,
  (SELECT count(*) FROM delayed_event) AS delayed,
  (SELECT count(*) FROM event e, consumer_cursor c WHERE c.name = ANY ('{automations, notifications, webhooks}')
   AND (e.xid, e.seq) > (c.xid, c.seq)) AS behind
"""
# What a worker had in hand that died, or failed while the database was away, is due in minutes.
HURRY = (
    "UPDATE notification_delivery SET due_at = now() WHERE due_at > now()",
    "UPDATE notification_message SET due_at = now() WHERE due_at > now()",
    "UPDATE automation_step_run SET due_at = now() WHERE status = 'WAITING' AND due_at > now()",
)
PREPARED = (
    "DELETE FROM notification_preference",
    "INSERT INTO notification_preference (id, user_id, kind, channel, pace)"
    " SELECT gen_random_uuid(), u.id, k.kind, 'EMAIL', k.pace FROM user_account u"
    " CROSS JOIN (VALUES ('AUTOMATION', 'AT_ONCE'), ('DEAL_STAGE_CHANGED', 'OFF'), ('TASK_ASSIGNED', 'OFF'),"
    " ('COMMENT_ADDED', 'OFF')) k(kind, pace)",
    "UPDATE user_account SET email = 'u' || id || '@example.com' WHERE email IS NOT NULL",
    "CREATE TABLE begun AS SELECT clock_timestamp() AS at",
)
OPEN = """
SELECT o.id FROM opportunity o JOIN playbook p ON p.id = o.playbook_id AND p.key = 'it-software'
WHERE o.status = 'OPEN' AND o.owner_id IS NOT NULL ORDER BY o.id LIMIT $1
"""
STANDS = "SELECT s.key FROM opportunity o JOIN stage s ON s.id = o.stage_id WHERE o.id = $1"


class Worker:
    def __init__(self, url: str, receiver: int, mail: int) -> None:
        self._url = url
        self._environment = {**os.environ, RECEIVER: str(receiver), MAIL: str(mail)}
        self._process: Forked | None = None

    async def start(self) -> None:
        with Path(os.devnull).open("wb") as nowhere:  # noqa: ASYNC230
            self._process = forked(
                self._url,
                folder=ROOT,
                environment=self._environment,
                stdout=nowhere,
                stderr=sys.__stderr__ or nowhere,
                program="tests.soak.following:run",
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


async def prepare(database: Database, receiver: Receiver) -> tuple[Viewer, list[UUID]]:
    """Automations and endpoints that are on; who moves deals, and which."""
    for consumer in (AUTOMATIONS, NOTIFICATIONS, WEBHOOKS):
        await register(database, consumer)
    admin = await person(ADMIN)
    ids = {path: new_id() for path in ENDPOINTS}
    for path, id in ids.items():
        await database.fetch(
            "INSERT INTO webhook_endpoint (id, organization_id, owner_id, url, event_types, ordered, secret)"
            " VALUES ($1, $2, $3, $4, '{OPPORTUNITY_STAGE_CHANGED}', $5, $6)",
            *(id, admin.organization_id, admin.user_id, receiver.url(path), ENDPOINTS[path]),
            seal_secret(new_secret(), id),
        )
    for key, (kind, chosen) in STEPS.items():
        given = {"endpoint": f"whe_{ids['/free']}"} if kind is AutomationStepKind.SEND_WEBHOOK else chosen
        trigger = Trigger(frozenset({EventType.OPPORTUNITY_STAGE_CHANGED}))
        definition = Definition(key, key.title(), trigger, "", (Step(kind, given),))
        saved = await upsert_automation(admin, definition, enabled=True)
        assert not isinstance(saved, Refused)
    for statement in PREPARED:
        await database.fetch(statement)
    return admin, [row["id"] for row in await database.fetch(OPEN, DEALS)]


async def write(database: Database, admin: Viewer, random: Random, deals: Sequence[UUID], number: int) -> None:
    """Moves to and fro, through every crash; who made one, and doesn't know, makes it again."""
    while number:
        with suppress(*MAYBE_UNREACHABLE, asyncpg.PostgresError):
            deal = random.choice(deals)
            row = await database.fetchrow(STANDS, deal)
            assert row is not None
            there, back = THERE_AND_BACK
            moved = await advance(admin, deal, back if row["key"] == there else there, override=True, reason="A hunt")
            assert not isinstance(moved, Refused), moved
            number -= 1
            continue
        await asyncio.sleep(0.05)


@pytest.mark.soak
async def test_what_follows_from_moves_is_there_once_whoever_is_killed(cluster: Cluster) -> None:
    seed, mailbox = hunts.seed(), Mailbox()
    print(f"seed {seed}")  # noqa: T201 # to repeat it
    random = Random(seed)

    def choose(one: Arrived) -> Reply:
        shaken = one.path == "/shaky" and random.random() < SHAKY
        return Reply(503, {"Retry-After": "1"}) if shaken else Reply()

    async with receiving() as receiver, mail_server(mailbox) as mail:
        receiver.choose = choose
        use_settings(hunted(receiver.port, mail))
        database = await Database.connect(cluster.url, size=WRITERS + 1)
        use(database)
        try:
            admin, deals = await prepare(database, receiver)
            workers = [Worker(cluster.url, receiver.port, mail) for _ in range(WORKERS)]
            await _hunt(cluster, database, workers, Random(seed), admin, deals)
            moves = await ask(cluster.url, MOVES)
            cursors = {log_cursor(row["seq"]): row["seq"] for row in moves}
        finally:
            use(None)
            use_settings(None)
            await database.close()
    again = await _inside(cluster.url, moves)
    mails = await _mailed(cluster.url, mailbox)
    repeated = await _outside(cluster.url, receiver, moves, cursors)
    hunts.record(
        "What follows from moves, killed at any moment",
        f"seed {seed}; {KILLS} times SIGKILL to one of {WORKERS} workers, {CRASHES} times an immediate stop of "
        f"PostgreSQL, {WRITERS} writers, {len(deals)} deals, {len(STEPS)} automations, {len(ENDPOINTS)} endpoints",
        f"{len(moves)} moves: {len(moves) * len(STEPS)} runs, and {len(moves)} each of tasks, comments, changes and "
        f"notices of automations, each once; {again} notifications, each once in its inbox",
        f"{len(mailbox.mails)} mails came, {mails} of them again, with the same id",
        f"{len(receiver.arrived)} requests to endpoints, {repeated} of them again, with the same id",
        "nothing was left undone or lost; each deal's runs and the ordered endpoint kept the order of the log",
    )


async def _hunt(
    cluster: Cluster,
    database: Database,
    workers: Sequence[Worker],
    random: Random,
    admin: Viewer,
    deals: Sequence[UUID],
) -> None:
    kills = [*[None] * CRASHES, *(random.choice(workers) for _ in range(KILLS))]
    random.shuffle(kills)
    for worker in workers:
        await worker.start()
    try:
        for killed in kills:
            before = await _done(cluster.url)
            writing = [
                write(database, admin, Random(random.random()), deals[n::WRITERS], BURST // WRITERS)
                for n in range(WRITERS)
            ]
            burst, wanted = asyncio.gather(*writing), before + random.randint(1, BURST)
            await until(lambda wanted=wanted: _have(cluster.url, wanted), within=DRAINED_WITHIN)  # type: ignore[misc]
            if killed is None:
                await cluster.crash()
                await cluster.start()
            else:
                await killed.kill()
                await killed.start()
            await burst
        await until(lambda: _all_done(cluster.url), within=DRAINED_WITHIN)
    finally:
        for worker in workers:
            await worker.kill()


async def _done(url: str) -> int:
    return int((await ask(url, "SELECT count(*) AS n FROM automation_step_run WHERE status = 'DONE'"))[0]["n"])


async def _have(url: str, number: int) -> bool:
    return await _done(url) >= number


async def _all_done(url: str) -> bool:
    for statement in HURRY:
        await ask(url, statement)
    return not any((await ask(url, UNDONE))[0].values())


async def _inside(url: str, moves: Sequence[asyncpg.Record]) -> int:
    """The number of notifications."""
    seqs = [row["seq"] for row in moves]
    runs = await ask(url, RUNS)
    assert Counter((row["key"], row["event_seq"]) for row in runs) == Counter(
        (key, seq) for key in STEPS for seq in seqs
    )
    assert {(row["status"], row["error"]) for row in runs} == {("DONE", None)}
    place = {seq: number for number, seq in enumerate(seqs)}
    began = defaultdict(list)
    for row in sorted(runs, key=lambda one: place[one["event_seq"]]):
        began[row["key"], row["deal"]].append(row["started_at"])
    assert all(times == sorted(times) for times in began.values())
    tasks = [row["effect_key"] for row in await ask(url, TASKS)]
    assert len(tasks) == len(set(tasks)) == len(moves)
    assert len(await ask(url, COMMENTS)) == len(await ask(url, CHANGES)) == len(moves)
    told = await ask(url, TOLD)
    of_moves = [(row["key"], row["user_id"]) for row in told if row["kind"] == "DEAL_STAGE_CHANGED"]
    assert {(f"event/{row['seq']}/move", row["owner_id"]) for row in moves} <= set(of_moves)
    assert len(of_moves) == len(set(of_moves))
    assert len([row for row in told if row["kind"] == "AUTOMATION"]) == len(moves)
    numbers: dict[UUID, list[int]] = defaultdict(list)
    for row in told:
        numbers[row["user_id"]].append(row["number"])
    for row in await ask(url, INBOXES):
        own = numbers[row["user_id"]]
        assert own == list(range(1, len(own) + 1))
        assert (row["unread"], row["last_number"]) == (len(own), len(own))
    return len(told)


async def _mailed(url: str, mailbox: Mailbox) -> int:
    """How many mails were repetitions."""
    messages = await ask(url, MESSAGES)
    assert all(row["sent_at"] is not None and row["failed_at"] is None for row in messages)
    notices = {row["id"] for row in await ask(url, TOLD) if row["kind"] == "AUTOMATION"}
    assert Counter(id for row in messages for id in row["notification_ids"]) == Counter(notices)
    ids = Counter(str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in mailbox.mails)
    assert ids.keys() == {str(row["id"]) for row in messages}
    return ids.total() - len(ids)


async def _outside(url: str, receiver: Receiver, moves: Sequence[asyncpg.Record], cursors: Mapping[str, int]) -> int:
    """How many requests were repetitions."""
    seqs = [row["seq"] for row in moves]
    listed = await ask(url, DELIVERIES)
    assert {row["status"] for row in listed} == {"DELIVERED"}
    of_events = Counter(row["event_seq"] for row in listed if row["event_seq"] is not None)
    assert of_events == Counter(dict.fromkeys(seqs, len(ENDPOINTS)))
    steps = [one for one in receiver.arrived if one.said["type"] == STEP]
    assert {one.id for one in steps} == {f"whd_{row['id']}" for row in listed if row["type"] == STEP}
    assert len({one.id for one in steps}) == len(moves)
    for path in ENDPOINTS:
        ids, first = defaultdict(set), dict[int, None]()
        for one in receiver.at(path):
            if one.said["type"] != STEP:
                seq = cursors[one.said["cursor"]]
                ids[seq].add(one.id)
                first.setdefault(seq)
        assert first.keys() == set(seqs), f"{path}: something is lost"
        assert all(len(known) == 1 for known in ids.values()), f"{path}: a repetition has another id"
        if ENDPOINTS[path]:
            assert [*first] == seqs, f"{path}: out of order"
    return len(receiver.arrived) - len(seqs) * (len(ENDPOINTS) + 1)
