"""The answer of `/readyz`, worked out at most once a second however often it is asked for."""

import asyncio
import contextvars
import time
from typing import Any, NamedTuple

import asyncpg

from app.database import Database
from app.database.failures import MAYBE_UNREACHABLE, cause_of
from app.database.incidents import going_on, met
from app.readiness import drain
from app.readiness.checks import ANSWER_WITHIN_SECONDS, NOTHING_ANSWERED, NOTHING_CHANGED, Check, Seen, checks
from app.readiness.sample import Sample, free_bytes
from app.settings import Settings

FRESH_SECONDS = 1.0


class Report(NamedTuple):
    checks: tuple[Check, ...]
    free_bytes: int
    sampled_at: float | None
    """In monotonic seconds."""

    def body(self, *, reads: bool = False) -> dict[str, Any]:
        reasons = [check.reason for check in self.checks if check.reason is not None]
        return {"status": self.status(reads=reads), "reasons": [reason.value for reason in reasons]}

    def status(self, *, reads: bool = False) -> str:
        """`reads`: it is enough when those are answered."""
        reasons = {check.reason for check in self.checks if check.reason is not None}
        if reasons & (NOTHING_ANSWERED if reads else NOTHING_ANSWERED | NOTHING_CHANGED):
            return "unavailable"
        return "degraded" if reasons else "ready"

    def told(self) -> list[dict[str, Any]]:
        """Each check with its value and threshold."""
        return [
            {"check": name, "ok": reason is None, "value": value, "threshold": threshold, "reason": reason}
            for name, value, threshold, reason in self.checks
        ]


class Readiness:
    """Of one process; whoever samples sets `sample`."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.sample: Sample | None = None
        self._settings = settings
        self._asked_at = -1.0
        self._answered: float | None = None
        self._asking: asyncio.Task[None] | None = None

    async def report(self) -> Report:
        if drain.seconds() is None and time.monotonic() - self._asked_at > FRESH_SECONDS:
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask(), name="readiness", context=contextvars.Context())
            await asyncio.shield(self._asking)
        return self.known()

    def known(self) -> Report:
        """By the last answer of the database."""
        seen = Seen(
            draining=drain.seconds(),
            drain_seconds=self._settings.drain_seconds,
            answered=self._answered,
            sample=self.sample,
            incidents=going_on(),
            free_bytes=free_bytes(self._settings.state_dir),
        )
        return Report(tuple(checks(seen)), seen.free_bytes, self.sample.at if self.sample else None)

    async def _ask(self) -> None:
        began = time.monotonic()
        try:
            self._answered = time.monotonic() - began if await answers(self.database) else None
        finally:
            self._asked_at = time.monotonic()
            self._asking = None


async def answers(database: Database) -> bool:
    """Whether the database can be asked now."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
            await database.fetchrow("SELECT 1")
    except (*MAYBE_UNREACHABLE, asyncpg.PostgresError) as error:
        if cause_of(error) is not None:
            met(error, by="looking whether it answers")
        return False
    return True


_current: Readiness | None = None


def use_readiness(current: Readiness | None) -> None:
    """Make `current` the process's; None when it has stopped."""
    global _current
    _current = current


def readiness() -> Readiness:
    if _current is None:
        raise RuntimeError("nobody looks whether this process is ready; use_readiness() names one at start-up")
    return _current
