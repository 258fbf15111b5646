"""Which statements a piece of a test sends, in transactions and outside of them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from app.database import Database
from app.logs import request_named

_IGNORED = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT pg_advisory_unlock_all()")


@asynccontextmanager
async def counting(database: Database, *, of_requests: bool = False) -> AsyncIterator[list[str]]:
    """The statements that connections of the pools send inside the block, without those that begin and end.

    `of_requests`: without those of a server's own work, too.
    """
    sent: list[str] = []

    def note(record: Any) -> None:  # is called in the context that the statement was sent in
        if (request_named() or not of_requests) and not record.query.lstrip().startswith(_IGNORED):
            sent.append(record.query)

    pools = [pool for pool in (database.pool, database.walled) if pool is not None]
    async with AsyncExitStack() as held:  # as many as the statements of one request take at once
        for pool in pools:
            for _ in range(8):
                await held.enter_async_context(pool.acquire())
    connections = [holder._con for pool in pools for holder in pool._holders if holder._con is not None]
    for connection in connections:
        connection.add_query_logger(note)
    try:
        yield sent
    finally:
        for connection in connections:
            connection.remove_query_logger(note)
