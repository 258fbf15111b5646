"""`stagepath audit`. `verify`: 0 and the chain's head while it holds, 1 and the broken link once somebody touched it.
`export` and `list`: what becomes of them when nobody takes what they write.
"""

import asyncio
import json
import os
import re
import subprocess
from pathlib import Path

import asyncpg
import pytest

from app.audit import Entry, add
from app.audit.chain import seal
from app.database import Database
from app.retention.dropping import drop_entries
from tests import commands
from tests.app.retention.logs import NOW, month, with_past

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
    head = re.search(r"^The chain is intact\. Latest hash: (3:[0-9a-f]{64})$", first.stdout, re.MULTILINE)
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


ACTIONS = "SELECT action FROM audit_entry ORDER BY seq"


async def test_an_export_is_written_and_noted(database: Database, tmp_path: Path) -> None:
    await written(database)
    arguments = ("audit", "export", "--out", "log.jsonl")
    done = await asyncio.to_thread(commands.stagepath, tmp_path, *arguments, DATABASE_URL=database.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["action"] for line in lines] == ["A", "B", "C"]
    assert [row["action"] for row in await database.fetch(ACTIONS)] == ["A", "B", "C", "EXPORT"]


@pytest.mark.parametrize(
    ("out", "reason", "noted"),
    [("absent/log.jsonl", "No such file or directory", []), ("/dev/full", "No space left on device", ["EXPORT"])],
)
async def test_an_export_that_can_not_be_written_is_told_with_its_path(
    database: Database, tmp_path: Path, out: str, reason: str, noted: list[str]
) -> None:
    await written(database)
    arguments = ("audit", "export", "--out", out)
    done = await asyncio.to_thread(commands.stagepath, tmp_path, *arguments, DATABASE_URL=database.url)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Can't use {out}: {reason}.\n")
    assert [row["action"] for row in await database.fetch(ACTIONS)] == ["A", "B", "C", *noted]


@pytest.mark.parametrize("command", ["export", "list"])
async def test_a_reader_who_has_enough_ends_it_without_a_word(database: Database, tmp_path: Path, command: str) -> None:
    await written(database)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        ended = await asyncio.create_subprocess_exec(
            commands.STAGEPATH,
            *("audit", command),
            cwd=tmp_path,
            env=commands.environment(tmp_path, DATABASE_URL=database.url),
            stdout=pipe,
            stderr=asyncio.subprocess.PIPE,
        )
    _, said = await ended.communicate()
    assert (ended.returncode, said) == (1, b"")


async def test_a_chain_whose_beginning_was_dropped_says_from_where_on_it_holds(
    database: Database, tmp_path: Path
) -> None:
    owner = await asyncpg.connect(database.url)
    await with_past(owner, "audit_entry", 12)
    for ago in (9, 0):
        await database.fetch("INSERT INTO audit_entry (action, detail, at) VALUES ('A', '{}', $1)", month(ago))
    await seal(database)
    [first, second] = await database.fetch("SELECT number, encode(hash, 'hex') AS hash FROM audit_seal ORDER BY number")
    await drop_entries(owner, 3, NOW)
    await owner.close()
    found = await verify(database, tmp_path, "--head", f"2:{second['hash']}")
    assert found.returncode == 0
    assert f"it was verified from this hash on: 1:{first['hash']}\n" in found.stdout
    older = await verify(database, tmp_path, "--head", f"0:{first['hash']}")
    assert (older.returncode, older.stdout) == (1, "")
    assert f"the chain begins after 1:{first['hash']}. Give a newer one.\n" in older.stderr
