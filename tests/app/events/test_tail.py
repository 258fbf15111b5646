"""The tail hands every settled event to those who asked for it, once, in log order, whatever happens on the way."""

import asyncio
import contextvars
import random
from typing import Any

import asyncpg
import pytest

from app.database import Database
from app.events.endings import SubscriptionOverflow, TailStopped
from app.events.facts import content_changed, criterion_marked
from app.events.log import CursorUnknown, LoggedEvent, append, read
from app.events.tail import CHANNEL, Tail, notify, wake
from app.models.columns import new_id
from app.vocabulary import EventType
from tests.app.events.farewell import farewell_at
from tests.app.events.hearing import listen
from tests.app.events.world import NEVER, Writer, note, of_content, take, told, write
from tests.waiting import PATIENCE, until


async def test_a_subscriber_gets_what_is_committed_after_it_came(database: Database, tail: Tail) -> None:
    await write(database, note())
    wake()
    async with listen(tail) as first:
        [before] = await take(first, 1)
        async with listen(tail) as second:
            new = await write(database, note(), note())
            wake()
            assert await take(first, 2) == await take(second, 2) == new
            assert before < new[0]
            assert first.cursor == second.cursor == new[1]


async def test_a_subscriber_goes_on_from_its_cursor_and_then_live(database: Database, tail: Tail) -> None:
    seqs = await write(database, *(note() for _ in range(1_203)))
    wake()
    async with listen(tail, after=seqs[1]) as subscription:
        assert await take(subscription, 1_201) == seqs[2:]
        more = await write(database, note())
        wake()
        assert await take(subscription, 1) == more


async def test_the_tail_of_another_server_hears_of_a_wake(database: Database, tail: Tail) -> None:
    elsewhere = Tail(database, poll=NEVER)
    await elsewhere.start()
    try:
        async with listen(elsewhere) as subscription:
            seqs = await write(database, note())
            tail.wake()
            assert await take(subscription, 1) == seqs
    finally:
        await elsewhere.stop()


async def test_a_process_without_a_tail_notifies(database: Database, tail: Tail) -> None:
    async with listen(tail) as subscription:
        seqs = await write(database, note())
        await notify(database)
        assert await take(subscription, 1) == seqs


async def test_what_nobody_woke_for_is_found_by_looking(database: Database) -> None:
    tail = Tail(database, poll=0.01)
    await tail.start()
    try:
        async with listen(tail) as subscription:
            seqs = await write(database, note())
            assert await take(subscription, 1) == seqs
    finally:
        await tail.stop()


async def test_an_event_behind_an_older_transaction_comes_when_that_one_ends_without_a_further_wake(
    database: Database, tail: Tail, pair: tuple[Writer, Writer]
) -> None:
    older, _ = pair
    async with listen(tail) as subscription:
        await older.begin()
        seqs = await write(database, note())
        wake()
        waiting = asyncio.create_task(take(subscription, 1))
        # The tail has looked by the time it has told its neighbours.
        await told(database)
        assert not waiting.done()
        await older.rollback()
        assert await waiting == seqs


async def test_events_that_settle_late_come_in_log_order(
    database: Database, tail: Tail, pair: tuple[Writer, Writer]
) -> None:
    older, younger = pair
    async with listen(tail) as subscription:
        await older.begin()
        await younger.begin()
        await younger.append("smaller seq")
        await younger.commit()
        wake()
        await told(database)
        await older.append("larger seq")
        await older.commit()
        assert await take(subscription, 2) == [2, 1]


async def test_a_subscriber_gets_only_what_it_asked_for_and_is_not_asked_about_the_rest(
    database: Database, tail: Tail
) -> None:
    mine, other = new_id(), new_id()
    asked: list[LoggedEvent] = []

    def ask(event: LoggedEvent) -> bool:
        asked.append(event)
        return bool(event.payload["met"])

    marked = {EventType.CRITERION_MARKED}
    subscriptions = {
        "all": listen(tail),
        "marks": listen(tail, types=marked),
        "mine": listen(tail, opportunity_ids=[mine]),
        "my marks": listen(tail, types=marked, opportunity_ids=[mine], matches=ask),
        "either": listen(tail, opportunity_ids=[mine, other]),
        "nothing": listen(tail, types=()),
        "no deal": listen(tail, opportunity_ids=()),
    }
    events = [
        note(mine),
        note(other),
        criterion_marked(mine, criterion_key="budget", met=True, actor_id=None),
        criterion_marked(mine, criterion_key="budget", met=False, actor_id=None),
        criterion_marked(other, criterion_key="budget", met=True, actor_id=None),
        content_changed(new_id(), key="deck", version=1, fields=[], actor_id=None),
    ]
    wanted = {
        "all": [0, 1, 2, 3, 4, 5],
        "marks": [2, 3, 4],
        "mine": [0, 2, 3],
        "my marks": [2],
        "either": [0, 1, 2, 3, 4],
        "nothing": [],
        "no deal": [],
    }
    seqs = await write(database, *events)
    wake()
    for name, subscription in subscriptions.items():
        assert await take(subscription, len(wanted[name])) == [seqs[n] for n in wanted[name]], name
    assert [event.seq for event in asked] == [seqs[2], seqs[3]]

    # The log answers the same questions for the past.
    for name, live in subscriptions.items():
        interest = live.wanted
        async with listen(
            tail,
            after=seqs[0],
            types=interest.types,
            opportunity_ids=interest.opportunity_ids,
            matches=interest.matches,
        ) as resumed:
            past = [n for n in wanted[name] if n > 0]
            assert await take(resumed, len(past)) == [seqs[n] for n in past], name
        await live.aclose()
    again = await write(database, events[2])
    asked.clear()
    async with listen(tail, after=seqs[-1]) as last:
        wake()
        assert await take(last, 1) == again
    assert asked == []


async def test_a_cursor_from_a_server_further_ahead_repeats_nothing(database: Database, tail: Tail) -> None:
    await write(database, note())
    [_, cursor] = await write(database, note(), note())
    async with listen(tail, after=cursor) as subscription:
        waiting = asyncio.create_task(take(subscription, 1))
        # This tail reads all four only now.
        new = await write(database, note())
        wake()
        assert await waiting == new


async def test_an_unknown_cursor_is_refused(database: Database, tail: Tail) -> None:
    async with listen(tail, after=99) as subscription:
        with pytest.raises(CursorUnknown):
            await anext(subscription)


async def test_a_subscriber_that_falls_behind_is_let_go_alone_and_may_resume(database: Database) -> None:
    tail = Tail(database, poll=NEVER, queue_limit=10)
    await tail.start()
    try:
        slow, quick = listen(tail), listen(tail)
        seqs = await write(database, note())
        wake()
        assert await take(slow, 1) == await take(quick, 1) == seqs
        for _ in range(11):
            new = await write(database, note())
            wake()
            assert await take(quick, 1) == new
            seqs += new
        with pytest.raises(SubscriptionOverflow) as overflow:
            await anext(slow)
        assert overflow.value.cursor == seqs[0]
        async with listen(tail, after=overflow.value.cursor) as resumed:
            assert await take(resumed, 11) == seqs[1:]
        await quick.aclose()
    finally:
        await tail.stop()


async def test_a_queue_that_is_just_full_is_delivered(database: Database) -> None:
    tail = Tail(database, poll=NEVER, queue_limit=10)
    await tail.start()
    try:
        async with listen(tail) as full, listen(tail, types={EventType.CONTENT_CHANGED}) as last:
            seqs = await write(database, *(note() for _ in range(9)))
            seqs += await write(database, of_content())
            wake()
            await take(last, 1)
            assert await take(full, 10) == seqs
    finally:
        await tail.stop()


async def test_the_tail_finds_the_database_again(database: Database, tail: Tail) -> None:
    async with listen(tail) as subscription:
        for wake_up in (tail.wake, None):
            [row] = await database.fetch(
                "SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity"
                " WHERE application_name = 'stagepath tail' AND datname = current_database()"
            )
            assert row["ended"] == 1
            seqs = await write(database, note())
            if wake_up:
                wake_up()
            # With no wake-up it is the new connection itself that looks.
            assert await take(subscription, 1) == seqs
        seqs = await write(database, note())
        await notify(database)
        assert await take(subscription, 1) == seqs
        assert tail.connected


async def test_the_tail_survives_a_farewell_in_the_middle_of_a_statement(database: Database) -> None:
    async with farewell_at(database.url, request=b"pg_notify") as (url, between):
        tail = Tail(Database(url, database.pool), poll=NEVER)
        await tail.start()
        try:
            async with listen(tail) as subscription:
                seqs = await write(database, note())
                tail.wake()
                assert await take(subscription, 1) == seqs

                async def there_again() -> bool:
                    return between.said == 1 and tail.connected

                await until(there_again)
                # A new connection looks at once, and from then on hears.
                seqs = await write(database, note())
                await notify(database)
                assert await take(subscription, 1) == seqs
        finally:
            await tail.stop()


async def test_a_burst_of_wakes_costs_one_notification(database: Database, tail: Tail) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(database.url)
    try:
        await connection.add_listener(CHANNEL, lambda _c, _pid, _channel, payload: heard.put_nowait(payload))
        async with asyncio.timeout(PATIENCE):
            for _ in range(2):
                for _ in range(1_000):
                    wake()
                assert await heard.get() == ""
            await connection.execute(f"NOTIFY {CHANNEL}, 'last'")
            assert await heard.get() == "last"
    finally:
        await connection.close()


async def test_stopping_ends_every_subscription_with_the_cursor_to_resume_from(database: Database) -> None:
    tail = Tail(database, poll=NEVER)
    await tail.start()
    live, idle = listen(tail), listen(tail)
    seqs = await write(database, note(), note(), note())
    wake()
    assert await take(live, 1) == seqs[:1]
    reading = listen(tail, after=seqs[0])
    assert await take(reading, 1) == [seqs[1]]
    waiting = asyncio.create_task(take(idle, 4))
    await tail.stop()
    for subscription, cursor in ((live, seqs[0]), (reading, seqs[1])):
        with pytest.raises(TailStopped) as stopped:
            await anext(subscription)
        assert stopped.value.cursor == cursor
    with pytest.raises(TailStopped):
        await waiting
    with pytest.raises(TailStopped):
        await anext(listen(tail, after=seqs[0]))
    assert not tail.connected
    wake()


async def test_the_tail_runs_in_a_context_of_its_own(database: Database) -> None:
    request: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="none")
    request.set("of the one who started it")
    seen: list[str] = []

    def look(_: LoggedEvent) -> bool:
        seen.append(request.get())
        return True

    tail = Tail(database, poll=NEVER)
    await tail.start()
    try:
        async with listen(tail, matches=look) as subscription:
            await write(database, note())
            wake()
            await take(subscription, 1)
    finally:
        await tail.stop()
    assert seen == ["none"]


WRITERS, TRANSACTIONS, CUTS = 20, 50, 50


async def write_along(database: Database, number: int) -> int:
    """Transactions of one to four events, some drawing their seq long before others, one in ten rolled back."""
    dice = random.Random(number)
    written = 0
    for _ in range(TRANSACTIONS):
        first, second = dice.randint(1, 2), dice.randint(0, 2)
        kept = dice.random() > 0.1
        try:
            async with database.transaction() as tx:
                await append(tx, *(note() for _ in range(first)))
                await asyncio.sleep(0)
                await append(tx, *(note() for _ in range(second)))
                if not kept:
                    raise asyncpg.DataError
        except asyncpg.DataError:
            continue
        written += first + second
        wake()
    return written


async def test_a_subscriber_cut_fifty_times_misses_and_repeats_nothing(database: Database) -> None:
    tail = Tail(database, poll=NEVER)
    await tail.start()
    dice = random.Random(50)
    [cursor] = await write(database, note())
    writing = asyncio.gather(*(write_along(database, number) for number in range(WRITERS)))
    got: list[int] = []

    async def follow(events: int | None) -> None:
        """Until so many events have come; None: until somebody cancels."""
        async with listen(tail, after=got[-1] if got else cursor) as subscription:
            while events is None or events > 0:
                got.append((await anext(subscription)).seq)
                events = events - 1 if events is not None else None

    try:
        async with asyncio.timeout(PATIENCE):
            for cut in range(CUTS):
                following = asyncio.create_task(follow(dice.randint(1, 20) if cut % 2 else None))
                if cut % 2:  # cut by itself, unless the writers have finished and there are no more so many
                    either: set[asyncio.Future[Any]] = {following, writing}
                    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                else:
                    for _ in range(dice.randint(1, 30)):
                        await asyncio.sleep(0)
                following.cancel()
                await asyncio.wait([following])
            total = sum(await writing)
            await follow(total - len(got))
    finally:
        await tail.stop()
    in_order = [event.seq for event in await read(database, after=cursor, limit=10_000)]
    assert len(in_order) == total > 1_500
    assert got == in_order
    assert got != sorted(got)
