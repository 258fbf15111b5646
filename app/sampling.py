"""Gauges that somebody has to look at: every few seconds, in every process."""

import asyncio
import contextvars
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from app import metrics
from app.database import Database
from app.database.failures import MAYBE_UNREACHABLE
from app.events import Tail

EVERY_SECONDS = 5.0

_BEHIND = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.at)), 0)::float AS seconds FROM event e
WHERE (e.xid, e.seq) > ($1, $2) AND e.at < clock_timestamp()
"""
_JOBS = "SELECT status::text, count(*) AS n FROM procrastinate_jobs GROUP BY status"
_STATUSES = ("todo", "doing", "failed", "aborted")


@asynccontextmanager
async def sampled(database: Database, tail: Tail) -> AsyncIterator[None]:
    task = asyncio.create_task(_go_on(database, tail), name="sampling", context=contextvars.Context())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _go_on(database: Database, tail: Tail) -> None:
    while True:
        await sample(database, tail)
        await asyncio.sleep(EVERY_SECONDS)


async def sample(database: Database, tail: Tail) -> None:
    """While the database is away, what it would say stays as it was."""
    size, idle = database.pool.get_size(), database.pool.get_idle_size()
    metrics.pool_connections.labels("idle").set(idle)
    metrics.pool_connections.labels("used").set(size - idle)
    metrics.pool_connections.labels("most").set(database.pool.get_max_size())
    metrics.subscribers.set(tail.subscribers)
    try:
        await tail.rouse()
        behind = await database.fetchrow(_BEHIND, *tail.position)
        counts = {row["status"]: row["n"] for row in await database.fetch(_JOBS)}
    except (*MAYBE_UNREACHABLE, asyncpg.PostgresError):
        return
    metrics.log_lag_seconds.set(behind["seconds"] if behind else 0)
    for status in _STATUSES:
        metrics.jobs.labels(status).set(counts.get(status, 0))
