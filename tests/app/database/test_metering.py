"""What a viewer's operations take of the database: measured, and never all of it."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.database.metering import Meter, Share, metered_by, share_of, statements_in_flight
from app.database.pool import Pool
from tests.waiting import PATIENCE, until

SLEEP = "SELECT pg_sleep(3600)"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with Pool(database_url, size=4) as pool:
        yield pool


@pytest.fixture
async def watching(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def sleeping(watching: asyncpg.Connection) -> int:
    """How many statements PostgreSQL is at, but for those that wait for a client."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query = $1"
    )
    return int(await watching.fetchval(asked, SLEEP))


def begun(pool: Pool, meter: Meter, sql: str = SLEEP) -> asyncio.Task[object]:
    async def run() -> object:
        metered_by(meter)
        return await pool.run(sql, ())

    return asyncio.create_task(run())


async def ended(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_statements_and_transactions_are_timed_also_when_they_fail(pool: Pool) -> None:
    meter = Meter(Share(2))
    metered_by(meter)
    await pool.run("SELECT 1", ())
    assert meter.seconds > 0
    before = meter.seconds
    with pytest.raises(asyncpg.DivisionByZeroError):
        await pool.run("SELECT 1 / 0", ())
    assert meter.seconds > before
    before = meter.seconds
    async with pool.borrow() as connection, connection.transaction():
        await connection.fetch("SELECT 1")
    assert meter.seconds > before
    assert meter.share.running == 0


async def test_without_a_meter_nothing_is_counted_or_held_up(pool: Pool, watching: asyncpg.Connection) -> None:
    meter = Meter(share_of(uuid4(), 1))
    slow = begun(pool, meter)
    await until(lambda: _is(sleeping(watching), 1))
    before = statements_in_flight()
    assert (await pool.run("SELECT 1 AS one", ()))[0]["one"] == 1
    assert statements_in_flight() == before == 1
    await ended(slow)
    assert statements_in_flight() == 0


async def _is(number: object, expected: int) -> bool:
    return await number == expected  # type: ignore[misc, no-any-return]


async def test_one_viewer_never_takes_more_than_its_share(pool: Pool, watching: asyncpg.Connection) -> None:
    share = Share(2)
    tasks = [begun(pool, Meter(share)) for _ in range(10)]
    await until(lambda: _is(sleeping(watching), 2))
    other = Meter(Share(2))
    metered_by(other)
    assert await pool.run("SELECT 1", ()), "somebody else is served meanwhile"
    assert (share.running, await sleeping(watching)) == (2, 2)
    await ended(*tasks)
    assert share.running == 0
    assert await pool.run("SELECT 1", ())


async def test_who_waits_is_served_in_turn(pool: Pool) -> None:
    share = Share(1)
    held = Meter(share)
    order: list[int] = []

    async def wait(number: int) -> None:
        metered_by(Meter(share))
        await pool.run("SELECT 1", ())
        order.append(number)

    metered_by(held)
    async with pool.borrow():
        tasks = [asyncio.create_task(wait(number)) for number in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
    await asyncio.wait(tasks)
    assert order == [0, 2, 3]
    assert share.running == 0


async def test_a_place_that_was_meant_for_one_who_left_goes_to_the_next(pool: Pool) -> None:
    share = Share(1)
    meters = [Meter(share) for _ in range(3)]
    assert meters[0].entered()
    turns = [asyncio.create_task(share.turn(meter)) for meter in meters[1:]]
    await asyncio.sleep(0)
    meters[0].end(0)  # calls the first of them
    turns[0].cancel()
    await turns[1]
    assert [meter.crowded for meter in meters] == [False, True, False]
    assert share.running == 1


async def test_a_transaction_gets_its_second_connection_though_the_share_is_used_up(pool: Pool) -> None:
    """Else it would wait for itself."""
    share = Share(1)
    metered_by(Meter(share))
    async with asyncio.timeout(PATIENCE), pool.borrow(), pool.borrow():
        assert await pool.run("SELECT 1", ())
        assert share.running == 2
        other = asyncio.create_task(share.turn(Meter(share)))
        await asyncio.sleep(0)
        assert not other.done(), "that holds for its own task alone"
    await other
    assert share.running == 1


async def test_a_cancelled_statement_ends_in_postgresql_and_its_connection_serves_again(
    pool: Pool, watching: asyncpg.Connection
) -> None:
    meter = Meter(Share(4))
    tasks = [begun(pool, meter) for _ in range(4)]
    await until(lambda: _is(sleeping(watching), 4))
    await ended(*tasks)
    await until(lambda: _is(sleeping(watching), 0))
    assert meter.seconds > 0, "what was cancelled is counted, too"
    assert meter.share.running == 0
    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(*(begun(pool, meter, "SELECT 1") for _ in range(8)))
    assert len(answers) == 8


def test_a_share_is_one_for_all_operations_of_a_viewer_and_kept_while_it_is_used() -> None:
    anna, ben = UUID(int=1), UUID(int=2)
    share = share_of(anna, 3)
    assert share_of(anna, 3) is share
    assert share_of(ben, 3) is not share
