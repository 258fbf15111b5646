"""What was seen, and what is made of it: a table."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.consumers.standing import Lag
from app.database.failures import Cause
from app.database.versions import MigrationState
from app.readiness.checks import LEAST_FREE_BYTES, TAIL_LAG_SECONDS, Reason, Seen, checks
from app.readiness.report import Report
from app.readiness.sample import Sample, Waiting

NOW = datetime.now(UTC)
WELL = Seen(
    draining=None,
    drain_seconds=5,
    answered=0.001,
    sample=Sample(workers=1),
    incidents=(),
    free_bytes=LEAST_FREE_BYTES,
)


def judged(*, sample: dict[str, Any] | None = None, **seen: Any) -> Report:
    assert WELL.sample is not None
    given = WELL._replace(sample=replace(WELL.sample, **sample or {}))._replace(**seen)
    return Report(tuple(checks(given)), given.free_bytes, None)


def test_a_process_that_lacks_nothing_is_ready() -> None:
    assert judged().body() == {"status": "ready", "reasons": []}
    assert judged(sample=None).body() == {"status": "ready", "reasons": []}, "before the first look"


@pytest.mark.parametrize(
    ("reason", "status", "for_reads", "given"),
    [
        (Reason.DRAINING, "unavailable", "unavailable", {"draining": 0.1}),
        (Reason.DATABASE_UNREACHABLE, "unavailable", "unavailable", {"answered": None}),
        (Reason.MIGRATIONS_BEHIND, "unavailable", "unavailable", {"sample": {"standing": MigrationState((), ("1",))}}),
        (Reason.DATABASE_DISK_FULL, "unavailable", "degraded", {"sample": {"disk_full": True}}),
        (Reason.DATABASE_DISK_FULL, "unavailable", "degraded", {"incidents": [Cause.DISK_FULL]}),
        (Reason.DATABASE_READ_ONLY, "unavailable", "degraded", {"sample": {"read_only": True}}),
        (Reason.DATABASE_READ_ONLY, "unavailable", "degraded", {"incidents": [Cause.READ_ONLY]}),
        (Reason.MIGRATIONS_AHEAD, "degraded", "degraded", {"sample": {"standing": MigrationState(("2",), ())}}),
        (Reason.TAIL_LAG, "degraded", "degraded", {"sample": {"tail_lag": TAIL_LAG_SECONDS + 1}}),
        (
            Reason.WORKER_MISSING,
            "degraded",
            "degraded",
            {"sample": {"workers": 0, "waiting": {"default": Waiting(1, 0.0)}}},
        ),
        (Reason.CONSUMER_LAG, "degraded", "degraded", {"sample": {"consumers": [Lag("a", 1, NOW, 1, 0, 0, 301)]}}),
        (Reason.SERVER_DISK_FULL, "degraded", "degraded", {"free_bytes": LEAST_FREE_BYTES - 1}),
        (Reason.SERVER_DISK_FULL, "degraded", "degraded", {"incidents": [Cause.SERVER_DISK_FULL]}),
        (Reason.DATABASE_EXHAUSTED, "degraded", "degraded", {"incidents": [Cause.EXHAUSTED]}),
        (Reason.DATABASE_IO_ERROR, "degraded", "degraded", {"incidents": [Cause.IO_ERROR]}),
        (
            Reason.DATABASE_TOO_MANY_CONNECTIONS,
            "degraded",
            "degraded",
            {"incidents": [Cause.TOO_MANY_CONNECTIONS]},
        ),
    ],
)
def test_each_reason_and_what_it_does(reason: Reason, status: str, for_reads: str, given: dict[str, Any]) -> None:
    report = judged(**given)
    assert report.body() == {"status": status, "reasons": [reason.value]}
    assert report.body(reads=True) == {"status": for_reads, "reasons": [reason.value]}
    assert [told["reason"] for told in report.told() if not told["ok"]] == [reason]


@pytest.mark.parametrize(
    "given",
    [
        {"workers": 0},
        {"workers": 1, "waiting": {"default": Waiting(9, 900.0)}},
        {"tail_lag": TAIL_LAG_SECONDS},
    ],
    ids=["nobody waits for a worker", "a busy worker", "a late tail"],
)
def test_what_is_no_reason(given: dict[str, Any]) -> None:
    assert judged(sample=given).body()["reasons"] == []


def test_every_reason_is_judged_above() -> None:
    [parameters] = [mark.args[1] for mark in test_each_reason_and_what_it_does.pytestmark]
    assert {row[0] for row in parameters} == set(Reason)
