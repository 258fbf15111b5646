"""A database of a former version, with rows in every table: it migrates, and what was handed out before still holds.

`former.sql.gz` was made by version 0.1 from a part of the demo programme, every table with rows; `former.json.gz` holds
what its API had answered: the log as four people saw it, with its cursors, and mutations with their
`clientMutationId`s.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.audit.chain import Head, verify
from app.database import Database, use
from app.database.migrate import migrate
from app.events.log import read
from app.events.restore import adopt_restored_log
from app.events.tail import Tail, use_tail
from app.identity.rls_policies import install_policies
from app.models.columns import new_id
from app.settings import use_settings
from tests.conftest import SETTINGS
from tests.copies import administer, with_database
from tests.schema.world import Demo
from tests.tables import contents_of_all_tables

FILES = Path(__file__).parent
SAID: dict[str, Any] = orjson.loads(gzip.decompress((FILES / "former.json.gz").read_bytes()))


@pytest.fixture(scope="module")
def migrated(postgres: str, migrated_template: str) -> Iterator[str]:
    """All that was in it, then migrated. The roles that its rights are for are there."""
    url = with_database(postgres, "former")
    asyncio.run(administer(postgres, "CREATE DATABASE former"))
    asyncio.run(_migrate(url))
    yield url
    asyncio.run(administer(postgres, "DROP DATABASE former WITH (FORCE)"))


async def _migrate(url: str) -> None:
    await administer(url, gzip.decompress((FILES / "former.sql.gz").read_bytes()).decode())
    database = await Database.connect(url, size=2)
    tables = await database.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    empty = [table for (table,) in tables if not await database.fetch(f"SELECT 1 FROM {table} LIMIT 1")]
    assert empty == []
    assert await migrate(database)
    await install_policies(database)
    await adopt_restored_log(database)  # as whoever serves begins: these xids are another cluster's
    await database.close()


@pytest.fixture
async def former(migrated: str) -> AsyncIterator[Demo]:
    database = await Database.connect(migrated)
    await database.step_down()
    use(database)
    use_settings(SETTINGS)
    tail = Tail(database)
    await tail.start()
    use_tail(tail)
    yield Demo(database)
    use_tail(None)
    await tail.stop()
    use_settings(None)
    use(None)
    await database.close()


async def test_every_event_has_its_subject_and_reads_as_before(former: Demo) -> None:
    assert await former.value("SELECT count(*) FROM event WHERE subject_type IS NULL OR subject_id IS NULL") == 0
    for who, expected in SAID["events"].items():
        page = await former.run(SAID["query"], who, first=100)
        assert page["events"]["nodes"] == expected[:100], who


@pytest.mark.parametrize("who", SAID["events"])
async def test_a_cursor_that_was_handed_out_before_stands_where_it_stood(former: Demo, who: str) -> None:
    expected = SAID["events"][who]
    for place in {0, len(expected) // 2, len(expected) - 1}:
        page = await former.run(SAID["query"], who, after=expected[place]["cursor"], first=100)
        assert page["events"]["nodes"] == expected[place + 1 :]


async def test_a_mutation_that_was_made_before_is_not_made_again(former: Demo) -> None:
    before = await contents_of_all_tables(former.database)
    for one in SAID["mutations"]:
        answer = await former.run(one["document"], one["who"], input=one["input"])
        assert answer[one["mutation"]]["userErrors"] == [], one["mutation"]
        assert answer[one["mutation"]]["clientMutationId"] == one["input"]["clientMutationId"]
    assert await contents_of_all_tables(former.database) == before


async def test_the_chain_of_the_audit_log_holds(former: Demo) -> None:
    assert str((await verify(former.database, Head.parse(SAID["head"]))).head) == SAID["head"]


async def test_a_server_of_the_former_version_writes_and_reads_on_meanwhile(former: Demo) -> None:
    """As its statements do: a column for each kind of subject."""
    former_insert = """
    INSERT INTO event (type, opportunity_id, transition_id, playbook_id, content_id) VALUES
      ('OPPORTUNITY_STAGE_CHANGED', $1, $2, NULL, NULL), ('OPPORTUNITY_UPDATED', $1, NULL, NULL, NULL),
      ('PLAYBOOK_UPDATED', NULL, NULL, $2, NULL), ('CONTENT_CHANGED', NULL, NULL, NULL, $2)
    """
    deal, other = await former.value("SELECT id FROM opportunity LIMIT 1"), new_id()
    async with former.database.transaction() as tx:
        await tx.execute(former_insert, deal, other)
        events = (await tx.fetch("SELECT * FROM event ORDER BY seq DESC LIMIT 4"))[::-1]
        subjects = [(event["subject_type"], event["subject_id"]) for event in events]
        assert subjects == [
            ("stage_transition", other),
            ("opportunity", deal),
            ("playbook", other),
            ("content", other),
        ]
        await tx.execute("DELETE FROM event WHERE seq >= $1", events[0]["seq"])
        ours = """
        INSERT INTO event (type, subject_type, subject_id, opportunity_id)
        SELECT type, subject_type, subject_id, opportunity_id FROM jsonb_to_recordset($1::text::jsonb) AS s(
          type text, subject_type text, subject_id uuid, opportunity_id uuid)
        RETURNING transition_id, playbook_id, content_id
        """
        given = [dict(event) for event in events]
        rows = await tx.fetch(ours, orjson.dumps(given, default=str).decode())
        assert [tuple(row) for row in rows] == [
            (other, None, None),
            (None, None, None),
            (None, other, None),
            (None, None, other),
        ]
        await tx.execute("DELETE FROM event WHERE seq > $1", events[-1]["seq"])
    assert await read(former.database, limit=1)
