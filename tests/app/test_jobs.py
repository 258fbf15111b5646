"""Jobs run when the transaction that causes them has committed, and only then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from app.database import Database, database
from app.jobs import defer, jobs, working

_seen: asyncio.Queue[str] = asyncio.Queue()


@jobs.task(name="test_note")
async def note(text: str) -> None:
    await database().fetchrow("SELECT 1")
    _seen.put_nowait(text)


@pytest.fixture
async def worker(database: Database) -> AsyncIterator[None]:
    global _seen
    _seen = asyncio.Queue()
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
    async with asyncio.timeout(10):
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
    async with asyncio.timeout(20):
        assert await _seen.get() == "after the cut"
