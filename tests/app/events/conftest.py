from collections.abc import AsyncIterator

import pytest

from app.database import Database
from tests.app.events.world import World, Writer, build_world, writers


@pytest.fixture
async def pair(database: Database) -> AsyncIterator[tuple[Writer, Writer]]:
    async with writers(database, 2) as (older, younger):
        yield older, younger


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world()
