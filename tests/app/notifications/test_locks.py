"""Locks of inboxes: taken in one order, before what lies in them, and for one event alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from app.consumers.attempt import Pace
from app.consumers.follow import follow, register
from app.demo.people import demo_id
from app.events.facts import opportunity_updated
from app.events.log import append
from app.notifications.consumer import NOTIFICATIONS
from app.notifications.counter import hold_inboxes
from app.notifications.reading import mark_read
from app.notifications.upkeep import count_stale, forget_old
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, Demo, person
from tests.waiting import until

LONG = Pace(batch=60.0, handle=60.0)
"""A batch that nothing ends but its events, and whose worker nobody takes for dead."""
LOCK = "SELECT FROM inbox WHERE user_id = $1 FOR UPDATE NOWAIT"
WAITING = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
"""
TOLD = "SELECT user_id FROM notification WHERE kind = 'DEAL_ASSIGNED' ORDER BY at, id"


@asynccontextmanager
async def held(demo: Demo, *people: UUID) -> AsyncIterator[asyncpg.Connection]:
    """A connection that holds these people's inboxes, and whose statements wait for nobody."""
    connection = await asyncpg.connect(demo.database.url)
    try:
        async with connection.transaction():
            for one in people:
                await connection.fetch(LOCK, one)
            yield connection
    finally:
        await connection.close()


async def waits(demo: Demo) -> bool:
    return bool(await demo.database.fetch(WAITING))


async def ready(demo: Demo, *people: UUID) -> None:
    """With inboxes, and nothing that is yet to be told."""
    await register(demo.database, NOTIFICATIONS)
    async with demo.database.transaction() as tx:
        await hold_inboxes(tx, people)


async def assigned(demo: Demo, *owners: UUID) -> None:
    """Deals of these people got their owner, one after the other, in one transaction."""
    async with demo.database.transaction() as tx:
        for owner in owners:
            row = await tx.fetchrow("SELECT id FROM opportunity WHERE owner_id = $1 AND status = 'OPEN' LIMIT 1", owner)
            assert row is not None
            await append(tx, opportunity_updated(row["id"], fields=["owner"], actor_id=None))


async def test_who_is_told_waits_for_nobody_elses_events(demo: Demo) -> None:
    """Of one batch: while its second event waits for an inbox, the first person's is free, and has its notification."""
    first, second = sorted((demo_id(f"user/{SELLER}"), demo_id(f"user/{RIVAL}")), reverse=True)
    await ready(demo, first, second)
    await assigned(demo, first, second)
    async with held(demo, second):
        following = asyncio.create_task(_all_told(demo))
        await until(lambda: waits(demo))
        [row] = await demo.database.fetch(TOLD)
        assert row["user_id"] == first
        async with held(demo, first):
            pass
    await following
    assert [row["user_id"] for row in await demo.database.fetch(TOLD)] == [first, second]


async def _all_told(demo: Demo) -> None:
    while await follow(demo.database, NOTIFICATIONS, LONG):
        pass


async def test_inboxes_are_held_in_one_order_those_that_are_missing_as_well(demo: Demo) -> None:
    """Whoever waits for the first of them holds none of the others."""
    people = sorted(demo_id(f"user/{who}") for who in (SELLER, RIVAL, COLLEAGUE, MANAGER))
    await ready(demo, *people[:3])

    async def hold() -> None:
        async with demo.database.transaction() as tx:
            await hold_inboxes(tx, list(reversed(people)))

    async with held(demo, people[0]):
        holding = asyncio.create_task(hold())
        await until(lambda: waits(demo))
        async with held(demo, *people[1:3]):
            pass
    await holding
    assert await demo.value("SELECT count(*) FROM inbox WHERE user_id = ANY ($1::uuid[])", people) == len(people)


async def test_marking_waits_for_the_inbox_with_empty_hands(demo: Demo) -> None:
    """As forgetting does, which holds the inbox first."""
    me = demo_id(f"user/{SELLER}")
    await ready(demo, me)
    await assigned(demo, me)
    await _all_told(demo)
    async with held(demo, me) as connection:
        marking = asyncio.create_task(mark_read(await person(SELLER), None))
        await until(lambda: waits(demo))
        assert len(await connection.fetch("SELECT id FROM notification FOR UPDATE NOWAIT")) == 1
    await marking
    assert await demo.value("SELECT count(*) FROM notification WHERE read_at IS NOT NULL") == 1
    assert await forget_old(demo.database, datetime.now(UTC) + timedelta(days=10_000)) == 1


async def test_the_first_notification_of_an_inbox_is_counted_at_once(demo: Demo) -> None:
    me = demo_id(f"user/{SELLER}")
    await ready(demo, me)
    await assigned(demo, me)
    await _all_told(demo)
    row = (await demo.database.fetch("SELECT unread, standing FROM inbox WHERE user_id = $1", me))[0]
    assert row["unread"] == 1
    assert row["standing"]


async def test_inboxes_of_those_who_left_keep_nobody_from_being_counted(demo: Demo) -> None:
    gone, me = demo_id(f"user/{RIVAL}"), demo_id(f"user/{SELLER}")
    await ready(demo, gone, me)
    await demo.database.fetch("UPDATE inbox SET standing = NULL")
    await demo.database.fetch("UPDATE user_account SET active = FALSE WHERE id = $1", gone)
    await count_stale(demo.database)
    assert await demo.value("SELECT count(*) FROM inbox WHERE standing IS NULL") == 0
