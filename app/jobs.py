"""Background work: Procrastinate on the same PostgreSQL.

A task is declared where its work is done, with `@jobs.task(name=…)`; `deferred` enqueues it in the transaction that
causes it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import orjson
import psycopg
import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg.conninfo import make_conninfo

from app.database import Transaction
from app.database.incidents import met
from app.unfinished_jobs import DEAD_AFTER_SECONDS, HEARTBEAT_SECONDS, give_back_stalled, hand_back

log = structlog.get_logger(__name__)

DELIVERIES = "deliveries"
"""The queue of jobs that wait for others' servers, by which no other job is held up."""
CONCURRENCY, DELIVERIES_AT_ONCE = 4, 8
CONNECTIONS = CONCURRENCY + DELIVERIES_AT_ONCE + 2
"""The most; each of the two workers listens by one."""
STOP_WITHIN_SECONDS = 4.0
LATE_SECONDS, CANCEL_EVERY = 1.0, 0.25
RETRY_FIRST, RETRY_LAST = 0.25, 5.0

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


# The caller keeps others from deferring under the same locks meanwhile.
_DEFER_MISSING = """
SELECT procrastinate_defer_jobs_v1(array_agg(
  ROW($1, $2, $5::int, j.lock, j.lock, j.arguments, now() + $4::interval)::procrastinate_job_to_defer_v1))
FROM jsonb_to_recordset($3::text::jsonb) AS j(lock text, arguments jsonb)
WHERE NOT EXISTS (SELECT FROM procrastinate_jobs w WHERE w.queueing_lock = j.lock AND w.status = 'todo')
"""


async def defer_missing(
    tx: Transaction,
    task: str,
    arguments: Mapping[str, Mapping[str, Any]],
    *,
    after: timedelta | None = None,
    priority: int = 0,
) -> None:
    """Enqueue a job for each lock that no job waits under yet, in one statement, when the transaction commits. Of jobs
    with one lock, one runs at a time. Whoever calls it holds a lock of its own against others who would. `after`: they
    may not run before. `priority`: below 0, all others come first."""
    rows = [{"lock": lock, "arguments": given} for lock, given in arguments.items()]
    if rows:
        said = orjson.dumps(rows, default=str).decode()
        await tx.fetch(_DEFER_MISSING, jobs.tasks[task].queue, task, said, after, priority)


async def work(url: str, *, role: str | None = None, stop_within: float = STOP_WITHIN_SECONDS) -> None:
    """Run jobs until cancelled; what is running then has `stop_within` seconds left, and is handed back to the queue.
    Goes on when the database was away. `role`: as whom of the database, if not as the one that the URL names.
    """
    hand_back(jobs.tasks)
    delay = RETRY_FIRST
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await _work(PsycopgConnector(conninfo=as_role(url, role), min_size=1, max_size=CONNECTIONS), stop_within)
            log.warning("the worker stopped unexpectedly", retry_in=delay)  # one of its side tasks lost its connection
        except (ConnectorException, psycopg.OperationalError) as error:
            met(_origin(error), by="running jobs")
        if _is_to_stop():
            return  # the library, or its lost connection, has swallowed what cancelled us
        if asyncio.get_running_loop().time() - began > RETRY_LAST:
            delay = RETRY_FIRST
        await asyncio.sleep(delay)
        delay = min(delay * 2, RETRY_LAST)


class _LostConnections(logging.Filter):
    """The library tells of each side task that a lost connection ends, and the event loop of those that it forgets,
    with a traceback; it is told once, as what it is."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if not isinstance(error, ConnectorException):
            return True
        met(_origin(error), by="running jobs")
        return False


for _name in ("procrastinate.worker", "procrastinate.worker.worker", "procrastinate.utils", "asyncio"):
    logging.getLogger(_name).addFilter(_LostConnections())


def _origin(error: BaseException) -> BaseException:
    """What the driver said, which the library's own exceptions wrap."""
    while isinstance(error, ConnectorException) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _is_to_stop() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _work(connector: PsycopgConnector, stop_within: float) -> None:
    with jobs.replace_connector(connector) as opened:
        async with opened.open_async():
            stalled = asyncio.create_task(give_back_stalled(opened), name="stalled-jobs")
            others = sorted({task.queue for task in jobs.tasks.values()} - {DELIVERIES})
            workers = [
                asyncio.create_task(_run(opened, queues, at_once, stop_within), name=f"jobs of {queues[0]}")
                for queues, at_once in ((others, CONCURRENCY), ([DELIVERIES], DELIVERIES_AT_ONCE))
            ]
            try:
                ended, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
                for one in ended:
                    one.result()
            finally:
                stalled.cancel()
                for one in workers:
                    one.cancel()
                await asyncio.gather(*workers, return_exceptions=True)


async def _run(opened: App, queues: list[str], at_once: int, stop_within: float) -> None:
    await opened.run_worker_async(
        queues=queues,
        concurrency=at_once,
        delete_jobs="successful",
        install_signal_handlers=False,
        shutdown_graceful_timeout=stop_within,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=DEAD_AFTER_SECONDS,
    )


_working: dict[asyncio.Task[None], float | None] = {}
"""And when they were asked to stop."""


def as_role(url: str, role: str | None) -> str:
    """The connection URL, for connections that begin as `role` of the database."""
    return url if role is None else make_conninfo(url, options=f"-c role={role}")


@asynccontextmanager
async def working(
    url: str,
    *,
    role: str | None = None,
    stop_within: float = STOP_WITHIN_SECONDS,
    late: float = LATE_SECONDS,
) -> AsyncIterator[None]:
    """A worker beside whatever runs in the block. `late`: how many seconds it may take over `stop_within`."""
    worker = asyncio.create_task(work(url, role=role, stop_within=stop_within), name="jobs")
    _working[worker] = None
    try:
        yield
    finally:
        asked_at = _stop(worker)
        del _working[worker]
        await _ended(worker, asked_at + stop_within + late)


async def _ended(worker: asyncio.Task[None], by: float) -> None:
    """Re-cancels a worker that swallows cancellation while the database is down."""
    loop = asyncio.get_running_loop()
    while not worker.done():
        await asyncio.wait({worker}, timeout=max(by - loop.time(), CANCEL_EVERY))
        worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker


def _stop(worker: asyncio.Task[None]) -> float:
    """When it was asked to, by the loop's clock; it is asked once."""
    asked_at = _working[worker]
    if asked_at is None:
        worker.cancel()
        asked_at = _working[worker] = asyncio.get_running_loop().time()
    return asked_at


def stop_working() -> None:
    """Let this process's workers begin to stop, while requests still run."""
    for worker in _working:
        _stop(worker)
