"""`demo`: a database of the test's own with the demo programme in it, in use, its log followed."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from pydantic import SecretStr

from app.database import Database, use
from app.demo.load import load
from app.events.tail import Tail, use_tail
from app.settings import Settings, use_settings
from app.start import warm
from tests.schema.world import Demo

AT = datetime.now(UTC)
SETTINGS = Settings(_env_file=None, secret_key=SecretStr("development-secret-of-the-tests-0123456789"))
_names = itertools.count(1)


def _named(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def demo_template(postgres: str, migrated_template: str) -> str:
    async def prepare() -> None:
        await _administer(postgres, f"CREATE DATABASE demo TEMPLATE {migrated_template}")
        database = await Database.connect(_named(postgres, "demo"), size=2)
        assert await load(database, AT)
        await database.close()

    asyncio.run(prepare())
    return "demo"


@pytest.fixture
async def demo(postgres: str, demo_template: str) -> AsyncIterator[Demo]:
    name = f"demo_{next(_names)}"
    await _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {demo_template}")
    database = await Database.connect(_named(postgres, name))
    await database.step_down()
    await warm(database, 4)  # a statement on a connection that is opened for it isn't counted
    use(database)
    use_settings(SETTINGS)
    tail = Tail(database)
    await tail.start()
    use_tail(tail)
    yield Demo(database)
    use_tail(None)
    await tail.stop()
    use_settings(None)
    use(None)
    await database.close()
    await _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")
