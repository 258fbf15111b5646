"""The upkeep of the logs' parts: those of coming months are made, those whose month is over are closed."""

from datetime import datetime

import asyncpg
import structlog

from app.database.partitions import LOGS, make_ahead
from app.events.closing import close, over

log = structlog.get_logger(__name__)

# Any constant will do; it keeps two servers from making the same part.
_LOCK = "SELECT pg_advisory_xact_lock(1470425774)"
PATIENCE = "SET LOCAL lock_timeout = '250ms'"
"""Readers and writers of a log would wait behind a lock that waits itself; rather it is tried again."""


async def make_parts(connection: asyncpg.Connection, now: datetime) -> None:
    """Those of this month and the next ones. `connection`: as the owner of the tables."""
    for name in LOGS:
        try:
            async with connection.transaction():
                await connection.execute(_LOCK)
                made = await make_ahead(connection, name, now)
        except asyncpg.ReadOnlySQLTransactionError:
            log.warning("no part of a log can be made: the database is read-only", log=name)
            continue
        if made:
            log.info("made parts of a log", log=name, parts=made)


async def close_parts(connection: asyncpg.Connection, now: datetime) -> None:
    for name in await over(connection, now):
        try:
            async with connection.transaction():
                await connection.execute(PATIENCE)
                await close(connection, name)
        except asyncpg.LockNotAvailableError:
            log.info("a part of the event log is in use, and closed another day", part=name)
