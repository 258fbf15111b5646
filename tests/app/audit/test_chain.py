"""Entries are chained in the order in which they are found; whatever is done to the chain afterwards shows."""

import asyncio

import asyncpg
import pytest

from app.audit import Entry, add
from app.audit.chain import Broken, Head, seal, verify
from app.database import Database


async def write(database: Database, *actions: str) -> None:
    for action in actions:
        await add(database, Entry(action, subject="opp_1", detail={"b": 1, "a": "é", "when": 2.5}))


async def tamper(database: Database, statement: str) -> None:
    """As somebody who owns the database could."""
    for table in ("audit_entry", "audit_seal"):
        await database.fetch(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await database.fetch(statement)


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
async def test_what_is_written_is_neither_changed_nor_taken_away(database: Database, table: str, change: str) -> None:
    await write(database, "A")
    await seal(database)
    column = {"audit_entry": "seq", "audit_seal": "number"}[table]
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        await database.fetch(change.format(table, column, column))


async def test_sealing_chains_each_entry_once_and_the_chain_holds(database: Database) -> None:
    assert (await verify(database)).head == Head(0, bytes(32))
    await write(database, "A", "B")
    assert (await verify(database)).unsealed == 2
    assert await seal(database) == 2
    kept = (await verify(database)).head
    await write(database, "C")
    assert await seal(database) == 1
    assert await seal(database) == 0
    found = await verify(database, kept)
    assert (found.head.number, found.unsealed) == (3, 0)
    assert Head.parse(str(found.head)) == found.head


async def test_sealers_that_start_together_make_one_chain(database: Database) -> None:
    await write(database, *"ABCDEFGH")
    assert sum(await asyncio.gather(*(seal(database) for _ in range(4)))) == 8
    assert (await verify(database)).head.number == 8


async def test_an_entry_that_commits_after_younger_ones_were_sealed_is_sealed_after_them(database: Database) -> None:
    async with database.transaction() as late:
        await add(late, Entry("LATE"))
        await write(database, "EARLY")
        assert await seal(database) == 1
    assert await seal(database) == 1
    rows = await database.fetch(
        "SELECT e.action FROM audit_seal s JOIN audit_entry e ON e.seq = s.entry_seq ORDER BY s.number"
    )
    assert [row["action"] for row in rows] == ["EARLY", "LATE"]
    assert (await verify(database)).unsealed == 0


TAMPERINGS = {
    "UPDATE audit_entry SET detail = '{\"a\": 2}' WHERE seq = 3": "link 3: entry 3 or its seal was changed",
    "UPDATE audit_entry SET actor_id = gen_random_uuid() WHERE seq = 2": "link 2: entry 2 or its seal was changed",
    "DELETE FROM audit_entry WHERE seq = 4": "link 4: its entry 4 is missing",
    "DELETE FROM audit_seal WHERE number = 2": "link 2: it is missing",
    "UPDATE audit_seal SET hash = sha256('x') WHERE number = 1": "link 1: entry 1 or its seal was changed",
    "UPDATE audit_seal SET entry_seq = -entry_seq; ": "link 1: its entry -1 is missing",
}


@pytest.mark.parametrize(("statement", "found"), TAMPERINGS.items(), ids=range(len(TAMPERINGS)))
async def test_the_first_broken_link_is_named(database: Database, statement: str, found: str) -> None:
    await write(database, *"ABCDE")
    await seal(database)
    await tamper(database, statement)
    with pytest.raises(Broken) as broken:
        await verify(database)
    assert str(broken.value) == found


async def test_a_head_that_was_kept_shows_that_the_end_was_cut_off_or_all_was_rewritten(database: Database) -> None:
    await write(database, *"ABC")
    await seal(database)
    kept = (await verify(database)).head
    await tamper(database, "DELETE FROM audit_seal WHERE number = 3")
    await database.fetch("DELETE FROM audit_entry WHERE seq = 3")
    assert (await verify(database)).head.number == 2
    with pytest.raises(Broken, match="link 3: the chain ends before"):
        await verify(database, kept)
    await write(database, "X")
    await seal(database)
    with pytest.raises(Broken, match="link 3: its hash is not the one"):
        await verify(database, kept)
