"""Bring a database's schema up to date: our tables, then the job queue's."""

import asyncio

import asyncpg
import structlog
from tortoise.migrations.api.migrate import migrate as migrate_tables

from app.database.connection import Database, tortoise_config
from app.database.job_queue import migrate_job_queue
from app.database.versions import NewerDatabase, standing

log = structlog.get_logger(__name__)

# Any constant will do; it keeps two servers that start together from migrating at the same time.
LOCK = 0x57A6E9A7
ASK_SECONDS = 0.2


async def migrate(database: Database, *, accept_newer: bool = False) -> list[str]:
    """Apply what is missing; the names of the migrations that ran. Safe to call from several servers at once.

    Raises `NewerDatabase` for one that a newer version has migrated, unless that is accepted.
    """
    async with database.pool.acquire() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            log.info("another process migrates the database; waiting for it")
            await _wait_for_lock(connection)
        try:
            found = await standing(connection)
            if found.ahead and not accept_newer:
                raise NewerDatabase(found.ahead)
            if not found.behind:
                return []
            return await _migrate(database) + await migrate_job_queue(connection)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def _wait_for_lock(connection: asyncpg.pool.PoolConnectionProxy) -> None:
    """Asking now and then: a statement that waits holds a snapshot, and who makes an index concurrently would wait for
    that in turn, unseen by PostgreSQL, since another connection of the process holds the lock."""
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110
        await asyncio.sleep(ASK_SECONDS)


async def _migrate(database: Database) -> list[str]:
    applied: list[str] = []
    await migrate_tables(
        config=tortoise_config({"pool": database.pool}),
        progress=lambda event, _app, name: applied.append(name) if event == "apply_done" else None,
    )
    # The migrations have pointed the ORM at themselves, for this task alone.
    await database.serve_orm()
    return applied
