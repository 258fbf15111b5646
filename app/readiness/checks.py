"""Judgement of a sample: plain values in, reasons out."""

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import NamedTuple

from app.database.failures import Cause
from app.readiness.sample import WRITTEN_BYTES, Sample

ANSWER_WITHIN_SECONDS = 2.0
TAIL_LAG_SECONDS = 30.0
CONSUMER_LAG_SECONDS = 300.0
LEAST_FREE_BYTES = 16_777_216
"""As much as PostgreSQL wants for the next segment of its log."""


class Reason(StrEnum):
    DRAINING = "DRAINING"
    DATABASE_UNREACHABLE = "DATABASE_UNREACHABLE"
    MIGRATIONS_BEHIND = "MIGRATIONS_BEHIND"
    DATABASE_DISK_FULL = "DATABASE_DISK_FULL"
    DATABASE_READ_ONLY = "DATABASE_READ_ONLY"
    MIGRATIONS_AHEAD = "MIGRATIONS_AHEAD"
    TAIL_LAG = "TAIL_LAG"
    WORKER_MISSING = "WORKER_MISSING"
    CONSUMER_LAG = "CONSUMER_LAG"
    SERVER_DISK_FULL = "SERVER_DISK_FULL"
    DATABASE_EXHAUSTED = "DATABASE_EXHAUSTED"
    DATABASE_TOO_MANY_CONNECTIONS = "DATABASE_TOO_MANY_CONNECTIONS"
    DATABASE_IO_ERROR = "DATABASE_IO_ERROR"


NOTHING_ANSWERED = frozenset({Reason.DRAINING, Reason.DATABASE_UNREACHABLE, Reason.MIGRATIONS_BEHIND})
"""Requests should go elsewhere."""
NOTHING_CHANGED = frozenset({Reason.DATABASE_DISK_FULL, Reason.DATABASE_READ_ONLY})
"""Requests should go elsewhere, unless it is enough that those which only read are answered."""


class Check(NamedTuple):
    """`reason` is None where the check has nothing to tell."""

    name: str
    value: float | int | str | None
    threshold: float | int | str | None
    reason: Reason | None


class Seen(NamedTuple):
    """`draining`: for so many seconds, of `drain_seconds`. `answered`: in so many seconds, None: not in time.
    `incidents`: what requests have met."""

    draining: float | None
    drain_seconds: float
    answered: float | None
    sample: Sample | None
    incidents: Collection[Cause]
    free_bytes: int


def checks(seen: Seen) -> Iterator[Check]:
    drained = None if seen.draining is None else round(seen.draining, 2)
    yield Check("draining_seconds", drained, seen.drain_seconds, Reason.DRAINING if drained is not None else None)
    answered = None if seen.answered is None else round(seen.answered, 4)
    unreachable = answered is None
    yield Check(
        "database_answer_seconds",
        answered,
        ANSWER_WITHIN_SECONDS,
        Reason.DATABASE_UNREACHABLE if unreachable else None,
    )
    yield _free(seen)
    for cause in (Cause.EXHAUSTED, Cause.TOO_MANY_CONNECTIONS, Cause.IO_ERROR):
        if cause in seen.incidents:
            yield Check("database_failure", cause.value, None, Reason(cause.value))
    if seen.sample is not None:
        yield from _sampled(seen.sample, seen.incidents)


def _free(seen: Seen) -> Check:
    full = seen.free_bytes < LEAST_FREE_BYTES or Cause.SERVER_DISK_FULL in seen.incidents
    reason = Reason.SERVER_DISK_FULL if full else None
    return Check("server_disk_free_bytes", seen.free_bytes, LEAST_FREE_BYTES, reason)


def _sampled(sample: Sample, incidents: Collection[Cause]) -> Iterator[Check]:
    full = sample.disk_full or Cause.DISK_FULL in incidents
    room = f"no room for {WRITTEN_BYTES} bytes" if full else "has room"
    yield Check("database_disk", room, f"{WRITTEN_BYTES} bytes", Reason.DATABASE_DISK_FULL if full else None)
    shut = sample.read_only or Cause.READ_ONLY in incidents
    yield Check("database_writes", not shut, True, Reason.DATABASE_READ_ONLY if shut else None)
    yield _migrations("migrations_behind", sample.standing.behind, Reason.MIGRATIONS_BEHIND)
    yield _migrations("migrations_ahead", sample.standing.ahead, Reason.MIGRATIONS_AHEAD)
    late = sample.tail_lag > TAIL_LAG_SECONDS
    yield Check("tail_lag_seconds", round(sample.tail_lag, 3), TAIL_LAG_SECONDS, Reason.TAIL_LAG if late else None)
    due = sum(waiting.jobs for waiting in sample.waiting.values())
    missing = due > 0 and sample.workers == 0
    oldest = max((waiting.oldest for waiting in sample.waiting.values()), default=0.0)
    yield Check("workers_alive", sample.workers, 1 if due else 0, Reason.WORKER_MISSING if missing else None)
    yield Check("jobs_waiting", due, None, None)
    yield Check("jobs_oldest_waiting_seconds", round(oldest, 1), None, None)
    for lag in sample.consumers:
        reason = Reason.CONSUMER_LAG if lag.seconds > CONSUMER_LAG_SECONDS else None
        yield Check(f"consumer_{lag.name}_lag_seconds", round(lag.seconds, 1), CONSUMER_LAG_SECONDS, reason)
        yield Check(f"consumer_{lag.name}_events_put_aside", lag.aside, None, None)


def _migrations(name: str, which: tuple[str, ...], reason: Reason) -> Check:
    return Check(name, ", ".join(which[:5]) or None, None, reason if which else None)
