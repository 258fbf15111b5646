"""What keeps the database from serving, met by many requests at once and told in the log once in a while.

An incident begins with the first failure of its cause and ends when somebody has seen that it is over. Each process has
its own.
"""

import time
from dataclasses import dataclass
from typing import Any

import structlog

from app.database.failures import Cause, cause_of

SAY_EVERY_SECONDS = 30.0
"""How often an incident that goes on is told."""

log = structlog.get_logger(__name__)


@dataclass
class Incident:
    """`began`, `last` and `told` in monotonic seconds; `untold`: failures since it was told last."""

    began: float
    last: float
    told: float
    times: int = 1
    untold: int = 0


_open: dict[Cause, Incident] = {}


def met(error: BaseException, *, by: str, **context: Any) -> Cause:
    """Counts a failure for which `cause_of` has a cause. `by`: what it kept from being done."""
    cause = cause_of(error) or Cause.UNREACHABLE
    now = time.monotonic()
    incident = _open.get(cause)
    if incident is None:
        _open[cause] = Incident(now, now, now)
        log.warning("database unavailable", cause=cause.value, by=by, error=_short(error), **context)
        return cause
    incident.last = now
    incident.times += 1
    incident.untold += 1
    if now - incident.told >= SAY_EVERY_SECONDS:
        log.warning(
            "database still unavailable",
            cause=cause.value,
            by=by,
            error=_short(error),
            times=incident.untold,
            seconds=round(now - incident.began),
            **context,
        )
        incident.told, incident.untold = now, 0
    return cause


def over(*causes: Cause) -> None:
    """Somebody has seen that what they kept from being done can be done again."""
    for cause in causes:
        incident = _open.pop(cause, None)
        if incident is not None:
            seconds = round(time.monotonic() - incident.began, 1)
            log.info("database available again", cause=cause.value, failures=incident.times, seconds=seconds)


def going_on() -> frozenset[Cause]:
    return frozenset(_open)


def quiet_for(cause: Cause) -> float:
    """Seconds since the last failure of that cause; infinite when there is no incident."""
    incident = _open.get(cause)
    return float("inf") if incident is None else time.monotonic() - incident.last


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
