"""`stagepath audit verify`: 0 and the chain's head while it holds, 1 and the broken link once somebody touched it."""

import asyncio
import re
import subprocess
from pathlib import Path

import pytest

from app.audit import Entry, add
from app.audit.chain import seal
from app.database import Database
from tests import commands

TAMPERINGS = (
    ("UPDATE audit_entry SET action = 'NOTHING' WHERE seq = 2", "link 2: entry 2 or its seal was changed"),
    ("DELETE FROM audit_entry WHERE seq = 2", "link 2: its entry 2 is missing"),
    (
        "UPDATE audit_seal SET number = number + 1 WHERE number = 3; INSERT INTO audit_entry (action, detail, at)"
        " VALUES ('NEVER', '{}', now()); INSERT INTO audit_seal (number, entry_seq, hash)"
        " SELECT 3, max(seq), sha256('forged') FROM audit_entry",
        "link 3: entry 4 or its seal was changed",
    ),
)


async def verify(database: Database, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    url = database.url
    return await asyncio.to_thread(commands.stagepath, folder, "audit", "verify", *arguments, DATABASE_URL=url)


async def written(database: Database) -> None:
    for action in "ABC":
        await add(database, Entry(action, subject="opp_1"))
    await seal(database)


async def test_a_chain_that_holds_is_told_by_its_head(database: Database, tmp_path: Path) -> None:
    await written(database)
    first = await verify(database, tmp_path)
    head = re.search(r"^The chain holds\. Head: (3:[0-9a-f]{64})$", first.stdout, re.MULTILINE)
    assert (first.returncode, bool(head)) == (0, True), first
    assert head is not None
    again = await verify(database, tmp_path, "--head", head[1])
    assert (again.returncode, again.stdout) == (0, first.stdout)


@pytest.mark.parametrize(("statements", "found"), TAMPERINGS, ids=["changed", "deleted", "inserted"])
async def test_a_chain_that_was_tampered_with_is_told_by_its_broken_link(
    database: Database, tmp_path: Path, statements: str, found: str
) -> None:
    await written(database)
    for table in ("audit_entry", "audit_seal"):
        await database.fetch(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for statement in statements.split("; "):
        await database.fetch(statement)
    ended = await verify(database, tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines()[-1] == f"The audit log is broken at {found}."
