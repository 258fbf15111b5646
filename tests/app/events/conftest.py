from collections.abc import AsyncIterator

import pytest

from app.database import Database
from app.events.tail import Tail
from tests.app.events.world import NEVER, World, Writer, build_world, writers


@pytest.fixture
async def pair(database: Database) -> AsyncIterator[tuple[Writer, Writer]]:
    async with writers(database, 2) as (older, younger):
        yield older, younger


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world()


@pytest.fixture
async def tail(database: Database) -> AsyncIterator[Tail]:
    """One that looks at the log only when it is woken."""
    tail = Tail(database, poll=NEVER)
    await tail.start()
    yield tail
    await tail.stop()
