"""A worker of all that follows from what happens, as a process of its own, to be killed: automations, notifications
with their mail, and webhooks. Its argument is the URL of the database; the ports that it may call are in its
environment."""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg
from pydantic import SecretStr

from app.automation.consumer import AUTOMATIONS
from app.automation.running import run_due
from app.consumers.running import consume
from app.database import Database, use
from app.database.failures import MAYBE_UNREACHABLE
from app.notifications.consumer import NOTIFICATIONS
from app.notifications.deliver import deliver_to
from app.settings import Settings, use_settings
from app.webhooks.courier import deliver
from app.webhooks.webhook_consumer import WEBHOOKS
from tests.soak.consuming import PACE
from tests.soak.webhooking import ROUNDS, SECRET

RECEIVER, MAIL = "STAGEPATH_HUNTED_PORT", "STAGEPATH_HUNTED_MAIL_PORT"

_DUE = """
SELECT user_id FROM notification_delivery WHERE due_at <= now()
UNION SELECT user_id FROM notification_message WHERE due_at <= now()
"""
# In the place of the queue's lock, by which one job at a time is one person's.
_MINE = "SELECT pg_try_advisory_xact_lock(hashtextextended($1::uuid::text, 0)) AS mine"


def hunted(receiver: int, mail: int) -> Settings:
    """Settings that let these ports of the machine be called, and bound no runs."""
    return Settings(
        _env_file=None,
        secret_key=SecretStr(SECRET),
        outgoing_ports=(receiver,),
        outgoing_networks=("127.0.0.1/32",),
        smtp_url=SecretStr(f"smtp://127.0.0.1:{mail}"),
        mail_from="Stagepath <noreply@vendor.example>",
        mail_per_hour=1_000,
        automation_runs_per_deal=10_000,
        automation_runs_per_hour=1_000_000,
    )


async def main(url: str, settings: Settings) -> None:
    use_settings(settings)
    database = await _connected(url)
    use(database)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(consume(database, [AUTOMATIONS, NOTIFICATIONS, WEBHOOKS], PACE))
        tasks.create_task(deliver(database, settings, ROUNDS))
        tasks.create_task(_mail(database))
        for _ in range(2):
            tasks.create_task(_steps(database))


async def _steps(database: Database) -> None:
    while True:
        with suppress(*MAYBE_UNREACHABLE):
            await run_due(database)
        await asyncio.sleep(0.05)


async def _mail(database: Database) -> None:
    while True:
        with suppress(*MAYBE_UNREACHABLE, asyncpg.PostgresError):
            for row in await database.fetch(_DUE):
                async with database.transaction() as tx:
                    held = await tx.fetchrow(_MINE, row["user_id"])
                    if held is not None and held["mine"]:
                        await deliver_to(database, row["user_id"], datetime.now(UTC))
        await asyncio.sleep(0.05)


async def _connected(url: str) -> Database:
    """It may be started while the database is away."""
    while True:
        try:
            return await Database.connect(url, size=10)
        except MAYBE_UNREACHABLE:
            await asyncio.sleep(0.1)


def run() -> None:
    asyncio.run(main(sys.argv[1], hunted(int(os.environ[RECEIVER]), int(os.environ[MAIL]))))
