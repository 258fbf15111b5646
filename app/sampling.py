"""Periodic observations of every process, every few seconds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog

from app import gauges
from app.background import in_background
from app.database import Database
from app.database.failures import MAYBE_UNREACHABLE, Cause, cause_of
from app.database.incidents import met, over
from app.events import Tail
from app.readiness.report import Readiness
from app.readiness.sample import Sample, take

EVERY_SECONDS = 5.0
WITHIN_SECONDS = 10.0
"""How long the database may take over all of it."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def sampled(readiness: Readiness, tail: Tail) -> AsyncIterator[None]:
    async with in_background(_go_on(readiness, tail), name="sampling"):
        yield


async def _go_on(readiness: Readiness, tail: Tail) -> None:
    while True:
        found = await sample(readiness.database, tail)
        if found is not None:
            _tell_of_others(readiness.sample, found)
            readiness.sample = found
        gauges.of_readiness(readiness.known())
        await asyncio.sleep(EVERY_SECONDS)


async def sample(database: Database, tail: Tail) -> Sample | None:
    """None while the database is away: what it would say stays as it was."""
    gauges.of_process(database, tail.subscribers)
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            await tail.rouse()
            found = await take(database, tail.position)
    except (*MAYBE_UNREACHABLE, asyncpg.PostgresError) as error:
        if cause_of(error) is not None:
            met(error, by="looking at the database")
        return None
    _end_incidents(found)
    gauges.of_database(found)
    return found


def _end_incidents(found: Sample) -> None:
    over(Cause.UNREACHABLE, Cause.TOO_MANY_CONNECTIONS, Cause.EXHAUSTED, Cause.IO_ERROR, Cause.SERVER_DISK_FULL)
    if not found.disk_full:
        over(Cause.DISK_FULL)
    if not found.read_only:
        over(Cause.READ_ONLY)


def _tell_of_others(before: Sample | None, found: Sample) -> None:
    """Another version has migrated the database under this process."""
    if before is None or before.standing == found.standing:
        return
    if found.standing.ahead:
        log.warning("the database schema is newer than this version; serving on", unknown=found.standing.ahead)
    if found.standing.behind:
        log.warning("the database schema is older than this version", missing=found.standing.behind)
