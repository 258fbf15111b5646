"""A worker that tells people things and mails them as a process of its own, to be killed; its argument is the URL of
the database. The port of the mail server is in its environment."""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg
from pydantic import SecretStr

from app.background import in_background
from app.consumers.running import consume
from app.database import Database, use
from app.database.failures import MAYBE_UNREACHABLE
from app.notifications.consumer import NOTIFICATIONS
from app.notifications.deliver import deliver_to
from app.settings import Settings, use_settings
from tests.soak.consuming import PACE, _connected

PORT = "STAGEPATH_HUNTED_PORT"
SECRET = "development-secret-of-the-hunt-0123456789"

_DUE = """
SELECT user_id FROM notification_delivery WHERE due_at <= now()
UNION SELECT user_id FROM notification_message WHERE due_at <= now()
"""
# In the place of the queue's lock, by which one job at a time is one person's.
_MINE = "SELECT pg_try_advisory_xact_lock(hashtextextended($1::uuid::text, 0)) AS mine"


def hunted(port: int) -> Settings:
    return Settings(
        _env_file=None,
        secret_key=SecretStr(SECRET),
        smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"),
        mail_from="Stagepath <noreply@vendor.example>",
        mail_per_hour=1_000,
    )


async def main(url: str, settings: Settings) -> None:
    use_settings(settings)
    database = await _connected(url)
    use(database)
    async with in_background(_deliver(database), name="delivering"):
        await consume(database, [NOTIFICATIONS], PACE)


async def _deliver(database: Database) -> None:
    while True:
        with suppress(*MAYBE_UNREACHABLE, asyncpg.PostgresError):
            for row in await database.fetch(_DUE):
                async with database.transaction() as tx:
                    held = await tx.fetchrow(_MINE, row["user_id"])
                    if held is not None and held["mine"]:
                        await deliver_to(database, row["user_id"], datetime.now(UTC))
        await asyncio.sleep(0.05)


def run() -> None:
    asyncio.run(main(sys.argv[1], hunted(int(os.environ[PORT]))))
