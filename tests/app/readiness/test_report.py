"""What is looked at, on a real database, and how often."""

import asyncio
from pathlib import Path

import asyncpg
import httpx
import pytest

from app.database import Database, database
from app.events.tail import tail
from app.jobs import defer, jobs
from app.readiness.report import Readiness, readiness
from app.readiness.sample import SPILL, WRITTEN_BYTES, Sample, free_bytes, is_full, take
from app.sampling import sample
from tests.copies import administer
from tests.processes import serving
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE, until


@jobs.task(name="test_report")
async def wait_for_a_worker() -> None: ...


async def reasons(server: Server) -> list[str]:
    """After looking at everything now, as is done every few seconds."""
    readiness().sample = await sample(database(), tail())
    answer = await server.client.get("/readyz")
    found: list[str] = answer.json()["reasons"]
    return found


async def test_a_database_that_a_newer_version_migrates_meanwhile_is_told_and_served(server: Server) -> None:
    assert await reasons(server) == []
    record = "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '9998_newer', now())"
    await administer(database().url, record)
    assert await reasons(server) == ["MIGRATIONS_AHEAD"]
    assert (await server.client.get("/readyz")).status_code == 200
    verbose = (await server.client.get("/readyz?verbose")).json()
    [ahead] = [check for check in verbose["checks"] if check["reason"] == "MIGRATIONS_AHEAD"]
    assert (ahead["check"], ahead["value"]) == ("migrations_ahead", "9998_newer")
    assert (await server.client.post("/graphql", json={"query": "{ __typename }"})).status_code == 401, "it answers"


async def test_a_database_that_was_set_back_is_behind(server: Server) -> None:
    await administer(database().url, "DELETE FROM tortoise_migrations WHERE name LIKE '0005%'")
    assert await reasons(server) == ["MIGRATIONS_BEHIND"]
    answer = await server.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")


async def test_a_job_that_nobody_runs_is_a_missing_worker(server: Server) -> None:
    async with database().transaction() as tx:
        await defer(tx, "test_report")
    assert await reasons(server) == ["WORKER_MISSING"]
    assert (await server.client.get("/readyz")).json()["status"] == "degraded"
    await administer(database().url, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert await reasons(server) == []
    silent = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
    await administer(database().url, silent)
    assert await reasons(server) == ["WORKER_MISSING"]


async def test_events_that_wait_for_an_older_writer_are_a_lag(server: Server) -> None:
    older = await asyncpg.connect(database().url)
    await older.execute("BEGIN")
    await older.fetchval("SELECT pg_current_xact_id()::text")
    await administer(
        database().url,
        "INSERT INTO event (type, at, payload) VALUES ('STAGE_CHANGED', now() - interval '1 hour', '{}')",
    )
    assert await reasons(server) == ["TAIL_LAG"]
    await older.close()
    assert await reasons(server) == []


async def test_a_database_that_takes_no_changes_is_told(server: Server) -> None:
    name = await database().pool.fetchval("SELECT current_database()")
    await administer(database().url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await database().pool.expire_connections()
    assert await reasons(server) == ["DATABASE_READ_ONLY"]
    assert (await server.client.get("/readyz")).status_code == 503
    assert (await server.client.get("/readyz?reads")).status_code == 200


async def test_however_many_ask_the_database_is_asked_once(database: Database, tmp_path: Path) -> None:
    looking = Readiness(database, settings_for(database.url, tmp_path))
    before = database.statements
    reports = await asyncio.gather(*(looking.report() for _ in range(500)))
    again = [await looking.report() for _ in range(500)]
    assert database.statements == before + 1
    assert {report.body()["status"] for report in [*reports, *again]} == {"ready"}


async def test_one_who_leaves_takes_nobody_along(database: Database, tmp_path: Path) -> None:
    looking = Readiness(database, settings_for(database.url, tmp_path))
    first, second = asyncio.create_task(looking.report()), asyncio.create_task(looking.report())
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).body()["status"] == "ready"


async def test_values_stand_behind_the_metrics_token(database_url: str, tmp_path: Path) -> None:
    async with running(settings_for(database_url, tmp_path, metrics_token="for-operators-alone")) as server:
        assert (await server.client.get("/readyz")).status_code == 200
        for headers in ({}, {"Authorization": "Bearer another"}):
            refused = await server.client.get("/readyz?verbose", headers=headers)
            assert (refused.status_code, "checks" in refused.text) == (401, False)
        told = await server.client.get("/readyz?verbose", headers={"Authorization": "Bearer for-operators-alone"})
        assert {"status", "reasons", "checks", "version", "pid", "sampledSecondsAgo"} == set(told.json())
        assert told.headers["cache-control"] == "no-store"


async def test_reasons_are_metrics_as_well(database_url: str, tmp_path: Path) -> None:
    await administer(database_url, "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('m', '9', now())")
    async with (
        serving(database_url, tmp_path, ACCEPT_NEWER_DATABASE="true") as process,
        httpx.AsyncClient(base_url=process.base_url, trust_env=False, timeout=PATIENCE) as client,
    ):

        async def told() -> bool:
            text = (await client.get("/metrics")).text
            return 'stagepath_readiness_reason{reason="MIGRATIONS_AHEAD"} 1.0' in text

        await until(told)
        assert 'stagepath_readiness_reason{reason="DRAINING"} 0.0' in (await client.get("/metrics")).text


async def test_looking_for_room_writes_a_file_and_leaves_nothing_behind(database: Database) -> None:
    connection = await asyncpg.connect(database.url)
    heard: list[str] = []
    connection.add_log_listener(lambda _, message: heard.append(str(message)))
    before = await connection.fetchval("SHOW work_mem")
    await connection.execute(SPILL)
    assert (await connection.fetchval("SHOW work_mem"), heard) == (before, [])
    assert not await is_full(database)

    async def counted() -> bool:
        written = "SELECT temp_bytes FROM pg_stat_database WHERE datname = current_database()"
        return bool(await connection.fetchval(written) >= WRITTEN_BYTES)

    await until(counted)
    await connection.close()


async def test_a_sample_of_an_idle_database(database: Database, tmp_path: Path) -> None:
    taken = await take(database, (0, 0))
    assert (taken.workers, taken.waiting, taken.disk_full, taken.read_only) == (0, {}, False, False)
    assert Sample().standing == taken.standing
    assert free_bytes(tmp_path / "not" / "there") == pytest.approx(free_bytes(tmp_path), rel=0.1)
