"""Database incidents that many requests meet at once, logged once in a while.

An incident begins with the first failure of its cause and ends when somebody has seen that it is over. Each process has
its own.
"""

import time
from dataclasses import dataclass
from typing import Any

import structlog

from app import metrics
from app.database.failures import Cause, cause_of

SAY_EVERY_SECONDS = 30.0
"""How often one cause is told, whether it goes on or comes again."""
QUIET_SECONDS = 5.0
"""How long nothing may have failed before an incident is over."""

log = structlog.get_logger(__name__)


@dataclass
class Incident:
    """`began` and `last` in monotonic seconds; `told`: whether the log knows of it."""

    began: float
    last: float
    times: int = 0
    told: bool = False


_open: dict[Cause, Incident] = {}
_told: dict[Cause, float] = {}
"""When a cause stood in the log last."""


def met(error: BaseException, *, by: str, **context: Any) -> Cause:
    """Counts a failure for which `cause_of` has a cause. `by`: what it kept from being done."""
    cause = cause_of(error) or Cause.UNREACHABLE
    now = time.monotonic()
    incident = _open.setdefault(cause, Incident(began=now, last=now))
    incident.last = now
    incident.times += 1
    metrics.database_failures.labels(cause.value).inc()
    if now - _told.get(cause, -SAY_EVERY_SECONDS) >= SAY_EVERY_SECONDS:
        _told[cause] = now
        incident.told = True
        seconds = round(now - incident.began, 1)
        said = {"cause": cause.value, "by": by, "error": _short(error), "failures": incident.times, "seconds": seconds}
        log.warning("database unavailable", **said, **context)
    return cause


def over(*causes: Cause) -> None:
    """Somebody has seen that what they kept from being done can be done again; it is, unless it has just failed."""
    now = time.monotonic()
    for cause in causes:
        incident = _open.get(cause)
        if incident is None or now - incident.last < QUIET_SECONDS:
            continue
        del _open[cause]
        if incident.told:
            seconds = round(incident.last - incident.began, 1)
            log.info("database available again", cause=cause.value, failures=incident.times, seconds=seconds)


def going_on() -> frozenset[Cause]:
    return frozenset(_open)


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
