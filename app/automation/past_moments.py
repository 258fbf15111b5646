"""Moments of the past at which an automation would have begun a run: of its events, or of deals whose time had come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import islice, takewhile
from typing import Any
from uuid import UUID

from app.automation import schedules
from app.automation.consumer import deal_of
from app.automation.definition import Trigger
from app.automation.store import DEAL_OF, SIGN_OF_LIFE, TOLD
from app.events.log import COLUMNS, LoggedEvent, Reader, logged
from app.nouns import REGISTRATION

MOST = 2_000
MOST_FIRES = 100

_EVENTS = f"""
SELECT {COLUMNS}, c.depth, r.opportunity_id AS registered_id,
  EXISTS (SELECT FROM automation ya WHERE ya.id = e.actor_id) AS by_automation
FROM event e LEFT JOIN automation_cause c ON c.xid = e.xid
LEFT JOIN deal_registration r ON e.subject_type = '{REGISTRATION.subject}' AND r.id = e.subject_id
WHERE e.at >= $1 AND e.type = ANY ($2::text[]) AND {TOLD} ORDER BY e.at DESC, e.seq DESC LIMIT {MOST}
"""  # noqa: S608 (constants)
_STAYS = f"""
SELECT x.id, x.at + $2::interval AS at FROM (
  SELECT t.opportunity_id AS id, t.at, s.kind,
    lead(t.at) OVER (PARTITION BY t.opportunity_id ORDER BY t.at, t.seq) AS left_at
  FROM stage_transition t JOIN stage s ON s.id = t.to_stage_id) x
WHERE x.kind = 'OPEN' AND x.at + $2::interval BETWEEN $1 AND $3 AND coalesce(x.left_at > x.at + $2::interval, TRUE)
ORDER BY 2 DESC LIMIT {MOST}
"""  # noqa: S608
_SILENCES = f"""
SELECT x.id, x.at + $2::interval AS at FROM (
  SELECT {DEAL_OF} AS id, e.at, lead(e.at) OVER (PARTITION BY {DEAL_OF} ORDER BY e.at, e.seq) AS next_at
  FROM event e WHERE {DEAL_OF} IS NOT NULL AND {SIGN_OF_LIFE} AND {TOLD}
    AND e.at >= $1::timestamptz - $2::interval) x
JOIN opportunity o ON o.id = x.id
WHERE x.at + $2::interval BETWEEN $1 AND $3 AND coalesce(x.next_at > x.at + $2::interval, TRUE)
  AND coalesce(o.closed_at > x.at + $2::interval, TRUE)
ORDER BY 2 DESC LIMIT {MOST}
"""  # noqa: S608
# Each date that a deal had, with the time in which it had it: what each change says was before, and what stands there.
# Its moment is when its day began, or when the deal got it, if that was later; once for each date. Days before those
# that are looked back at have begun, whenever that was exactly.
_DATES = f"""
WITH dated AS (
  SELECT c.opportunity_id AS id, c.before::date AS day, c.at, c.nth FROM field_change c
  WHERE c.field = 'expectedCloseDate' AND c.known
), had AS (
  SELECT d.id, d.day, coalesce(lag(d.at) OVER w, o.created_at) AS since, d.at AS until
  FROM dated d JOIN opportunity o ON o.id = d.id WINDOW w AS (PARTITION BY d.id ORDER BY d.at, d.nth)
  UNION ALL
  SELECT o.id, o.expected_close_date, coalesce((SELECT max(d.at) FROM dated d WHERE d.id = o.id), o.created_at), NULL
  FROM opportunity o
), came AS (
  SELECT DISTINCT ON (h.id, h.day) h.id, greatest(h.since, w.begins) AS at
  FROM had h JOIN opportunity o ON o.id = h.id LEFT JOIN unnest($3::date[], $4::timestamptz[]) AS w(day, begins)
    ON w.day = h.day
  WHERE h.day <= $5 AND o.created_at <= $2 AND coalesce(o.closed_at >= $1, TRUE)
    AND coalesce(greatest(h.since, w.begins, CASE WHEN w.day IS NULL
      THEN (h.day - $6::int)::timestamp AT TIME ZONE $7::interval END) < h.until, TRUE)
  ORDER BY h.id, h.day, h.since
)
SELECT id, at FROM came WHERE at BETWEEN $1 AND $2 ORDER BY at DESC, id LIMIT {MOST}
"""  # noqa: S608
_OPEN = f"""
SELECT o.id FROM opportunity o WHERE o.created_at <= $1 AND coalesce(o.closed_at > $1, TRUE)
ORDER BY o.id LIMIT {MOST}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class PastMoment:
    """`cause`: how many automations have led to its event, where that is kept. `by_automation`: one has, at least."""

    at: datetime
    deal_id: UUID | None
    event: LoggedEvent | None = None
    cause: int | None = None
    by_automation: bool = False

    def later(self, at: datetime) -> "PastMoment":
        return replace(self, at=at)


@dataclass(frozen=True, slots=True)
class Looked:
    """In the order of time; of more than `MOST`, the newest. `since`: from when on they are complete."""

    moments: Sequence[PastMoment]
    since: datetime


async def look_back(db: Reader, trigger: Trigger, since: datetime, now: datetime) -> Looked:
    if trigger.schedule is not None:
        return await _fires(db, trigger.schedule, trigger.time_zone, since, now)
    found = await _moments(db, trigger, since, now)
    return Looked(found, since if len(found) < MOST else found[0].at)


async def _moments(db: Reader, trigger: Trigger, since: datetime, now: datetime) -> Sequence[PastMoment]:
    if trigger.events:
        rows = await db.fetch(_EVENTS, since, [type_.value for type_ in trigger.events])
        return [_of_event(logged(row), row) for row in reversed(rows)]
    if trigger.days_before_close is not None:
        return await _closings(db, trigger.days_before_close, trigger.zone, since, now)
    statement, days = _STAYS, trigger.days_in_stage
    if days is None:
        statement, days = _SILENCES, trigger.days_silent
    rows = await db.fetch(statement, since, timedelta(days=days or 0), now)
    return [PastMoment(row["at"], row["id"]) for row in reversed(rows)]


def _of_event(event: LoggedEvent, row: Mapping[str, Any]) -> PastMoment:
    deal_id = deal_of(event) or row["registered_id"]
    return PastMoment(event.at, deal_id, event, row["depth"], row["by_automation"])


async def _closings(db: Reader, before: int, zone: tzinfo, since: datetime, now: datetime) -> Sequence[PastMoment]:
    """Once for each date that a deal had: when its day came meanwhile, or when the deal got it, if that was later."""
    days = timedelta(days=before)
    first, last = (at.astimezone(zone).date() + days for at in (since, now))
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    begins = [datetime.combine(day - days, time(), tzinfo=zone).astimezone(UTC) for day in dates]
    rows = await db.fetch(_DATES, since, now, dates, begins, last, before, since.astimezone(zone).utcoffset())
    return [PastMoment(row["at"], row["id"]) for row in reversed(rows)]


async def _fires(db: Reader, schedule: str, time_zone: str, since: datetime, now: datetime) -> Looked:
    """At the last `MOST_FIRES` occurrences, as many as there is room for."""
    found: list[PastMoment] = []
    latest = takewhile(lambda fire: fire > since, schedules.occurrences_before(schedule, time_zone, now))
    times = list(islice(latest, MOST_FIRES + 1))
    complete = since if len(times) <= MOST_FIRES else times[MOST_FIRES - 1]
    for fire in times[:MOST_FIRES]:
        rows = await db.fetch(_OPEN, fire)
        if len(found) + len(rows) > MOST:
            return Looked(found, found[0].at if found else now)
        found = [*(PastMoment(fire, row["id"]) for row in rows), *found]
    return Looked(found, complete)
