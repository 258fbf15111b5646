"""Limits on runs as they would have held in the past: what has run then counts, and what a trial would have begun."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.automation.beginning import TOO_DEEP
from app.automation.limits import MOST_DEPTH, deal_reached, hour_reached
from app.events.log import Reader
from app.settings import settings

# Of the automation itself, if it is there already, the trial says what it would have done.
_RAN = """
SELECT coalesce(r.opportunity_id, r.registration_id) AS id, date_trunc('day', r.started_at, 'UTC') AS day, count(*) AS n
FROM automation_run r JOIN automation a ON a.id = r.automation_id
WHERE r.started_at >= date_trunc('day', $1::timestamptz, 'UTC') AND r.status <> 'SKIPPED' AND a.key <> $2
  AND coalesce(r.opportunity_id, r.registration_id) IS NOT NULL GROUP BY 1, 2
"""


async def ran_then(db: Reader, since: datetime, key: str) -> Mapping[tuple[UUID, datetime], int]:
    """Runs of other automations, by deal (or registration) and day."""
    return {(row["id"], row["day"]): row["n"] for row in await db.fetch(_RAN, since, key)}


class Limits:
    """Counts what a trial begins. `is_timed`: what an hour has no room for waits for the next."""

    def __init__(self, ran: Mapping[tuple[UUID, datetime], int], *, is_timed: bool) -> None:
        self._days = Counter(ran)
        self._hours: Counter[datetime] = Counter()
        self._is_timed = is_timed
        self._told: set[tuple[object, ...]] = set()

    def begins(self, at: datetime) -> datetime:
        """When a run whose moment is `at` would begin: in the first hour with room."""
        while self._is_timed and self._hours[_hour(at)] >= settings().automation_runs_per_hour:
            at = _hour(at) + timedelta(hours=1)
        return at

    def refuses(self, at: datetime, id: UUID | None, depth: int, *, is_deal: bool) -> tuple[str, bool] | None:
        """Why no run would begin, and whether that would be said: once for each limit. None: one would, and counts."""
        if depth >= MOST_DEPTH:
            return TOO_DEEP, True
        hour, day = _hour(at), _hour(at).replace(hour=0)
        if self._hours[hour] >= settings().automation_runs_per_hour:
            return self._once(hour_reached(is_timed=self._is_timed), hour)
        if id is not None and self._days[id, day] >= settings().automation_runs_per_deal:
            return self._once(deal_reached("deal" if is_deal else "registration"), id, day)
        self._hours[hour] += 1
        if id is not None:
            self._days[id, day] += 1
        return None

    def _once(self, why: str, *limit: object) -> tuple[str, bool]:
        is_new = limit not in self._told
        self._told.add(limit)
        return why, is_new


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
