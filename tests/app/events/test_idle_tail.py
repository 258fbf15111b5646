"""While nobody follows the log, nothing that is written has it read; whoever comes then misses nothing."""

import asyncio
from typing import Any

from app import metrics
from app.database import Database
from app.events.log import append, position
from app.events.tail import Tail, notify, wake
from app.sampling import sample
from tests.app.events.hearing import listen
from tests.app.events.world import note, take, told, write


def reads_of(tail: Tail) -> list[str]:
    """Statements about the log that the tail sends from now on."""
    sent: list[str] = []
    assert tail._connection is not None

    def see(record: Any) -> None:
        if "event" in record.query and "pg_notify" not in record.query:
            sent.append(record.query)

    tail._connection.add_query_logger(see)
    return sent


async def test_no_wake_up_has_the_log_read_while_nobody_follows(database: Database, tail: Tail) -> None:
    await told(database)
    sent = reads_of(tail)
    for _ in range(5):
        await write(database, note())
        await told(database)
        await notify(database)
    assert sent == []
    await tail.rouse()
    async with listen(tail) as subscription:
        seqs = []
        for _ in range(3):
            seqs += await write(database, note())
            wake()
            assert await take(subscription, 1) == seqs[-1:]
        assert len(sent) >= 3
    await told(database)  # what was being read has been
    sent.clear()
    await write(database, note())
    await told(database)
    assert sent == []


async def test_who_comes_gets_what_happens_from_then_on_and_nothing_from_before(database: Database, tail: Tail) -> None:
    cursors = await write(database, *(note() for _ in range(3)))
    await tail.rouse()
    assert tail.position == await position(database)
    async with listen(tail) as now, listen(tail, after=cursors[0]) as resumed:
        assert now.cursor == cursors[2]
        more = await write(database, note())
        wake()
        assert await take(now, 1) == more
        assert await take(resumed, 3) == [*cursors[1:], *more]


async def test_what_was_written_before_but_settles_after_arrives(database: Database, tail: Tail) -> None:
    async with database.transaction() as older:
        await append(older, note())
        late = await write(database, note())  # waits for the older one
        await tail.rouse()
        subscription = listen(tail)
    async with subscription:
        [first, second] = await take(subscription, 2)  # with no wake-up
    assert second == late[0]
    assert first < second


async def test_the_one_who_is_followed_is_not_moved_on(database: Database, tail: Tail) -> None:
    async with listen(tail) as subscription:
        seqs = await write(database, note(), note())
        await tail.rouse()  # somebody else comes
        async with listen(tail) as second:
            wake()
            assert await take(subscription, 2) == seqs
            assert await take(second, 2) == seqs


async def test_comings_and_goings_lose_nothing_and_tell_nothing_twice(database: Database, tail: Tail) -> None:
    written: list[int] = []
    done = asyncio.Event()

    async def go_on_writing() -> None:
        for _ in range(150):
            written.extend(await write(database, note()))
            wake()
        done.set()

    async def come_and_go() -> tuple[int, list[int]]:
        heard: list[int] = []
        await tail.rouse()
        async with listen(tail) as first:
            began = first.cursor or 0
            heard += await take(first, 1)
        while not done.is_set() or heard[-1] < written[-1]:
            await tail.rouse()
            async with listen(tail, after=heard[-1]) as again:
                heard += await take(again, 1)
        return began, heard

    writing = asyncio.create_task(go_on_writing())
    for began, heard in await asyncio.gather(*(come_and_go() for _ in range(3))):
        assert heard == [seq for seq in written if seq > began]
    await writing


async def test_nobody_following_is_not_being_behind(database: Database, tail: Tail) -> None:
    await write(database, note())
    wake()
    await sample(database, tail)
    assert metrics.log_lag_seconds._value.get() == 0
