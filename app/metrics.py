"""Prometheus metrics of the server: counts, times and sizes, never names of people or texts of theirs.

Labels take few values: operations go by the field they begin with, since a client may call them what it likes.
With several processes behind one address, `share_between_processes` makes them add up.
"""

import asyncio
import atexit
import os
import sys
from functools import lru_cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import NamedTuple

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

DIRECTORY, IN_MEMORY = "PROMETHEUS_MULTIPROC_DIR", Path("/dev/shm")  # noqa: S108 # in a folder of its own there
COUNT_WITHIN_SECONDS, MOST_UNCOUNTED = 1.0, 100
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ROWS = (1, 10, 50, 100, 500, 1_000, 5_000, 10_000, 20_000)

operations = Counter(
    "stagepath_operations", "Operations by kind, first field and outcome: ok or a code.", ["kind", "field", "outcome"]
)
operation_seconds = Histogram(
    "stagepath_operation_seconds",
    "Time until the answer of queries and mutations.",
    ["kind", "field"],
    buckets=_SECONDS,
)
operation_cost = Histogram("stagepath_operation_cost", "Cost of operations that ran.", ["kind"], buckets=_ROWS)
fallbacks = Counter(
    "stagepath_fallbacks",
    "Operations and root fields that graphql-core answered instead of plans, by cause.",
    ["cause"],
)
refusals = Counter("stagepath_refusals", "Requests that never became an operation, by code.", ["code"])
connections = Gauge("stagepath_connections", "WebSockets and event streams that are open.", multiprocess_mode="livesum")
subscribers = Gauge("stagepath_subscribers", "Subscriptions that are followed.", multiprocess_mode="livesum")
log_lag_seconds = Gauge(
    "stagepath_event_log_lag_seconds",
    "Age of the oldest event that a process has not handed to its subscribers.",
    multiprocess_mode="livemax",
)
pool_connections = Gauge(
    "stagepath_pool_connections",
    "Database connections by pool (open: the vendor's people and the system; walled: partners) and state.",
    ["pool", "state"],
    multiprocess_mode="livesum",
)
pool_waiting = Gauge(
    "stagepath_pool_waiting", "Statements that wait for a database connection.", ["pool"], multiprocess_mode="livesum"
)
statements_in_flight = Gauge(
    "stagepath_statements_in_flight",
    "Database connections that operations of viewers hold.",
    multiprocess_mode="livesum",
)
jobs_waiting = Gauge(
    "stagepath_jobs_waiting", "Background jobs that could run now, by queue.", ["queue"], multiprocess_mode="livemax"
)
jobs_oldest_waiting_seconds = Gauge(
    "stagepath_jobs_oldest_waiting_seconds",
    "How long the first of them has waited, by queue.",
    ["queue"],
    multiprocess_mode="livemax",
)
workers_alive = Gauge(
    "stagepath_workers_alive", "Workers with a heartbeat, on all machines.", multiprocess_mode="livemax"
)
consumer_lag_seconds = Gauge(
    "stagepath_consumer_lag_seconds",
    "Age of the oldest event that a consumer of the log has not handled, those put aside left out.",
    ["consumer"],
    multiprocess_mode="livemax",
)
consumer_events_waiting = Gauge(
    "stagepath_consumer_events_waiting",
    "Events of the log that a consumer has not come to: after its cursor, or delayed behind it.",
    ["consumer"],
    multiprocess_mode="livemax",
)
consumer_events_put_aside = Gauge(
    "stagepath_consumer_events_put_aside",
    "Events that a consumer failed to handle for good.",
    ["consumer"],
    multiprocess_mode="livemax",
)
rollup_changes_waiting = Gauge(
    "stagepath_rollup_changes_waiting",
    "Changes of deals that have yet to be folded into the sums that dashboards read.",
    multiprocess_mode="livemax",
)
rollup_differences = Gauge(
    "stagepath_rollup_differences",
    "Rows of these sums that differed from the deals when they were compared last.",
    ["rollup"],
    multiprocess_mode="livemax",
)
event_loop_lag_seconds = Histogram(
    "stagepath_event_loop_lag_seconds", "How late a process comes to what is due.", buckets=_SECONDS
)
event_loop_lag_max_seconds = Gauge(
    "stagepath_event_loop_lag_max_seconds",
    "The longest of these within the last half minute.",
    multiprocess_mode="livemax",
)
cache_bytes = Gauge(
    "stagepath_cache_bytes", "Memory that a cache holds, as estimated.", ["cache"], multiprocess_mode="livesum"
)
cache_entries = Gauge("stagepath_cache_entries", "Entries that a cache holds.", ["cache"], multiprocess_mode="livesum")
disk_free_bytes = Gauge(
    "stagepath_disk_free_bytes", "Free bytes of the disk of STAGEPATH_STATE_DIR.", multiprocess_mode="livemin"
)
readiness_reason = Gauge(
    "stagepath_readiness_reason",
    "1 while /readyz of a process gives this reason.",
    ["reason"],
    multiprocess_mode="livemax",
)
draining = Gauge("stagepath_draining", "Processes that are about to stop.", multiprocess_mode="livesum")
database_failures = Counter(
    "stagepath_database_failures", "What the database couldn't do at the moment, by cause.", ["cause"]
)
log_lines_lost = Counter("stagepath_log_lines_lost", "Log lines that could not be written.")
build = Gauge(
    "stagepath_build_info",
    "1 for the version that runs and the newest migration that it knows.",
    ["version", "schema"],
    multiprocess_mode="livemax",
)
jobs = Gauge("stagepath_jobs", "Background jobs by status.", ["status"], multiprocess_mode="livemax")
model_calls = Counter("stagepath_model_calls", "Calls of the language model by outcome: ok or a fault.", ["outcome"])
model_seconds = Histogram("stagepath_model_seconds", "Time of a call of the language model.", buckets=_SECONDS)
model_tokens = Counter("stagepath_model_tokens", "Tokens of the language model by direction.", ["direction"])


@lru_cache(maxsize=1_000)
def _operation(kind: str, field: str, outcome: str) -> Counter:
    """Finding the one of these labels takes longer than counting."""
    return operations.labels(kind, field, outcome)


@lru_cache(maxsize=1_000)
def _times(kind: str, field: str) -> Histogram:
    return operation_seconds.labels(kind, field)


@lru_cache(maxsize=10)
def _costs(kind: str) -> Histogram:
    return operation_cost.labels(kind)


class Observed(NamedTuple):
    """An operation that has been answered. `seconds` is None for subscriptions."""

    kind: str
    field: str
    outcome: str
    seconds: float | None
    cost: int | None


_observed: list[Observed] = []
_counting_on: asyncio.AbstractEventLoop | None = None
"""The loop that has been told to count them; a loop that has ended never does."""


def observe(operation: Observed) -> None:
    """Counted within a second, many at a time: the counters' code is long, and one request would walk it cold."""
    global _counting_on
    _observed.append(operation)
    running = asyncio.get_running_loop()
    if len(_observed) >= MOST_UNCOUNTED:
        count_observed()
    elif _counting_on is not running:
        _counting_on = running
        running.call_later(COUNT_WITHIN_SECONDS, count_observed)


def count_observed() -> None:
    global _counting_on
    _counting_on = None
    while _observed:
        kind, field, outcome, seconds, cost = _observed.pop()
        _operation(kind, field, outcome).inc()
        if seconds is not None:
            _times(kind, field).observe(seconds)
        if cost is not None:
            _costs(kind).observe(cost)


def model_called(outcome: str, seconds: float, *, input_tokens: int, output_tokens: int) -> None:
    model_calls.labels(outcome).inc()
    model_seconds.observe(seconds)
    model_tokens.labels("input").inc(input_tokens)
    model_tokens.labels("output").inc(output_tokens)


def exposition() -> bytes:
    """All of it, of all processes, in Prometheus' text format."""
    count_observed()
    if DIRECTORY not in os.environ:
        return generate_latest(REGISTRY)
    for pid in _pids():
        if not Path(f"/proc/{pid}").exists():
            mark_process_dead(pid)  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _pids() -> set[int]:
    """Of all processes that keep gauges in the shared directory. On Linux alone the dead are told from the living."""
    if sys.platform != "linux":
        return set()
    return {int(file.stem.rpartition("_")[2]) for file in Path(os.environ[DIRECTORY]).glob("gauge_live*_*.db")}


def share_between_processes() -> None:
    """To be called before server processes are started: they keep their numbers in files of one directory."""
    if DIRECTORY not in os.environ:
        os.environ[DIRECTORY] = made = mkdtemp(prefix="stagepath-metrics-", dir=_in_memory())
        atexit.register(rmtree, made, ignore_errors=True)


def _in_memory() -> str | None:
    """The files are mapped into memory: where one can't grow, because the disk is full, the process is killed."""
    return str(IN_MEMORY) if os.access(IN_MEMORY, os.W_OK) else None
