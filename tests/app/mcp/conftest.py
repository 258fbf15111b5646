from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.app.mcp.assistants import Assistants
from tests.serving import NEVER, running, settings_for


@pytest.fixture
async def assistants(demo_url: str, tmp_path: Path) -> AsyncIterator[Assistants]:
    async with running(settings_for(demo_url, tmp_path), pace=NEVER) as server:
        yield Assistants(server)


@pytest.fixture
async def records(demo_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The server's database, as its owner reads it."""
    connection = await asyncpg.connect(demo_url)
    yield connection
    await connection.close()
