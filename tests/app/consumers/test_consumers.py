"""Consumers of the log: effects exactly once, in order per deal, none skipped, none held up by another's failure."""

import asyncio

import asyncpg
import orjson
import pytest

from app.consumers.attempt import Pace
from app.consumers.consumer import Consumer, outside
from app.consumers.delayed import LOST
from app.consumers.follow import BATCH, follow, register
from app.consumers.operating import forget, retry_again, skip
from app.consumers.running import woken
from app.consumers.standing import lags
from app.database import Database, Transaction, transaction
from app.events.facts import opportunity_updated
from app.events.log import LoggedEvent, append
from app.events.restore import adopt_restored_log
from app.events.tail import CHANNEL, Tail
from app.jobs import jobs
from app.models.columns import new_id
from app.vocabulary import EventType
from tests.app.consumers.following import (
    QUICK,
    TYPES,
    Meddle,
    consuming,
    delayed,
    effects,
    effects_are,
    failing,
    of,
    writing,
)
from tests.app.events.world import NEVER, write, writers
from tests.waiting import PATIENCE, until

DEAL, OTHER = new_id(), new_id()


@jobs.task(name="told_outside_in_tests")
async def told_outside(effect_id: str, said: str) -> None:
    raise NotImplementedError


async def test_every_event_has_its_effect_once_in_the_order_of_the_log(database: Database) -> None:
    async with consuming(database, writing()):
        seqs = [seq for _ in range(5) for seq in await write(database, of(DEAL), of(OTHER))]
        await effects_are(database, seqs)
    assert await delayed(database) == {}


async def test_events_whose_transactions_end_in_another_order_than_they_began_are_not_skipped(
    database: Database,
) -> None:
    before = await write(database, of(DEAL))
    consumer = writing(from_start=True)
    async with writers(database, 2) as (early, late):
        await early.begin()
        await late.begin()
        for writer in (late, early):
            await append(Transaction(writer.connection, None), of(DEAL))  # type: ignore[arg-type]
        await late.commit()
        async with consuming(database, consumer):
            await effects_are(database, before)
            assert await follow(database, consumer, QUICK) is False, "what is not settled is not read"
            await early.commit()

            async def all_there() -> bool:
                return len(await effects(database)) == 3

            await until(all_there)
    rows = await database.fetch("SELECT seq FROM event ORDER BY xid, seq")
    assert await effects(database) == [row["seq"] for row in rows]


async def test_a_new_consumer_begins_with_what_happens_from_then_on_or_at_the_start(database: Database) -> None:
    first = await write(database, of(DEAL))
    async with consuming(database, writing(), writing("all", from_start=True)):
        second = await write(database, of(DEAL))
        await effects_are(database, second)
        await effects_are(database, first + second, "all")


async def test_events_of_other_types_are_passed_over(database: Database) -> None:
    async with consuming(database, Consumer("marks", frozenset({EventType.CRITERION_MARKED}), _never)):
        (seq,) = await write(database, of(DEAL))

        async def passed() -> bool:
            return [lag.seq for lag in await lags(database)] == [seq]

        await until(passed)


async def _never(_: Transaction, event: LoggedEvent) -> None:
    raise AssertionError(event)


async def test_what_failed_leaves_nothing_and_holds_up_its_own_deal_alone(database: Database) -> None:
    wrong: set[int] = set()
    async with consuming(
        database, writing(meddle=failing(wrong, ValueError("not now"))), pace=Pace(0.02, 0, retry=NEVER)
    ):
        async with database.transaction() as tx:
            await append(tx, of(DEAL), of(OTHER), of(DEAL), of(OTHER))
            bad, one, after, two = [row["seq"] for row in await tx.fetch("SELECT seq FROM event ORDER BY seq")]
            wrong.add(bad)
        await effects_are(database, [one, two])
        assert await delayed(database) == {bad: (1, "ValueError: not now", False), after: (0, None, False)}
        (later,) = await write(database, of(DEAL))

        async def waits() -> bool:
            return later in await delayed(database)

        await until(waits)
        wrong.clear()
        await database.fetch("UPDATE delayed_event SET due_at = now()")
        await effects_are(database, [one, two, bad, after, later])
    assert await delayed(database) == {}


async def test_an_event_that_always_fails_is_put_aside_with_its_reason_and_its_deal_goes_on(database: Database) -> None:
    wrong: set[int] = set()
    meddle = failing(wrong, asyncpg.UniqueViolationError("duplicate key\nDETAIL: Key (email)=(a@b.de) exists."))
    async with consuming(database, writing(meddle=meddle)):
        async with database.transaction() as tx:
            await append(tx, of(DEAL), of(DEAL))
            bad, after = [row["seq"] for row in await tx.fetch("SELECT seq FROM event ORDER BY seq")]
            wrong.add(bad)
        await effects_are(database, [after])
        assert await delayed(database) == {bad: (QUICK.attempts, "UniqueViolationError: duplicate key", True)}
        assert [(lag.events, lag.delayed, lag.aside, lag.seconds) for lag in await lags(database)] == [(0, 0, 1, 0.0)]

        assert await retry_again(database, "test", after) == []
        assert await retry_again(database, "another") == []
        wrong.clear()
        assert await retry_again(database, "test") == [bad]
        await effects_are(database, [after, bad])
    told = await database.fetch("SELECT action, detail::text AS detail FROM audit_entry WHERE action LIKE 'CONSUMER%'")
    assert [tuple(row) for row in told] == [
        (
            "CONSUMER_EVENT_RETRIED",
            orjson.dumps({"seq": bad, "consumer": "test"}).decode().replace(":", ": ").replace(",", ", "),
        )
    ]


async def test_an_event_can_be_skipped_and_what_waits_for_it_goes_on(database: Database) -> None:
    wrong: set[int] = set()
    meddle = failing(wrong, ValueError("never"))
    async with consuming(database, writing(meddle=meddle), pace=Pace(poll=0.02, pause=0, retry=NEVER)):
        async with database.transaction() as tx:
            await append(tx, of(DEAL), of(DEAL))
            bad, after = [row["seq"] for row in await tx.fetch("SELECT seq FROM event ORDER BY seq")]
            wrong.add(bad)

        async def both_wait() -> bool:
            return set(await delayed(database)) == {bad, after}

        await until(both_wait)
        assert await skip(database, "test", bad)
        assert not await skip(database, "test", bad)
        await effects_are(database, [after])


async def _end_the_connection(tx: Transaction, _: LoggedEvent) -> None:
    await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")


async def _fail_at_the_end(tx: Transaction, _: LoggedEvent) -> None:
    await tx.execute("INSERT INTO late (id) VALUES (1), (1)")


async def _end_the_transaction(tx: Transaction, _: LoggedEvent) -> None:
    await tx.execute("ROLLBACK")


async def _hang(_: Transaction, __: LoggedEvent) -> None:
    await asyncio.Event().wait()


async def _wait_in_the_database(tx: Transaction, _: LoggedEvent) -> None:
    await tx.execute("SELECT pg_sleep(3600)")


@pytest.mark.parametrize(
    ("crime", "reason"),
    [
        (_end_the_connection, LOST),
        (_fail_at_the_end, LOST),
        (_end_the_transaction, LOST),
        (_hang, "It took longer than 2 s."),
        (_wait_in_the_database, "It took longer than 2 s."),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
async def test_whatever_an_event_does_to_its_worker_it_is_put_aside_and_others_go_on(
    database: Database, crime: Meddle, reason: str
) -> None:
    """Those after it in its batch, too, and those of the same deal."""
    await database.fetch("CREATE TABLE late (id int, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)")
    bad = 0

    async def meddle(tx: Transaction, event: LoggedEvent) -> None:
        if event.seq == bad:
            await crime(tx, event)

    # The others have time enough on a busy machine, and further attempts.
    pace = Pace(poll=0.02, pause=0, handle=NEVER, lease=5.0, retry=0.01, attempts=2, stumble=0.02)
    if reason != LOST:
        pace = Pace(poll=0.02, pause=0, handle=2.0, retry=0.01, attempts=2)
    async with consuming(database, writing(meddle=meddle), pace=pace):
        async with database.transaction() as tx:
            await append(tx, of(OTHER), of(DEAL), of(OTHER), of(DEAL))
            one, bad, two, after = [row["seq"] for row in await tx.fetch("SELECT seq FROM event ORDER BY seq")]

        async def others_there() -> bool:
            return len(await effects(database)) == 3 and (await delayed(database)).get(bad, (0, "", False))[2]

        await until(others_there)
    assert sorted(await effects(database)) == sorted([one, two, after])
    assert (await delayed(database))[bad][1] == reason


async def test_who_falls_silent_with_the_lease_loses_it(database: Database) -> None:
    """As a stopped process or a machine without power does. It can still be told to stop."""
    cut: list[int] = []
    begun = asyncio.Event()

    async def hold(tx: Transaction, event: LoggedEvent) -> None:
        if not cut:
            cut.append(tx.connection.get_server_pid())
            begun.set()
            await asyncio.Event().wait()

    silent, quick = writing(meddle=hold), writing()
    forever = Pace(poll=NEVER, pause=0, handle=NEVER, lease=0.1)
    await register(database, silent)
    async with consuming(database, silent, pace=forever):
        seqs = await write(database, of(DEAL))
        woken()
        await asyncio.wait_for(begun.wait(), PATIENCE)
        async with consuming(database, quick, pace=Pace(poll=0.02, pause=0)):
            await effects_are(database, seqs)

            async def its_connection_has_ended() -> bool:
                return await database.fetchrow("SELECT 1 FROM pg_stat_activity WHERE pid = $1", cut[0]) is None

            await until(its_connection_has_ended)


async def test_many_workers_share_the_events_and_each_has_its_effect_once(database: Database) -> None:
    others = [await Database.connect(database.url, size=3) for _ in range(3)]
    try:
        consumer = writing()
        async with (
            consuming(database, consumer),
            consuming(others[0], consumer),
            consuming(others[1], consumer),
            consuming(others[2], consumer),
        ):
            deals = [new_id() for _ in range(5)]
            for _ in range(30):
                await write(database, *(of(deal) for deal in deals))

            async def all_there() -> bool:
                return len(await effects(database)) >= 150

            await until(all_there)
        rows = await database.fetch("SELECT seq FROM event ORDER BY xid, seq")
        assert await effects(database) == [row["seq"] for row in rows]
    finally:
        for other in others:
            await other.close()


async def test_a_backlog_longer_than_a_batch_is_worked_off(database: Database) -> None:
    seqs = await write(database, *(of(new_id()) for _ in range(3 * BATCH)))
    async with consuming(database, writing(from_start=True)):
        await effects_are(database, seqs)


async def test_a_use_case_that_a_consumer_calls_is_part_of_its_transaction(database: Database) -> None:
    """What it logs is told to the tail, which nobody else has woken."""
    marks = Consumer("marks", TYPES, _log_again)
    tail = Tail(database, poll=NEVER)
    await tail.start()
    heard = asyncio.Event()
    listening = await asyncpg.connect(database.url)
    try:
        async with consuming(database, marks):
            await write(database, opportunity_updated(DEAL, fields=["a"], actor_id=None))

            async def told() -> bool:
                return await database.fetchrow("SELECT 1 FROM event WHERE payload ->> 'fields' = '[\"b\"]'") is not None

            await until(told)
            await listening.add_listener(CHANNEL, lambda *_: heard.set())
            await write(database, opportunity_updated(DEAL, fields=["a"], actor_id=None))
            await asyncio.wait_for(heard.wait(), PATIENCE)
    finally:
        await listening.close()
        await tail.stop()
    assert await delayed(database) == {}


async def _log_again(_: Transaction, event: LoggedEvent) -> None:
    if event.payload["fields"] == ["a"]:
        async with transaction() as tx:
            await append(tx, opportunity_updated(event.order_key, fields=["b"], actor_id=None))


async def test_what_leaves_the_database_is_enqueued_with_the_effect_and_named_alike_at_each_attempt(
    database: Database,
) -> None:
    tries: list[int] = []

    async def handle(tx: Transaction, event: LoggedEvent) -> None:
        for part in ("a", "b"):
            await outside(tx, "mail", event, "told_outside_in_tests", part=part, said="hello")
        tries.append(event.seq)
        if len(tries) == 1:
            raise ValueError("once")

    async with consuming(database, Consumer("mail", TYPES, handle)):
        (seq,) = await write(database, of(DEAL))

        async def enqueued() -> bool:
            return len(await database.fetch("SELECT 1 FROM procrastinate_jobs")) >= 2

        await until(enqueued)
    rows = await database.fetch("SELECT lock, args ->> 'effect_id' AS id FROM procrastinate_jobs ORDER BY id")
    assert [tuple(row) for row in rows] == [
        (f"mail/{DEAL}/a", f"mail/{seq}/a"),
        (f"mail/{DEAL}/b", f"mail/{seq}/b"),
    ]
    assert tries == [seq, seq]


async def test_cursors_move_with_a_log_that_is_restored_into_another_cluster(database: Database) -> None:
    (first,) = await write(database, of(DEAL))
    consumer = writing()
    await register(database, consumer)
    await register(database, writing("all", from_start=True))
    (second,) = await write(database, of(DEAL))
    for table in ("event", "consumer_cursor"):
        await database.fetch(f"UPDATE {table} SET xid = xid + 9000000000 WHERE xid > 0")
    assert await adopt_restored_log(database)
    async with consuming(database, consumer, writing("all", from_start=True)):
        (third,) = await write(database, of(DEAL))
        await effects_are(database, [second, third])
        await effects_are(database, [first, second, third], "all")


async def test_a_consumer_that_is_no_more_is_forgotten(database: Database) -> None:
    await register(database, writing("gone"))
    assert await forget(database, "gone")
    assert not await forget(database, "gone")
    assert await lags(database) == []


async def test_lag_is_the_age_of_the_oldest_event_that_is_yet_to_be_handled(database: Database) -> None:
    await register(database, writing())
    await write(database, of(DEAL), of(DEAL))
    await database.fetch("UPDATE event SET at = now() - interval '1 hour' WHERE seq = (SELECT min(seq) FROM event)")
    (lag,) = await lags(database)
    assert (lag.events, lag.delayed, lag.aside) == (2, 0, 0)
    assert 3600 <= lag.seconds < 7200
