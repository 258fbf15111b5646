"""The record of actions that people have seen. Kept in memory as answers go out and written together every moment, so
that reading costs no write of its own; a server that dies loses its last moment."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import structlog

from app.database import Database

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0
_LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

_MARK = "UPDATE next_best_action SET shown_at = $2 WHERE id = ANY ($1::uuid[]) AND shown_at IS NULL"

_waiting: set[UUID] = set()


def note(ids: Iterable[UUID]) -> None:
    _waiting.update(ids)


async def flush(database: Database) -> None:
    """Write what waits."""
    ids = sorted(_waiting)
    if not ids:
        return
    _waiting.clear()
    try:
        await database.fetch(_MARK, ids, datetime.now(UTC))
    except _LOST:
        _waiting.update(ids)
        raise


@asynccontextmanager
async def recorded(database: Database) -> AsyncIterator[None]:
    """While the block runs, and once more at its end."""
    writer = asyncio.create_task(_write(database), name="shown")
    try:
        yield
    finally:
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer
        with suppress(*_LOST):
            await flush(database)


async def _write(database: Database) -> None:
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await flush(database)
        except _LOST as error:
            log.warning("can't write which actions were seen", error=str(error))
