"""Jobs run when the transaction that causes them has committed, and only then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from app.database import Database, database
from app.jobs import DELIVERIES, DELIVERIES_AT_ONCE, defer, jobs, working
from tests.waiting import PATIENCE, until

_seen: asyncio.Queue[str] = asyncio.Queue()


@jobs.task(name="test_note")
async def note(text: str) -> None:
    await database().fetchrow("SELECT 1")
    _seen.put_nowait(text)


@jobs.task(name="test_slow_delivery", queue=DELIVERIES)
async def deliver_slowly() -> None:
    _seen.put_nowait("delivering")
    await asyncio.Event().wait()


_begun = asyncio.Event()


@jobs.task(name="test_endless")
async def endless() -> None:
    _begun.set()
    await asyncio.Event().wait()


@jobs.task(name="test_lose_the_database")
async def lose_the_database(attempts: int) -> None:
    """Fails as if the connection broke, as often as that."""
    _seen.put_nowait("attempt")
    if _seen.qsize() <= attempts:
        raise ConnectionResetError


@pytest.fixture(autouse=True)
def fresh() -> None:
    global _seen, _begun
    _seen, _begun = asyncio.Queue(), asyncio.Event()


@pytest.fixture
async def worker(database: Database) -> AsyncIterator[None]:
    async with working(database.url):
        yield


class Refused(Exception):
    pass


@pytest.mark.usefixtures("worker")
async def test_a_committed_job_runs_and_a_rolled_back_one_never_does(database: Database) -> None:
    with suppress(Refused):
        async with database.transaction() as tx:
            await defer(tx, "test_note", text="rolled back")
            raise Refused
    async with database.transaction() as tx:
        await defer(tx, "test_note", text="committed")
    async with asyncio.timeout(PATIENCE):
        assert await _seen.get() == "committed"
    assert _seen.empty()


async def test_a_job_that_waits_already_is_not_queued_twice(database: Database) -> None:
    async with database.transaction() as tx:
        await defer(tx, "test_note", queueing_lock="once", text="first")
    async with database.transaction() as tx:
        with pytest.raises(asyncpg.UniqueViolationError):
            await defer(tx, "test_note", queueing_lock="once", text="second")
    assert [row["args"] for row in await database.fetch("SELECT args FROM procrastinate_jobs")] == ['{"text": "first"}']


@pytest.mark.usefixtures("worker")
async def test_the_worker_finds_the_database_again(database: Database) -> None:
    await database.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with database.transaction() as tx:
        await defer(tx, "test_note", text="after the cut")
    async with asyncio.timeout(PATIENCE):
        assert await _seen.get() == "after the cut"


async def test_deliveries_that_wait_hold_up_no_other_job(database: Database) -> None:
    async with database.transaction() as tx:
        for _ in range(DELIVERIES_AT_ONCE + 1):
            await defer(tx, "test_slow_delivery")
    async with working(database.url, stop_within=0.05, late=PATIENCE), asyncio.timeout(PATIENCE):
        assert [await _seen.get() for _ in range(DELIVERIES_AT_ONCE)] == ["delivering"] * DELIVERIES_AT_ONCE
        async with database.transaction() as tx:
            await defer(tx, "test_note", text="meanwhile")
        assert await _seen.get() == "meanwhile"


async def test_a_worker_that_is_stopped_hands_its_jobs_back(database: Database) -> None:
    async with database.transaction() as tx:
        number = await defer(tx, "test_endless")
    async with working(database.url, stop_within=0.05, late=PATIENCE):
        async with asyncio.timeout(PATIENCE):
            await _begun.wait()
    assert await _status(database, number) == "todo"


async def test_the_jobs_of_a_worker_that_died_are_run_again(database: Database) -> None:
    async with database.transaction() as tx:
        number = await defer(tx, "test_note", text="after all")
        await tx.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')")
        await tx.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)"
        )
    assert await _status(database, number) == "doing"
    async with working(database.url), asyncio.timeout(PATIENCE):
        assert await _seen.get() == "after all"


async def test_a_job_of_a_worker_that_died_makes_way_for_one_of_its_kind_that_waits(database: Database) -> None:
    async with database.transaction() as tx:
        number = await defer(tx, "test_note", lock="one", queueing_lock="one", text="cut short")
        await tx.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        await defer(tx, "test_note", lock="one", queueing_lock="one", text="waits")
    async with working(database.url), asyncio.timeout(PATIENCE):
        assert await _seen.get() == "waits"
    assert await _status(database, number) is None


async def test_a_job_that_lost_the_database_is_run_again(database: Database) -> None:
    async with database.transaction() as tx:
        number = await defer(tx, "test_lose_the_database", attempts=1)

    async def done() -> bool:
        return await _status(database, number) is None

    async with working(database.url):
        await until(done)
    assert _seen.qsize() == 2


async def _status(database: Database, number: int) -> str | None:
    row = await database.fetchrow("SELECT status::text FROM procrastinate_jobs WHERE id = $1", number)
    return None if row is None else row["status"]
