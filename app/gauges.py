"""Sets the gauges that somebody has to look at."""

from app import metrics, sizes
from app.database import Database
from app.database.metering import statements_in_flight
from app.database.pool import Pool
from app.readiness import drain
from app.readiness.checks import Reason
from app.readiness.report import Report
from app.readiness.sample import Sample
from app.versions import SCHEMA, VERSION

_STATUSES = ("todo", "doing", "failed", "aborted")
_queues: set[str] = set()
"""Those that were told of: an empty one is told of as well."""


def of_process(database: Database, subscribers: int) -> None:
    for name, pool in (("open", database.pool), ("walled", database.walled)):
        if pool is not None:
            _pool(name, pool)
    metrics.subscribers.set(subscribers)
    metrics.statements_in_flight.set(statements_in_flight())
    metrics.build.labels(VERSION, SCHEMA).set(1)
    if (measured := sizes.measure_next()) is not None:
        name, held = measured
        metrics.cache_bytes.labels(name).set(held.bytes)
        metrics.cache_entries.labels(name).set(held.entries)


def _pool(name: str, pool: Pool) -> None:
    size, idle = pool.get_size(), pool.get_idle_size()
    metrics.pool_connections.labels(name, "idle").set(idle)
    metrics.pool_connections.labels(name, "used").set(size - idle)
    metrics.pool_connections.labels(name, "most").set(pool.get_max_size())
    metrics.pool_waiting.labels(name).set(pool.waiting)


def of_database(found: Sample) -> None:
    metrics.log_lag_seconds.set(found.tail_lag)
    metrics.workers_alive.set(found.workers)
    for status in _STATUSES:
        metrics.jobs.labels(status).set(found.jobs.get(status, 0))
    _queues.update(found.waiting)
    for queue in _queues:
        jobs, oldest = found.waiting.get(queue, (0, 0.0))
        metrics.jobs_waiting.labels(queue).set(jobs)
        metrics.jobs_oldest_waiting_seconds.labels(queue).set(oldest)
    for lag in found.consumers:
        metrics.consumer_lag_seconds.labels(lag.name).set(lag.seconds)
        metrics.consumer_events_waiting.labels(lag.name).set(lag.events + lag.delayed)
        metrics.consumer_events_put_aside.labels(lag.name).set(lag.aside)
    metrics.rollup_changes_waiting.set(found.rollup_changes)
    for rollup, wrong in found.rollup_differences.items():
        metrics.rollup_differences.labels(rollup).set(wrong)


def of_readiness(report: Report) -> None:
    reasons = {check.reason for check in report.checks}
    for reason in Reason:
        metrics.readiness_reason.labels(reason.value).set(reason in reasons)
    metrics.draining.set(drain.seconds() is not None)
    metrics.disk_free_bytes.set(report.free_bytes)
