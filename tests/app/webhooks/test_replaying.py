"""Replays: page by page, one of an endpoint at a time, whoever is killed, and of nothing but what is seen now."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.webhooks import replays
from app.webhooks.claiming import Room, claim
from app.webhooks.enqueuing import enqueue
from app.webhooks.replaying import MOST_WAITING, PAUSE, go_on, replay_webhook, resume_every_minute
from app.webhooks.results import write
from app.webhooks.sending import released
from tests.app.webhooks.world import arrive, become, endpoint, received, renamed, saved
from tests.schema.world import MANAGER, SELLER, Demo, deal_of
from tests.waiting import until

REPLAY = """mutation($input: ReplayWebhookInput!) { replayWebhook(input: $input) {
  endpoint { id replay { status startedAt endedAt told reachedAt } } userErrors { message path code } } }"""
STANDS = "query($id: ID!) { webhookEndpoint(id: $id) { replay { status startedAt endedAt told reachedAt } } }"
KIND = ["OPPORTUNITY_UPDATED"]
LOCK = "SELECT id FROM webhook_delivery WHERE id = $1 FOR UPDATE"
WAITING = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
"""
MANY = Room(usual=50, failing=1, each=50, more=50)
MINE = """
SELECT count(*) FROM event e JOIN opportunity o ON o.id = e.opportunity_id JOIN organization g ON g.id = o.partner_id
WHERE g.key = 'alpine-it' AND e.type = 'OPPORTUNITY_STAGE_CHANGED'
"""


async def replayed(demo: Demo, id: str, after: str | None = None, who: str = MANAGER) -> dict[str, Any]:
    answer: dict[str, Any] = (await demo.run(REPLAY, who, input={"endpointId": id, "after": after}))["replayWebhook"]
    return answer


async def stands(demo: Demo, id: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await demo.run(STANDS, MANAGER, id=id))["webhookEndpoint"]["replay"]
    return answer


async def carried_out(demo: Demo, id: str, **sizes: int) -> None:
    while await go_on(demo.database, UUID(id[4:]), **sizes) is not None:
        pass


async def quiet(demo: Demo, number: int = 1) -> list[str]:
    """Endpoints that nobody sends anything to, told of moves."""
    return [
        (await endpoint(demo, f"https://hooks.example.com/{n}", eventTypes=["OPPORTUNITY_STAGE_CHANGED"]))[0]
        for n in range(number)
    ]


async def jobs(demo: Demo) -> list[Any]:
    rows = await demo.database.fetch(
        "SELECT args ->> 'endpoint_id' AS id FROM procrastinate_jobs WHERE task_name = $1 AND status = 'todo'",
        replays.REPLAY,
    )
    return [row["id"] for row in rows]


async def test_it_tells_again_what_happened_after_a_cursor_under_the_same_ids(demo: Demo) -> None:
    async with received(demo) as receiver:
        id, _ = await endpoint(demo, receiver.url(), eventTypes=KIND)
        await renamed(demo, "Name 0")
        first, *_ = await arrive(receiver, 1)
        for number in (1, 2):
            await renamed(demo, f"Name {number}")
        before = {one.id for one in (await arrive(receiver, 3))[1:]}
        await become(demo, id, "DELIVERED", 3)
        answer = await replayed(demo, id, first.said["cursor"])
        await replay_webhook.func(endpoint_id=id[4:])
        arrived = await arrive(receiver, 5)
        await become(demo, id, "DELIVERED", 3)
        end = await stands(demo, id)
    assert answer["userErrors"] == []
    begun = answer["endpoint"]["replay"]
    assert (begun["status"], begun["told"], begun["endedAt"], begun["reachedAt"]) == ("RUNNING", 0, None, None)
    assert {one.id for one in arrived[3:]} == before
    assert (end["status"], end["told"], end["reachedAt"]) == ("DONE", 2, arrived[2].said["timestamp"])
    assert end["startedAt"] == begun["startedAt"] < end["endedAt"]


async def test_whoever_is_killed_the_next_goes_on_and_each_event_is_told_once(demo: Demo) -> None:
    """The first worker's connection is killed in the middle of a page, when it has written and not committed."""
    [id] = await quiet(demo)
    key = UUID(id[4:])
    assert (await replayed(demo, id))["userErrors"] == []
    assert await go_on(demo.database, key, pages=1, size=7) == timedelta()
    before = await stands(demo, id)
    blocker = await asyncpg.connect(demo.database.url)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE webhook_delivery IN SHARE MODE")
        killed = asyncio.create_task(go_on(demo.database, key, pages=1, size=7))

        await until(lambda: _waits(demo))
        await blocker.fetch(f"SELECT pg_terminate_backend(w.pid) FROM ({WAITING}) w")
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
            await killed
    await blocker.close()
    assert await stands(demo, id) == before
    await carried_out(demo, id, size=7)
    rows = await demo.database.fetch("SELECT event_seq, status FROM webhook_delivery")
    assert len({row["event_seq"] for row in rows}) == len(rows) == await demo.value(MINE)
    after = await stands(demo, id)
    assert (after["status"], after["told"]) == ("DONE", len(rows))


async def test_one_of_an_endpoint_runs_at_a_time_and_three_of_an_organisation(demo: Demo) -> None:
    *ids, fourth = await quiet(demo, replays.MOST + 1)
    for id in ids:
        assert (await replayed(demo, id))["userErrors"] == []
    again, more = await replayed(demo, ids[0]), await replayed(demo, fourth)
    begun = await stands(demo, ids[0])
    assert again == {
        "endpoint": None,
        "userErrors": [{"message": replays.UNDER_WAY, "path": ["endpointId"], "code": "INVALID"}],
    }
    assert more["endpoint"] is None
    assert "3 replays under way" in more["userErrors"][0]["message"]
    assert sorted(await jobs(demo)) == sorted(id[4:] for id in ids)
    await carried_out(demo, ids[0])
    assert (await replayed(demo, fourth))["userErrors"] == []
    assert (await stands(demo, ids[0]))["startedAt"] == begun["startedAt"]


@pytest.mark.parametrize("how", ["disabled", "removed", "gone"])
async def test_an_endpoint_that_nothing_is_sent_to_ends_its_replay(demo: Demo, how: str) -> None:
    [id] = await quiet(demo)
    await replayed(demo, id)
    await go_on(demo.database, UUID(id[4:]), pages=1, size=7)
    told = (await stands(demo, id))["told"]
    if how == "removed":
        remove = "mutation($input: RemoveWebhookEndpointInput!) { removeWebhookEndpoint(input: $input) { endpointId } }"
        await demo.run(remove, MANAGER, input={"endpointId": id})
    elif how == "disabled":
        await saved(demo, endpointId=id, enabled=False)
        assert (await stands(demo, id))["status"] == "CANCELLED"
        await saved(demo, endpointId=id, enabled=True)
    else:  # its owner can't sign in any more
        await demo.value("UPDATE user_account SET active = FALSE WHERE name = $1 RETURNING id", MANAGER)
    assert await go_on(demo.database, UUID(id[4:]), pages=1) in (None, timedelta())
    assert await go_on(demo.database, UUID(id[4:])) is None
    row = (await demo.database.fetch("SELECT replay_status, replay_told, replay_ended_at FROM webhook_endpoint"))[0]
    assert (row["replay_status"], row["replay_told"]) == ("CANCELLED", told)
    assert row["replay_ended_at"] is not None
    await resume_every_minute.func(timestamp=0)
    assert len(await jobs(demo)) == 1, "the one that was there, which finds nothing to do"


async def test_it_waits_while_enough_waits_to_be_sent(demo: Demo) -> None:
    [id] = await quiet(demo)
    await replayed(demo, id)
    waiting = """
    INSERT INTO webhook_delivery (id, endpoint_id, type, due_at)
    SELECT gen_random_uuid(), $1::text::uuid, 'PING', now() FROM generate_series(1, $2::int) RETURNING id
    """
    await demo.database.fetch(waiting, id[4:], MOST_WAITING)
    assert await go_on(demo.database, UUID(id[4:])) == PAUSE
    assert (await stands(demo, id))["told"] == 0
    await demo.value(
        "UPDATE webhook_delivery SET due_at = NULL WHERE id IN (SELECT id FROM webhook_delivery LIMIT 1) RETURNING id"
    )
    await go_on(demo.database, UUID(id[4:]), pages=1)
    assert (await stands(demo, id))["told"] > 0


async def test_a_replay_whose_job_has_failed_gets_another(demo: Demo) -> None:
    [id] = await quiet(demo)
    await replayed(demo, id)
    await demo.database.fetch("UPDATE procrastinate_jobs SET status = 'failed'")
    assert await jobs(demo) == []
    for _ in range(2):
        await resume_every_minute.func(timestamp=0)
    assert await jobs(demo) == [id[4:]]


async def test_it_tells_nothing_of_what_the_owner_may_no_longer_see(demo: Demo) -> None:
    """A deal went to a competitor, half of the replay before and half of it after."""
    async with received(demo) as receiver:
        id, _ = await endpoint(demo, receiver.url(), eventTypes=KIND)
        lost = await renamed(demo, "Lost later")
        kept = await renamed(demo, "Kept", deal=await deal_of(demo, SELLER, f"id <> '{lost[4:]}'"))
        first, *_ = await arrive(receiver, 2)
        await become(demo, id, "DELIVERED", 2)
        await demo.value(
            "UPDATE opportunity SET owner_id = NULL,"
            " partner_id = (SELECT id FROM organization WHERE key = 'brightwater')"
            " WHERE id = $1::text::uuid RETURNING id",
            lost[4:],
        )
        await replayed(demo, id)
        await carried_out(demo, id)
        arrived = await arrive(receiver, 3)
        await become(demo, id, "DELIVERED", 2)
        told = (await stands(demo, id))["told"]
    assert {one.said["opportunity"] for one in arrived[2:]} == {kept}
    assert told == len(arrived) - 2
    assert first.said["opportunity"] == lost


@pytest.mark.parametrize("how", ["results are written", "events are told again"])
async def test_who_changes_many_deliveries_locks_them_in_the_order_of_their_ids(demo: Demo, how: str) -> None:
    """So that no two of them wait for each other: whoever waits for the first holds none of the others."""
    [id] = await quiet(demo)
    await replayed(demo, id)
    await carried_out(demo, id)
    claimed = sorted(await claim(demo.database, {}, MANY, lease=60), key=lambda one: one.id, reverse=True)
    assert len(claimed) > 1
    await demo.database.fetch("UPDATE webhook_delivery SET error = NULL WHERE id = $1", claimed[-1].id)  # it lies last

    async def change() -> None:
        if how == "results are written":
            await write(demo.database, [released(one) for one in claimed])
            return
        async with demo.database.transaction() as tx:
            told = [(UUID(id[4:]), one.event) for one in claimed if one.event is not None]
            await enqueue(tx, told, again=True)

    first, last = await asyncpg.connect(demo.database.url), await asyncpg.connect(demo.database.url)
    async with first.transaction():
        await first.execute(LOCK, claimed[-1].id)
        changing = asyncio.create_task(change())
        await until(lambda: _waits(demo))
        async with last.transaction():
            for one in claimed[:-1]:
                await last.execute(f"{LOCK} NOWAIT", one.id)
    await changing
    await asyncio.gather(first.close(), last.close())


async def _waits(demo: Demo) -> bool:
    """Somebody waits for a lock in this database."""
    return bool(await demo.database.fetch(WAITING))
