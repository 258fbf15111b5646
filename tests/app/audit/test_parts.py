"""The chain verified a part at a time: each goes on where the one before came to, and sees what verifying all sees."""

import pytest

from app.audit.chain import Gone, Head, seal, verify
from app.audit.parts import verify_part
from app.database import Database
from tests.app.audit.test_chain import tamper, write


async def test_parts_add_up_to_the_whole_chain(database: Database) -> None:
    await write(database, *"ABCDE")
    await seal(database)
    await write(database, "F")
    first = await verify_part(database, most=2)
    assert (first.head.number, first.last, first.complete, first.problem) == (2, 5, False, None)
    second = await verify_part(database, first.head, most=2)
    assert (second.head.number, second.complete) == (4, False)
    third = await verify_part(database, second.head, most=2)
    assert (third.head, third.complete, third.unsealed) == ((await verify(database)).head, True, 1)
    again = await verify_part(database, third.head, most=2)
    assert (again.head, again.complete) == (third.head, True)


async def test_an_empty_chain_is_complete(database: Database) -> None:
    found = await verify_part(database)
    assert (found.head, found.last, found.complete, found.problem) == (Head(0, bytes(32)), 0, True, None)


async def test_a_changed_entry_ends_the_part_before_it(database: Database) -> None:
    await write(database, *"ABC")
    await seal(database)
    await tamper(database, "UPDATE audit_entry SET action = 'X' WHERE action = 'B'")
    found = await verify_part(database)
    assert (found.head.number, found.complete) == (1, False)
    assert found.problem is not None
    assert found.problem.startswith("link 2: entry")


@pytest.mark.parametrize(
    ("done", "problem"),
    [
        ("DELETE FROM audit_entry WHERE action = 'C'", "link 3: its entry 3 is missing"),
        ("DELETE FROM audit_seal WHERE number = 2", "link 2: it is missing"),
        (
            "UPDATE audit_seal SET former_hashes = hash WHERE number = 2",
            "link 2: it was sealed again, and no entry says why",
        ),
    ],
)
async def test_what_was_taken_away_shows(database: Database, done: str, problem: str) -> None:
    await write(database, *"ABC")
    await seal(database)
    await tamper(database, done)
    assert (await verify_part(database)).problem == problem


async def test_a_head_that_is_not_the_chains_is_nothing_to_go_on_from(database: Database) -> None:
    await write(database, *"ABC")
    await seal(database)
    for head in (Head(2, b"x" * 32), Head(9, b"x" * 32), Head(0, b"x" * 32)):
        found = await verify_part(database, head)
        assert found.problem is not None
        assert "begin anew" in found.problem
        assert not found.complete


async def test_the_chain_passes_through_a_head_that_was_kept(database: Database) -> None:
    await write(database, *"AB")
    await seal(database)
    kept = (await verify_part(database)).head
    await write(database, "C")
    await seal(database)
    assert (await verify_part(database, expected=kept)).problem is None
    other = await verify_part(database, expected=Head(2, b"x" * 32))
    assert (other.head.number, other.problem) == (1, "link 2: its hash is not the one that was kept")
    await tamper(database, "DELETE FROM audit_seal WHERE number > 1")
    assert (await verify_part(database, expected=kept)).problem == ("the chain ends before link 2, whose hash was kept")


async def test_a_head_before_what_was_dropped_is_gone(database: Database) -> None:
    await write(database, *"ABC")
    await seal(database)
    head = (await verify_part(database)).head
    await tamper(
        database,
        "UPDATE log_partition SET head_number = 2, head_hash = (SELECT hash FROM audit_seal WHERE number = 2)"
        " WHERE parent = 'audit_entry' AND begins_at = '-infinity'",
    )
    await tamper(database, "DELETE FROM audit_seal WHERE number <= 2")
    found = await verify_part(database)
    assert (found.since, found.head, found.complete) == (2, head, True)
    with pytest.raises(Gone):
        await verify_part(database, Head(1, b"x" * 32))
    with pytest.raises(Gone):
        await verify_part(database, expected=Head(1, b"x" * 32))
