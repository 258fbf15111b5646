"""A log that is there already becomes partitioned while it is written, and stays what it was."""

import asyncio

import asyncpg
import pytest

from app.database import Database
from app.database.partitioning import partition
from app.database.partitions import SCHEMA
from app.database.rls import OPEN, WALLED
from app.identity.rls_policies import ensure_roles

DIARY = f"""
CREATE TABLE diary (seq bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), said text NOT NULL, loud text);
CREATE INDEX diary_by_word ON diary (said, seq);
CREATE FUNCTION diary_loud() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN NEW.loud := upper(NEW.said); RETURN NEW; END $$;
CREATE TRIGGER diary_loud BEFORE INSERT ON diary FOR EACH ROW EXECUTE FUNCTION diary_loud();
CREATE TRIGGER diary_append_only BEFORE DELETE ON diary FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
ALTER TABLE diary ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON diary TO {OPEN}, {WALLED};
GRANT USAGE ON SCHEMA public TO {WALLED};
CREATE POLICY open ON diary TO {OPEN} USING (TRUE) WITH CHECK (TRUE);
CREATE POLICY walled ON diary FOR SELECT TO {WALLED} USING (said = 'mine');
INSERT INTO diary (said, at) SELECT CASE WHEN n % 10 = 0 THEN 'mine' ELSE 'theirs' END, now() - n * interval '1 hour'
FROM generate_series(1, 2000) n
"""


@pytest.fixture
async def diary(database: Database) -> asyncpg.Connection:
    connection = await asyncpg.connect(database.url)
    await ensure_roles(connection)
    await connection.execute(DIARY)
    return connection


async def test_nothing_is_lost_of_what_is_written_meanwhile(database: Database, diary: asyncpg.Connection) -> None:
    begun, done = asyncio.Event(), asyncio.Event()
    written = 0

    async def write() -> None:
        nonlocal written
        while not done.is_set() or written < 50:
            await database.fetch("INSERT INTO diary (said) VALUES ('theirs')")
            written += 1
            begun.set()

    writing = asyncio.create_task(write())
    await begun.wait()
    await partition(diary, "diary")
    done.set()
    await writing
    assert await diary.fetchval("SELECT count(*) FROM diary") == 2000 + written
    assert await diary.fetchval("SELECT count(DISTINCT seq) FROM diary") == 2000 + written
    assert await diary.fetchval("SELECT relkind FROM pg_class WHERE oid = 'diary'::regclass") == b"p"
    await diary.close()


async def test_triggers_policies_grants_and_indexes_stay(diary: asyncpg.Connection) -> None:
    await partition(diary, "diary")
    assert await diary.fetchval("INSERT INTO diary (said) VALUES ('new') RETURNING loud") == "NEW"
    for table in ("diary", f"{SCHEMA}.diary_past"):
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
            await diary.execute(f"DELETE FROM {table}")
    plan = "\n".join(
        row[0] for row in await diary.fetch("EXPLAIN SELECT 1 FROM diary WHERE said = 'none' ORDER BY seq LIMIT 1")
    )
    assert "Seq Scan" not in plan
    await diary.execute(f"SET ROLE {WALLED}")
    assert {row["said"] for row in await diary.fetch("SELECT said FROM diary")} == {"mine"}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await diary.fetch(f"SELECT 1 FROM {SCHEMA}.diary_past")
    await diary.execute("RESET ROLE")
    await diary.execute("DROP TABLE diary")
    assert await diary.fetchval("SELECT to_regclass('diary_seq_seq')") is None
    await diary.close()


async def test_rows_are_where_they_were(diary: asyncpg.Connection) -> None:
    file = await diary.fetchval("SELECT pg_relation_filenode('diary')")
    await partition(diary, "diary")
    assert await diary.fetchval(f"SELECT pg_relation_filenode('{SCHEMA}.diary_past')") == file
    await diary.close()


async def test_begun_anew_it_goes_on(database: Database, diary: asyncpg.Connection) -> None:
    await diary.execute("ALTER TABLE diary ADD CONSTRAINT diary_past CHECK (at < 'infinity') NOT VALID")
    await diary.execute("CREATE UNIQUE INDEX diary_past_key ON diary (seq, at)")
    await partition(diary, "diary")
    await partition(diary, "diary")
    assert (
        await diary.fetchval("SELECT count(*) FROM log_partition WHERE parent = 'diary' AND begins_at = '-infinity'")
        == 1
    )
    assert await diary.fetchval("SELECT count(*) FROM diary") == 2000
    await diary.close()


async def test_what_fails_leaves_no_bound_behind(diary: asyncpg.Connection) -> None:
    await diary.execute(f"CREATE TABLE {SCHEMA}.diary_past ()")
    with pytest.raises(asyncpg.DuplicateTableError):
        await partition(diary, "diary")
    assert await diary.fetchval("SELECT count(*) FROM pg_constraint WHERE conname = 'diary_past'") == 0
    await diary.execute("INSERT INTO diary (said, at) VALUES ('later', now() + interval '1 year')")
    await diary.close()
