"""The daily upkeep of the logs' parts, and their dropping after as many months as settings say."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import asyncpg
import structlog

from app.audit.chain import seal
from app.database import Database, database
from app.database.partitions import clock
from app.jobs import jobs
from app.retention.dropping import Dropped, Held, drop_entries, drop_events
from app.retention.parts import close_parts, make_parts
from app.settings import settings

log = structlog.get_logger(__name__)

ATTEMPTS, PAUSE_SECONDS = 20, 1.0

Drop = Callable[[asyncpg.Connection, int, datetime], Awaitable[Sequence[Dropped | Held]]]


async def look_after_logs(db: Database, *, event_months: int | None, audit_months: int | None) -> None:
    """`…_months`: how long they are kept; None: for ever."""
    connection = await asyncpg.connect(db.url, server_settings={"application_name": "stagepath retention"})
    try:
        now = await clock(connection)
        await make_parts(connection, now)
        await close_parts(connection, now)
        if event_months is not None:
            await _drop(connection, drop_events, event_months, "STAGEPATH_EVENT_RETENTION_MONTHS")
        if audit_months is not None:
            await seal(db)
            await _drop(connection, drop_entries, audit_months, "STAGEPATH_AUDIT_RETENTION_MONTHS")
    finally:
        await connection.close()


async def _drop(connection: asyncpg.Connection, drop: Drop, months: int, setting: str) -> None:
    for _ in range(ATTEMPTS):
        try:
            found = await drop(connection, months, await clock(connection))
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        for one in found:
            _tell(one, setting)
        return
    log.warning("a log is in use all the time; its old parts are dropped another day", by=setting)


def _tell(found: Dropped | Held, setting: str) -> None:
    if isinstance(found, Held):
        log.warning("a part of a log is older than it is to be kept", part=found.part, reason=found.reason, by=setting)
    else:
        log.info("dropped parts of a log", parts=found.parts, until=found.until.date().isoformat(), by=setting)


@jobs.periodic(cron="17 2 * * *")
@jobs.task(name="look_after_logs", queueing_lock="look_after_logs")
async def look_after_logs_every_night(timestamp: int) -> None:  # noqa: ARG001 # every periodic task is given its time
    chosen = settings()
    await look_after_logs(
        database(), event_months=chosen.event_retention_months, audit_months=chosen.audit_retention_months
    )
