"""The logs' parts: made ahead, closed behind, seen by nobody, and read by the few in which something may be."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random

import asyncpg
import pytest

from app.database import Database
from app.database.partitions import AHEAD, LOGS, SCHEMA, after, month_of
from app.database.rls import OPEN, WALLED
from app.events.log import locate, position, read
from app.events.parts import FIRST
from app.events.restore import adopt_restored_log
from app.identity.rls_policies import install_policies
from app.retention.parts import close_parts, make_parts
from tests.app.retention.logs import MONTH, NOW, Explaining, happen, month, numbers, with_past

YEARS = 60


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.url)
    yield connection
    await connection.close()


async def ends(connection: asyncpg.Connection, log: str) -> list[datetime]:
    rows = await connection.fetch("SELECT ends_at FROM log_partition WHERE parent = $1 ORDER BY 1", log)
    return [row["ends_at"] for row in rows]


@pytest.mark.parametrize("log", LOGS)
async def test_there_are_parts_for_the_coming_months(owner: asyncpg.Connection, log: str) -> None:
    first, *others = await ends(owner, log)
    assert first in {after(MONTH, 1), after(MONTH, 2)}
    assert others == [after(first, n) for n in range(1, len(others) + 1)]
    assert others[-1] >= after(MONTH, AHEAD + 1)


async def test_servers_that_start_together_make_each_part_once(database: Database) -> None:
    later = after(MONTH, 7)
    connections = [await asyncpg.connect(database.url) for _ in range(4)]
    await asyncio.gather(*(make_parts(connection, later) for connection in connections))
    for log in LOGS:
        assert (await ends(connections[0], log))[-1] == after(later, AHEAD + 1)
    for connection in connections:
        await connection.close()


async def test_what_is_written_stands_in_the_part_of_its_month(database: Database, owner: asyncpg.Connection) -> None:
    await with_past(owner, "event", 3)
    for ago in (40, 2, 0, -1):
        await happen(database, month(ago))
    rows = await owner.fetch("SELECT tableoid::regclass::text AS part FROM event ORDER BY seq")
    months = [f"{SCHEMA}.event_{month(ago):%Y_%m}" for ago in (2, 0, -1)]
    assert [row["part"] for row in rows] == [f"{SCHEMA}.event_past", *months]


@pytest.mark.parametrize("role", [OPEN, WALLED])
async def test_no_role_reads_or_writes_parts_past_the_log(
    database: Database, owner: asyncpg.Connection, role: str
) -> None:
    await install_policies(database)
    await make_parts(owner, after(MONTH, 2))  # made after the roles had their rights
    parts = [row["name"] for row in await owner.fetch("SELECT name FROM log_partition")]
    await owner.execute(f"SET ROLE {role}")
    for part in parts:
        for statement in ("SELECT 1 FROM {}", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await owner.execute(statement.format(f"{SCHEMA}.{part}"))


async def test_the_audit_log_is_append_only_part_by_part(database: Database, owner: asyncpg.Connection) -> None:
    await make_parts(owner, after(MONTH, 2))
    for part in await owner.fetch("SELECT name FROM log_partition WHERE parent = 'audit_entry'"):
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
            await owner.execute(f"DELETE FROM {SCHEMA}.{part['name']}")


async def test_few_parts_are_looked_into_for_what_is_new(database: Database, owner: asyncpg.Connection) -> None:
    await with_past(owner, "event", YEARS)
    for ago in range(YEARS, -1, -1):
        await happen(database, month(ago))
    await close_parts(owner, NOW)
    await owner.execute("SET plan_cache_mode = force_generic_plan")
    reader = Explaining(owner)
    newest = await position(reader)
    assert await read(reader, after=newest, limit=10) == []
    assert len(await read(reader, limit=1, backwards=True)) == 1
    assert len(await read(reader, limit=1)) == 1
    assert all(0 < looked <= AHEAD + 5 for looked in reader.looked_into), reader.looked_into


async def test_the_first_and_last_events_are_those_wherever_they_stand(
    database: Database, owner: asyncpg.Connection
) -> None:
    """Written with times of any month, in any order, as whoever sets a clock would."""
    await with_past(owner, "event", 24)
    random = Random(7)
    for _ in range(40):
        await happen(database, month(random.randrange(25)))
    await close_parts(owner, NOW)
    everything = await numbers(database)
    for size in (1, 3, 10, 39, 40, 41):
        assert [event.seq for event in await read(owner, limit=size, backwards=True)] == everything[-size:]
        for n in (5, 20, 39):
            before = await read(owner, before=everything[n], limit=size, backwards=True)
            assert [event.seq for event in before] == everything[:n][-size:]
            after_it = await read(owner, after=everything[n], limit=size)
            assert [event.seq for event in after_it] == everything[n + 1 :][:size]
        assert [event.seq for event in await read(owner, limit=size)] == everything[:size]
    assert (await position(owner)).seq == everything[-1]


async def test_an_event_that_comes_late_to_a_closed_part_is_read(database: Database, owner: asyncpg.Connection) -> None:
    await with_past(owner, "event", 12)
    for ago in (9, 1, 0):
        await happen(database, month(ago))
    await close_parts(owner, NOW)
    reached = await position(owner)
    late = await happen(database, month(9))
    assert [event.seq for event in await read(owner, after=reached, limit=10)] == [late]
    assert (await position(owner)).seq == late
    await close_parts(owner, NOW)
    assert [event.seq for event in await read(owner, after=reached, limit=10)] == [late]


async def test_a_part_is_closed_after_those_who_write_to_it(database: Database, owner: asyncpg.Connection) -> None:
    """While somebody does, it stays open, and nobody waits for its end."""
    await with_past(owner, "event", 3)
    async with database.transaction() as tx:
        await tx.execute("INSERT INTO event (type, at) VALUES ('CONTENT_CHANGED', $1)", month(2))
        await close_parts(owner, NOW)
    part = f"event_{month(2):%Y_%m}"
    closed = "SELECT last_xid FROM log_partition WHERE name = $1"
    assert await owner.fetchval(closed, part) is None
    await close_parts(owner, NOW)
    assert await owner.fetchval(closed, part) == (await position(owner)).xid
    assert await owner.fetchval(closed, f"event_{month(3):%Y_%m}") == FIRST


async def test_a_month_that_is_hardly_over_stays_open(owner: asyncpg.Connection) -> None:
    first: datetime = (await ends(owner, "event"))[0]
    closed = "SELECT count(*) FROM log_partition WHERE last_xid IS NOT NULL"
    await close_parts(owner, first + timedelta(hours=23))
    assert await owner.fetchval(closed) == 0
    await close_parts(owner, first + timedelta(hours=25))
    assert await owner.fetchval(closed) == 1


async def test_a_restored_log_is_read_in_its_order(database: Database, owner: asyncpg.Connection) -> None:
    """Its transactions are moved, and with them what is noted of parts: here, the youngest stands in the oldest."""
    await with_past(owner, "event", 12)
    written = [await happen(database, month(ago)) for ago in (5, 6, 7, 8, 9)]
    await owner.execute("UPDATE event SET xid = xid + 9000000000")
    await close_parts(owner, NOW)
    assert await adopt_restored_log(database)
    new = await happen(database, NOW)
    assert [event.seq for event in await read(owner, limit=2)] == written[:2]
    after_first = await read(owner, after=await locate(owner, written[0]), limit=9)
    assert [event.seq for event in after_first] == [*written[1:], new]
    assert [event.seq for event in await read(owner, limit=2, backwards=True)] == [written[-1], new]


def test_months_are_those_of_utc() -> None:
    assert month_of(NOW).begins <= NOW < month_of(NOW).ends
    assert [after(MONTH.replace(year=2026, month=11), n).month for n in (0, 1, 2, 14, -11)] == [11, 12, 1, 1, 12]
