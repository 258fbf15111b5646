"""Rules of trying again: pure, from an answer's status, what it asks for, and how often it was tried."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum

SECOND, MINUTE, HOUR = 1.0, 60.0, 3600.0
PAUSES = (
    *(5 * SECOND, 30 * SECOND, 5 * MINUTE, 30 * MINUTE),
    *(2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
)
"""In seconds, between a failure and the next try. After the last one there is none."""
JITTER = 0.2
"""Of a pause, by which it may be longer, so that what failed together isn't tried together."""
REST_FIRST, REST_LAST = 5 * SECOND, 10 * MINUTE
"""Of an endpoint that asks for patience without saying how much; each further rest is twice as long."""
LONGEST_REST = 24 * HOUR
"""However much it asks for."""
GIVEN_UP_AFTER = timedelta(days=5)
"""Of nothing but failures, after which an endpoint is disabled."""
_PATIENCE = frozenset({429, 502, 503, 504})
_GONE = 410
_DATE = re.compile(r"[A-Z][a-z]{2,8},? [ A-Za-z0-9:-]{10,30}(?: GMT| UTC| [+-]0000)?", re.ASCII)
"""As RFC 9110 has them: they are of GMT."""


class Verdict(Enum):
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    LATER = "LATER"
    GONE = "GONE"


@dataclass(frozen=True, slots=True)
class Try:
    """The outcome of one request. `status`: None: no answer. `retry_after`: what it said, as a header has it."""

    status: int | None
    retry_after: str | None = None


def verdict(tried: Try) -> Verdict:
    """A redirect is a failure: the URL is to be put right, not followed."""
    if tried.status is None:
        return Verdict.FAILED
    if 200 <= tried.status < 300:
        return Verdict.DELIVERED
    if tried.status == _GONE:
        return Verdict.GONE
    if tried.status in _PATIENCE:
        return Verdict.LATER
    return Verdict.FAILED


def pause_after(failures: int, chance: float) -> float | None:
    """Seconds until the next try, after so many failures; None: there is none. `chance`: 0 to 1."""
    return PAUSES[failures - 1] * (1 + JITTER * chance) if failures <= len(PAUSES) else None


def is_overdue(at: datetime, attempts: int, now: datetime) -> bool:
    """Of what happened at `at` and a receiver has asked patience for so often: whether failures would have brought it
    to an end by now. What is sent of long ago gets as many attempts, too."""
    return attempts > len(PAUSES) and (now - at).total_seconds() > sum(PAUSES) * (1 + JITTER)


def rest(tried: Try, slowdowns: int, now: datetime, chance: float) -> float:
    """Seconds for which an endpoint is left alone that asks for patience, `slowdowns` times in a row before."""
    asked = _asked(tried.retry_after, now)
    if asked is None:
        asked = min(REST_FIRST * 2 ** min(slowdowns, 20), REST_LAST) * (1 + JITTER * chance)
    return min(max(asked, SECOND), LONGEST_REST)


def _asked(header: str | None, now: datetime) -> float | None:
    """`Retry-After`, in seconds or as a date (RFC 9110); None for what is neither."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return (parsedate_to_datetime(text).replace(tzinfo=UTC) - now).total_seconds()
    except (ValueError, OverflowError):  # a day that no month has
        return None


def is_given_up(failing_since: datetime | None, now: datetime) -> bool:
    return failing_since is not None and now - failing_since >= GIVEN_UP_AFTER


def header_of(headers: Mapping[str, str]) -> str | None:
    return headers.get("retry-after")
