"""A backup that is taken while deals move, restored into another cluster, holds what stood at one moment."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from app.database import Database, embedded
from app.events.log import read
from tests import commands
from tests.schema.world import ADVANCE, SELLER, Demo, deal_of
from tests.tables import contents_of_all_tables


async def stagepath(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(commands.stagepath, folder, *arguments, DATABASE_URL=url)


async def test_what_is_restored_is_what_stood_at_one_moment_of_a_database_in_use(demo: Demo, tmp_path: Path) -> None:
    moving, file = True, tmp_path / "backup.dump"

    async def move() -> None:
        stages, turn, id = ("discovery", "qualification"), 0, await deal_of(demo, SELLER)
        while moving:
            given = {"opportunityId": id, "toStageKey": stages[turn % 2], "reason": "To and fro"}
            await demo.run(ADVANCE, SELLER, input=given)
            turn += 1

    mover = asyncio.create_task(move())
    made = await stagepath(demo.database.url, tmp_path, "backup", str(file))
    moving = False
    await mover
    assert made.returncode == 0, made.stderr

    directory = Path(os.environ.get("TMPDIR", "/tmp")) / f"rs{os.getpid()}"  # noqa: S108
    url = embedded.start(directory)
    back = await stagepath(url, tmp_path, "restore", str(file))
    assert back.returncode == 0, back.stderr
    restored = await Database.connect(url, size=2)
    try:
        await check(restored, demo.database)
        again = await stagepath(url, tmp_path, "restore", str(file))
        assert (again.returncode, "isn't empty" in again.stderr) == (2, True)
    finally:
        await restored.close()


async def check(restored: Database, original: Database) -> None:
    copy, source = await contents_of_all_tables(restored), await contents_of_all_tables(original)
    # What went on while and after the backup was taken; and each keeps its own account of backing up and restoring.
    moved = {"opportunity", "stage_transition", "field_change", "event", "audit_entry"}
    assert {table for table in source if copy[table] != source[table]} <= moved
    # One moment: the moves, the events and the deals' versions of the copy are of one mind.
    (counts,) = await restored.fetch(
        "SELECT (SELECT count(*) FROM stage_transition) AS moves, (SELECT count(*) FROM event"
        " WHERE type IN ('OPPORTUNITY_CREATED', 'OPPORTUNITY_STAGE_CHANGED')) AS events, (SELECT count(*)"
        " FROM opportunity o WHERE o.stage_id <> (SELECT t.to_stage_id FROM stage_transition t"
        "  WHERE t.opportunity_id = o.id ORDER BY t.seq DESC LIMIT 1)) AS torn"
    )
    assert (counts["events"], counts["torn"]) == (counts["moves"], 0)
    assert counts["moves"] <= source["stage_transition"][0]
    # The log of the other cluster is settled, in its order.
    events = await read(restored, limit=100_000)
    assert [event.seq for event in events] == sorted(event.seq for event in events)
    assert len(events) == copy["event"][0]
    (last,) = await restored.fetch("SELECT action FROM audit_entry ORDER BY seq DESC LIMIT 1")
    assert last["action"] == "RESTORE"


@pytest.mark.parametrize("command", ["backup", "restore"])
async def test_what_can_not_be_done_is_said_in_a_sentence(database: Database, tmp_path: Path, command: str) -> None:
    taken = tmp_path / "taken"
    taken.write_text("") if command == "backup" else None
    done = await stagepath(database.url, tmp_path, command, str(taken))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
