"""Endpoints that want their order kept, of which more than one worker claims."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from app.events.log import LoggedEvent, read
from app.webhooks.claiming import Room, claim, claim_within
from app.webhooks.enqueuing import enqueue
from tests.app.webhooks.world import endpoint, renamed
from tests.schema.world import Demo
from tests.waiting import until

MANY = Room(usual=50, failing=50, each=50, more=50)
WAITING = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
"""


async def test_what_comes_while_a_worker_claims_is_no_other_workers(demo: Demo) -> None:
    id = UUID((await endpoint(demo, "https://hooks.example.com/", ordered=True))[0][4:])
    for number in range(3):
        await renamed(demo, f"Name {number}")
    events = await _updates(demo)
    await _enqueued(demo, id, events)
    async with demo.database.transaction() as tx:
        first = await claim_within(tx, {}, MANY, [id], lease=60)
        await renamed(demo, "Name 3")
        await _enqueued(demo, id, (await _updates(demo))[3:])
        other = asyncio.create_task(claim(demo.database, {}, MANY, lease=60))

        async def has_looked() -> bool:
            return other.done() or bool(await demo.database.fetch(WAITING))

        await until(has_looked)
    assert sorted(row["event_seq"] for row in first) == [event.seq for event in events]
    assert list(await other) == []
    assert list(await claim(demo.database, {}, MANY, lease=60)) == [], "what was claimed first has not come to an end"


async def test_it_is_claimed_once_nobody_claims_what_was_before(demo: Demo) -> None:
    id = UUID((await endpoint(demo, "https://hooks.example.com/", ordered=True))[0][4:])
    await renamed(demo, "Name")
    events = await _updates(demo)
    async with demo.database.transaction() as tx:
        assert list(await claim_within(tx, {}, MANY, [id], lease=60)) == []
        await _enqueued(demo, id, events)
        assert list(await claim(demo.database, {}, MANY, lease=60)) == []
    assert [one.delivery["event_seq"] for one in await claim(demo.database, {}, MANY, lease=60)] == [events[0].seq]


async def _updates(demo: Demo) -> Sequence[LoggedEvent]:
    found = [one for one in await read(demo.database, limit=10_000) if one.type == "OPPORTUNITY_UPDATED"]
    return [one for one in found if one.payload.get("fields") == ["name"]]


async def _enqueued(demo: Demo, endpoint_id: UUID, events: Sequence[LoggedEvent]) -> None:
    async with demo.database.transaction() as tx:
        await enqueue(tx, [(endpoint_id, event) for event in events])
