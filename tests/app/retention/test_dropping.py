"""Old parts are dropped whole, and nothing that is still of use goes with them."""

from collections.abc import AsyncIterator
from datetime import datetime

import asyncpg
import pytest

from app.audit import Entry, add
from app.audit.chain import Broken, Gone, Head, seal, verify
from app.database import Database
from app.database.partitions import SCHEMA, after
from app.events.log import CursorUnknown, position, read
from app.retention.dropping import Dropped, Held, drop_entries, drop_events
from app.retention.job import look_after_logs
from tests.app.retention.logs import MONTH, NOW, happen, month, numbers, with_past


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.url)
    yield connection
    await connection.close()


async def entry(db: Database, at: datetime, action: str = "A") -> None:
    await db.fetch("INSERT INTO audit_entry (at, action, detail) VALUES ($1, $2, '{}')", at, action)


async def actions(db: Database) -> list[str]:
    return [row["action"] for row in await db.fetch("SELECT action FROM audit_entry ORDER BY seq")]


async def test_events_go_after_whole_months(database: Database, owner: asyncpg.Connection) -> None:
    await with_past(owner, "event", 12)
    old, last, first, new = [await happen(database, month(ago)) for ago in (9, 4, 3, 0)]
    [dropped] = await drop_events(owner, 3, NOW)
    assert isinstance(dropped, Dropped)
    assert dropped.until == after(MONTH, -3)
    assert await numbers(database) == [first, new]
    for seq in (old, last):
        with pytest.raises(CursorUnknown):
            await read(database, after=seq, limit=10)
    assert [event.seq for event in await read(database, after=first, limit=10)] == [new]
    left = await owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", SCHEMA)
    assert {row["tablename"] for row in left} == {row["name"] for row in await owner.fetch("TABLE log_partition")}
    assert await actions(database) == ["LOG_DROPPED"]


async def test_dropping_again_changes_nothing(database: Database, owner: asyncpg.Connection) -> None:
    await with_past(owner, "event", 12)
    await happen(database, month(9))
    assert len(await drop_events(owner, 3, NOW)) == 1
    before = await owner.fetch("TABLE log_partition")
    assert await drop_events(owner, 3, NOW) == []
    assert await owner.fetch("TABLE log_partition") == before


async def test_what_comes_late_to_dropped_months_is_read_and_dropped_again(
    database: Database, owner: asyncpg.Connection
) -> None:
    await with_past(owner, "event", 12)
    await happen(database, month(9))
    reached = await position(owner)
    await drop_events(owner, 3, NOW)
    late = await happen(database, month(9))
    assert [event.seq for event in await read(owner, after=reached, limit=10)] == [late]
    assert len(await drop_events(owner, 3, NOW)) == 1
    assert await numbers(database) == []


async def test_an_event_that_a_consumer_has_yet_to_handle_stays(database: Database, owner: asyncpg.Connection) -> None:
    await with_past(owner, "event", 12)
    first, behind, _ = [await happen(database, month(ago)) for ago in (9, 8, 7)]
    await owner.execute(
        "INSERT INTO consumer_cursor (name, xid, seq) SELECT 'slow', xid, seq FROM event WHERE seq = $1", first
    )
    held = Held(f"event_{month(8):%Y_%m}", "consumers have yet to handle events in it: slow")
    dropped, because = await drop_events(owner, 3, NOW)
    assert isinstance(dropped, Dropped)
    assert because == held
    assert (await numbers(database))[0] == behind
    assert await drop_events(owner, 3, NOW) == [held]
    await owner.execute(
        "UPDATE consumer_cursor SET (xid, seq) = (SELECT xid, seq FROM event ORDER BY xid DESC LIMIT 1)"
    )
    assert len(await drop_events(owner, 3, NOW)) == 1
    assert await numbers(database) == []


async def test_an_event_that_is_delayed_stays_until_it_is_done_or_skipped(
    database: Database, owner: asyncpg.Connection
) -> None:
    await with_past(owner, "event", 12)
    failed = await happen(database, month(9))
    await owner.execute(
        "INSERT INTO consumer_cursor (name, xid, seq) SELECT 'advice', xid, seq FROM event WHERE seq = $1", failed
    )
    await owner.execute(
        "INSERT INTO delayed_event (id, consumer, xid, seq, order_key, put_aside_at)"
        " SELECT gen_random_uuid(), 'advice', xid, seq, gen_random_uuid(), now() FROM event"
    )
    assert isinstance((await drop_events(owner, 3, NOW))[-1], Held)
    assert await numbers(database) == [failed]
    await owner.execute("DELETE FROM delayed_event")
    await drop_events(owner, 3, NOW)
    assert await numbers(database) == []


async def test_the_log_is_not_waited_for(database: Database, owner: asyncpg.Connection) -> None:
    await with_past(owner, "event", 12)
    await happen(database, month(9))
    async with database.transaction() as tx:
        await tx.fetch("SELECT 1 FROM event")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await drop_events(owner, 3, NOW)
    assert len(await numbers(database)) == 1


async def test_the_chain_holds_from_the_link_that_is_kept(database: Database, owner: asyncpg.Connection) -> None:
    await with_past(owner, "audit_entry", 12)
    for ago in (9, 4, 3, 0):
        await entry(database, month(ago))
    await seal(database)
    whole = await verify(database)
    links = await database.fetch("SELECT number, hash FROM audit_seal ORDER BY number")
    assert len(await drop_entries(owner, 3, NOW)) == 1
    await seal(database)
    found = await verify(database, whole.head)
    assert found.since == Head(2, links[1]["hash"])
    assert (found.head.number, found.unsealed) == (5, 0)
    assert await actions(database) == ["A", "A", "LOG_DROPPED"]
    assert (await verify(database, found.since)).head == found.head
    with pytest.raises(Gone, match="all before link 3 has been dropped"):
        await verify(database, Head(1, links[0]["hash"]))
    with pytest.raises(Broken, match="its hash is not the one that was kept"):
        await verify(database, Head(2, bytes(32)))


async def test_the_drop_is_an_entry_that_names_the_kept_link(database: Database, owner: asyncpg.Connection) -> None:
    await with_past(owner, "audit_entry", 12)
    await entry(database, month(9))
    await seal(database)
    head = (await verify(database)).head
    await drop_entries(owner, 3, NOW)
    [row] = await database.fetch("SELECT detail ->> 'head' AS head FROM audit_entry WHERE action = 'LOG_DROPPED'")
    assert row["head"] == str(head)


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET action = 'B'", "DELETE FROM audit_entry"])
async def test_what_is_left_of_the_chain_is_guarded(database: Database, owner: asyncpg.Connection, change: str) -> None:
    await with_past(owner, "audit_entry", 12)
    for ago in (9, 2, 1):
        await entry(database, month(ago))
    await seal(database)
    await drop_entries(owner, 3, NOW)
    await seal(database)
    await owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    await owner.execute(f"{change} WHERE seq = 2")
    with pytest.raises(Broken, match="link 2"):
        await verify(database)


async def test_an_entry_that_was_sealed_after_younger_ones_stays_with_them(
    database: Database, owner: asyncpg.Connection
) -> None:
    await with_past(owner, "audit_entry", 12)
    await entry(database, month(9), "FIRST")
    await seal(database)
    await entry(database, after(MONTH, -3), "YOUNGER")
    await seal(database)
    await database.fetch(
        "INSERT INTO audit_entry (at, action, detail) VALUES ($1::timestamptz - interval '1 second', 'LATE', '{}')",
        after(MONTH, -3),
    )
    await seal(database)
    await drop_entries(owner, 3, NOW)
    await seal(database)
    assert await actions(database) == ["YOUNGER", "LATE", "LOG_DROPPED"]
    found = await verify(database)
    assert found.since is not None
    assert (found.since.number, found.head.number) == (1, 4)
    assert await drop_entries(owner, 3, NOW) == []
    assert len(await drop_entries(owner, 2, NOW)) == 1
    await seal(database)
    assert await actions(database) == ["LOG_DROPPED", "LOG_DROPPED"]
    assert (await verify(database)).head.number == 5


async def test_unsealed_entries_stay(database: Database, owner: asyncpg.Connection) -> None:
    await with_past(owner, "audit_entry", 12)
    await entry(database, month(9))
    held = Held(f"audit_entry_{month(9):%Y_%m}", "entries in it aren't sealed yet")
    assert await drop_entries(owner, 3, NOW) == [held]
    assert await actions(database) == ["A"]


async def test_the_job_drops_what_settings_say_and_nothing_without_them(
    database: Database, owner: asyncpg.Connection
) -> None:
    for log in ("event", "audit_entry"):
        await with_past(owner, log, 12)
    await happen(database, month(9))
    await entry(database, month(9))
    await add(database, Entry("NOW"))
    await look_after_logs(database, event_months=None, audit_months=None)
    assert (len(await numbers(database)), await actions(database)) == (1, ["A", "NOW"])
    await look_after_logs(database, event_months=6, audit_months=None)
    assert (len(await numbers(database)), len(await actions(database))) == (0, 3)
    await look_after_logs(database, event_months=6, audit_months=6)
    assert "A" not in await actions(database)
    await seal(database)
    assert (await verify(database)).unsealed == 0
