"""Borrowed connections: handed on without a reset, given back when anything is wrong, never lost."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.database.failures import MAYBE_UNREACHABLE
from app.database.pool import Pool
from tests.waiting import PATIENCE


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with Pool(database_url, size=2) as pool:
        yield pool


async def session(pool: Pool) -> int:
    async with pool.borrow() as connection:
        return connection.get_server_pid()  # type: ignore[no-any-return]


async def test_a_borrowed_connection_is_the_next_ones_without_a_reset(pool: Pool) -> None:
    async with pool.borrow() as connection:
        await connection.execute("SET application_name = 'left behind'")
        pid = connection.get_server_pid()
    async with pool.borrow() as connection:
        assert connection.get_server_pid() == pid
        assert await connection.fetchval("SHOW application_name") == "left behind"


async def test_an_acquired_connection_is_reset_and_shared_with_those_who_borrow(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute("SET application_name = 'left behind'")
        pid = connection.get_server_pid()
    async with pool.borrow() as connection:
        assert connection.get_server_pid() == pid
        assert await connection.fetchval("SHOW application_name") != "left behind"


async def test_one_who_failed_gives_the_connection_back_to_be_reset(pool: Pool) -> None:
    async def fail() -> None:
        async with pool.borrow() as connection:
            await connection.execute("SET application_name = 'left behind'")
            await connection.fetch("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await fail()
    async with pool.borrow() as connection:
        assert await connection.fetchval("SHOW application_name") != "left behind"


async def test_those_who_wait_are_served_whoever_gives_back(pool: Pool) -> None:
    async with pool.acquire(), pool.borrow():
        waiting = [asyncio.create_task(session(pool)) for _ in range(5)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
    assert len(set(await asyncio.gather(*waiting))) <= 2


async def test_nobody_who_gives_up_waiting_takes_a_connection_along(pool: Pool) -> None:
    for handed in (False, True):
        async with pool.borrow(), pool.borrow():
            waiting = [asyncio.create_task(session(pool)) for _ in range(20)]
            await asyncio.sleep(0)
            if not handed:
                for task in waiting[:19]:
                    task.cancel()
        for task in waiting[:10]:  # by now some have been handed a connection, and have not run yet
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    async with pool.borrow() as one, pool.borrow() as other:
        assert one.get_server_pid() != other.get_server_pid()


async def test_statements_given_up_in_the_middle_leave_sound_connections(pool: Pool) -> None:
    async def slow() -> None:
        async with pool.borrow() as connection:
            await connection.fetch("SELECT pg_sleep(60)")

    for _ in range(5):
        sleeping = [asyncio.create_task(slow()) for _ in range(2)]
        for _ in range(20):
            await asyncio.sleep(0)
        for task in sleeping:
            task.cancel()
        await asyncio.gather(*sleeping, return_exceptions=True)
    assert len(set(await asyncio.gather(*(session(pool) for _ in range(8))))) <= 2


async def test_an_expired_connection_is_not_handed_on(pool: Pool) -> None:
    before = await session(pool)
    async with pool.borrow() as connection:
        used = connection.get_server_pid()
        await pool.expire_connections()
    assert used == before
    assert await session(pool) != before


async def test_a_connection_cut_while_it_is_given_back_is_given_back(pool: Pool) -> None:
    connection = await pool.acquire()
    held = connection._con
    releasing = asyncio.create_task(pool.release(connection))
    await asyncio.sleep(0)  # asyncpg has looked at it, and released nothing yet
    held.terminate()
    await releasing
    async with asyncio.timeout(PATIENCE), pool.acquire(), pool.acquire():
        pass  # both places are free again


async def test_a_connection_that_was_cut_is_replaced(pool: Pool) -> None:
    pid = await session(pool)
    async with pool.borrow() as one, pool.borrow() as other:
        assert pid in (one.get_server_pid(), other.get_server_pid())
        cut = one.get_server_pid()
        await other.execute("SELECT pg_terminate_backend($1)", cut)
        with pytest.raises(MAYBE_UNREACHABLE):
            await one.fetch("SELECT 1")
    assert cut not in {await session(pool), await session(pool)}
