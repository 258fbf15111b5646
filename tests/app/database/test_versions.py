"""Old code on a newer database: it says so and stays away, unless it is told to go back."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
import structlog

from app.database import Database
from app.database.migrate import LOCK, migrate
from app.database.versions import MigrationState, NewerDatabase, compare, known, standing
from app.start import opened
from tests.commands import stagepath
from tests.copies import administer
from tests.serving import settings_for
from tests.waiting import until

RECORD = "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '{}', now())"
NEWER = "9998_something_newer"


async def test_a_migrated_database_is_neither_ahead_nor_behind(database: Database) -> None:
    assert await standing(database) == MigrationState((), ())


def test_what_is_missing_on_either_side_is_named_in_order() -> None:
    first, *rest = known()
    assert compare([*rest, "z", "a"]) == MigrationState(("a", "z"), (first,))
    assert compare([]) == MigrationState((), known())


async def test_it_is_not_migrated_again_by_older_code(database: Database) -> None:
    await administer(database.url, RECORD.format(NEWER))
    with pytest.raises(NewerDatabase) as refused:
        await migrate(database)
    assert refused.value.ahead == (NEWER,)


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",), ("migrate",), ("token", "--role", "x")])
def test_every_command_refuses_in_one_sentence(tmp_path: Path, database_url: str, command: tuple[str, ...]) -> None:
    asyncio.run(administer(database_url, RECORD.format(NEWER)))
    done = stagepath(tmp_path, *command, DATABASE_URL=database_url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"The database has had the migration {NEWER}, which this version doesn't know: a newer one has used it. "
        "Run that one, or restore a backup from before it; STAGEPATH_ACCEPT_NEWER_DATABASE=true goes back to this "
        "version all the same.\n"
    )


async def test_a_newer_job_queue_counts_as_well(database: Database) -> None:
    await administer(database.url, "INSERT INTO job_queue_migration (name) VALUES ('99.00.00_01_newer')")
    with pytest.raises(NewerDatabase, match=r"99\.00\.00_01_newer"):
        await migrate(database)


async def test_told_to_it_goes_back_and_leaves_the_newer_grants_alone(database: Database, tmp_path: Path) -> None:
    await administer(
        database.url,
        RECORD.format(NEWER),
        "CREATE TABLE newer (id int)",
        "GRANT SELECT ON newer TO stagepath_walled",
    )
    async with opened(settings_for(database.url, tmp_path, accept_newer_database=True)) as accepted:
        assert accepted.walled is not None
        assert await accepted.walled.fetch("SELECT * FROM newer") == []


async def test_another_s_migration_is_waited_for_and_told(database: Database) -> None:
    other = await asyncpg.connect(database.url)
    await other.execute("SELECT pg_advisory_lock($1)", LOCK)
    with structlog.testing.capture_logs() as lines:
        waiting = asyncio.create_task(migrate(database))

        async def waits() -> bool:
            return bool(lines)

        await until(waits)
        # Which would wait for every statement that runs, and this one, which has the lock, for the index.
        await other.execute("SET lock_timeout = '30s'")
        await other.execute("CREATE INDEX CONCURRENTLY another_migration ON account (name)")
        assert not waiting.done()
        await other.close()
        assert await waiting == []
    assert [line["event"] for line in lines] == ["another process migrates the database; waiting for it"]
