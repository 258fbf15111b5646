"""A worker of automations as a process of its own, to be killed; its argument is the URL of the database."""

import asyncio
import sys
from contextlib import suppress

from app.automation.consumer import AUTOMATIONS
from app.automation.running import run_due
from app.consumers.attempt import Pace
from app.consumers.running import consume
from app.database import Database, use
from app.database.failures import MAYBE_UNREACHABLE

PACE = Pace(poll=0.1, pause=0.0, lease=1.0, retry=0.02, attempts=1_000_000, stumble=0.5)


async def main(url: str) -> None:
    database = await _connected(url)
    use(database)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(consume(database, [AUTOMATIONS], PACE))
        for _ in range(2):
            tasks.create_task(_steps(database))


async def _steps(database: Database) -> None:
    while True:
        with suppress(*MAYBE_UNREACHABLE):
            await run_due(database)
        await asyncio.sleep(0.05)


async def _connected(url: str) -> Database:
    """It may be started while the database is away."""
    while True:
        try:
            return await Database.connect(url, size=6)
        except MAYBE_UNREACHABLE:
            await asyncio.sleep(0.1)


def run() -> None:
    asyncio.run(main(sys.argv[1]))
