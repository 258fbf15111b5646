"""Whoever locks stored advice of several deals does so in one order, so that no two wait for each other.

Each test holds what comes first in that order: who comes next has to wait there, with nothing else in hand.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.demo.people import demo_id
from app.identity.users import viewer_of
from app.recommendations import shown
from app.recommendations.serve import recommendations
from app.recommendations.store import Changes, write
from tests.schema.world import VENDOR, Demo
from tests.waiting import until

DEALS = "SELECT id FROM opportunity WHERE status = 'OPEN' ORDER BY id LIMIT 2"
ACTIONS = "SELECT id FROM next_best_action WHERE opportunity_id = ANY ($1) AND status = 'PROPOSED' ORDER BY id"
WAITS = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
LAST_OF_ALL = "UPDATE {} SET id = id WHERE {} = $1"
"""Where the row then stands in the table."""


class RolledBack(Exception):
    pass


async def two_deals(demo: Demo) -> list[UUID]:
    """With advice that nobody has seen."""
    viewer = await viewer_of(str(demo_id(f"user/{VENDOR}")))
    assert viewer is not None
    ids = [row["id"] for row in await demo.database.fetch(DEALS)]
    await recommendations(demo.database, viewer, ids, first=20, refresh=True, at=datetime.now(UTC))
    shown.forget()
    await demo.value("UPDATE recommendation SET slate_shown = NULL")
    await demo.value("UPDATE next_best_action SET shown_at = NULL")
    await demo.value(LAST_OF_ALL.format("recommendation", "opportunity_id"), ids[0])
    return ids


async def actions_of(demo: Demo, deals: Sequence[UUID]) -> list[UUID]:
    ids = [row["id"] for row in await demo.database.fetch(ACTIONS, list(deals))]
    assert len(ids) > 2
    await demo.value(LAST_OF_ALL.format("next_best_action", "id"), ids[0])
    return ids


async def rows_of(demo: Demo, table: str, column: str, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The first one last."""
    statement = f"SELECT * FROM {table} WHERE {column} = ANY ($1) ORDER BY {column} DESC"
    return [dict(row) for row in await demo.database.fetch(statement, list(ids))]


async def written(demo: Demo, changes: Changes) -> None:
    """And undone."""
    with suppress(RolledBack):
        async with demo.database.transaction() as tx:
            await write(tx, changes)
            raise RolledBack


async def waits_empty_handed(
    demo: Demo, table: str, column: str, ids: Sequence[UUID], what: Coroutine[Any, Any, None]
) -> None:
    """`ids`: in the order in which they are locked."""
    lock = f"SELECT 1 FROM {table} WHERE {column} = ANY ($1) FOR UPDATE NOWAIT"
    connection = await asyncpg.connect(demo.database.url)
    task: asyncio.Task[None] | None = None

    async def waiting() -> bool:
        return bool(await connection.fetch(WAITS))

    try:
        async with connection.transaction():
            assert len(await connection.fetch(lock, ids[:1])) == 1
            task = asyncio.create_task(what)
            await until(waiting)
            assert len(await connection.fetch(lock, ids[1:])) == len(ids) - 1
    finally:
        await connection.close()
        if task is not None:
            await task


async def test_noting_which_orders_were_shown(demo: Demo) -> None:
    deals = await two_deals(demo)
    shown.note_slates(dict.fromkeys(deals, 3))
    await waits_empty_handed(demo, "recommendation", "opportunity_id", deals, shown.flush(demo.database))
    assert await demo.value("SELECT count(*) FROM recommendation WHERE slate_shown = slate") == len(deals)


async def test_noting_which_actions_were_shown(demo: Demo) -> None:
    actions = await actions_of(demo, await two_deals(demo))
    shown.note(actions)
    await waits_empty_handed(demo, "next_best_action", "id", actions, shown.flush(demo.database))
    assert await demo.value("SELECT count(*) FROM next_best_action WHERE shown_at IS NOT NULL") == len(actions)


async def test_writing_answers(demo: Demo) -> None:
    deals = await two_deals(demo)
    answers = await rows_of(demo, "recommendation", "opportunity_id", deals)
    changes = Changes(answers, [], [], [], [], [])
    await waits_empty_handed(demo, "recommendation", "opportunity_id", deals, written(demo, changes))


@pytest.mark.parametrize("ended", [0, 1])
async def test_writing_actions(demo: Demo, ended: int) -> None:
    """Whether the first one ends or changes."""
    actions = await actions_of(demo, await two_deals(demo))
    rows = await rows_of(demo, "next_best_action", "id", actions)
    half = len(rows) // 2
    parts = (rows[half:], rows[:half]) if ended else (rows[:half], rows[half:])
    await waits_empty_handed(
        demo, "next_best_action", "id", actions, written(demo, Changes([], parts[0], parts[1], [], [], []))
    )
