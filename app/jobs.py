"""Background work: Procrastinate on the same PostgreSQL.

A task is declared where its work is done, with `@jobs.task(name=…)`; `deferred` enqueues it in the transaction that
causes it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
import psycopg
import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException

from app.database import Transaction

log = structlog.get_logger(__name__)

CONCURRENCY = 4
STOP_WITHIN_SECONDS = 5.0
RETRY_FIRST, RETRY_LAST = 0.5, 30.0

jobs = App(connector=PsycopgConnector())

_DEFER = """
SELECT unnest(procrastinate_defer_jobs_v1(ARRAY[
  ROW($1, $2, 0, $3, $4, $5::jsonb, NULL)::procrastinate_job_to_defer_v1
])) AS id
"""


async def defer(
    tx: Transaction, task: str, *, lock: str | None = None, queueing_lock: str | None = None, **arguments: Any
) -> int:
    """Enqueue `task` when the transaction commits, and only then; the job's number.

    Of jobs with one `lock`, one runs at a time. Raises `asyncpg.UniqueViolationError` when a job with the same
    `queueing_lock` waits already.
    """
    queue = jobs.tasks[task].queue
    row = await tx.fetchrow(_DEFER, queue, task, lock, queueing_lock, orjson.dumps(arguments, default=str).decode())
    assert row is not None
    number: int = row["id"]
    return number


async def work(url: str, *, signals: bool = False) -> None:
    """Run jobs until cancelled or, with `signals`, until told to stop. Goes on when the database was away."""
    delay = RETRY_FIRST
    while True:
        try:
            connector = PsycopgConnector(conninfo=url, min_size=1, max_size=CONCURRENCY + 1)
            with jobs.replace_connector(connector) as opened:
                async with opened.open_async():
                    await opened.run_worker_async(
                        concurrency=CONCURRENCY,
                        delete_jobs="successful",
                        install_signal_handlers=signals,
                        shutdown_graceful_timeout=STOP_WITHIN_SECONDS,
                    )
            return
        except (ConnectorException, psycopg.OperationalError) as error:
            log.warning("the worker lost the database", error=str(error), retry_in=delay)
        await asyncio.sleep(delay)
        delay = min(delay * 2, RETRY_LAST)


@asynccontextmanager
async def working(url: str) -> AsyncIterator[None]:
    """A worker beside whatever runs in the block."""
    worker = asyncio.create_task(work(url), name="jobs")
    try:
        yield
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
