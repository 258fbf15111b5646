"""Trials of an automation over the last days of the log, which change nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import TypeVar
from uuid import UUID

from app.automation import checking, schedules, steps
from app.automation import facts as known
from app.automation.beginning import concerns
from app.automation.consumer import about_event, deal_of, registration_of
from app.automation.definition import Definition, Step, Stored
from app.automation.language import Facts, Unsaid
from app.automation.past import Past, past
from app.automation.store import BY_SOMEBODY, TOLD
from app.database import database
from app.events.log import COLUMNS, LoggedEvent, Reader, logged
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.vocabulary import AutomationStepKind, ErrorCode, EventType

T = TypeVar("T")

MOST_DAYS = 730
MOST_TRIED = 100
MOST_LOOKED = 2_000
MOST_FIRES = 30
AT_A_TURN = 20
NO_LONGER = "It would have been left out: its `onlyIfStill` did not hold any more."

_EVENTS = f"""
SELECT {COLUMNS} FROM event e
WHERE e.at >= $1 AND e.type = ANY ($2::text[]) AND {TOLD} ORDER BY e.at DESC, e.seq DESC LIMIT {MOST_LOOKED}
"""  # noqa: S608 (constants)
_STAYS = f"""
SELECT x.id, x.at + $2::interval AS at FROM (
  SELECT t.opportunity_id AS id, t.at, s.kind,
    lead(t.at) OVER (PARTITION BY t.opportunity_id ORDER BY t.at, t.seq) AS left_at
  FROM stage_transition t JOIN stage s ON s.id = t.to_stage_id) x
WHERE x.kind = 'OPEN' AND x.at + $2::interval BETWEEN $1 AND $3 AND coalesce(x.left_at > x.at + $2::interval, TRUE)
ORDER BY 2 DESC LIMIT {MOST_LOOKED}
"""  # noqa: S608
_SILENCES = f"""
SELECT x.id, x.at + $2::interval AS at FROM (
  SELECT e.opportunity_id AS id, e.at, lead(e.at) OVER (PARTITION BY e.opportunity_id ORDER BY e.at, e.seq) AS next_at
  FROM event e WHERE e.opportunity_id IS NOT NULL AND {BY_SOMEBODY} AND {TOLD}
    AND e.at >= $1::timestamptz - $2::interval) x
JOIN opportunity o ON o.id = x.id
WHERE x.at + $2::interval BETWEEN $1 AND $3 AND coalesce(x.next_at > x.at + $2::interval, TRUE)
  AND coalesce(o.closed_at > x.at + $2::interval, TRUE)
ORDER BY 2 DESC LIMIT {MOST_LOOKED}
"""  # noqa: S608
_CLOSINGS = f"""
SELECT o.id, o.expected_close_date AS day FROM opportunity o
WHERE o.expected_close_date BETWEEN $1::date AND $2::date ORDER BY 2 DESC, 1 LIMIT {MOST_LOOKED}
"""  # noqa: S608
_OPEN = f"""
SELECT o.id FROM opportunity o WHERE o.created_at <= $1 AND coalesce(o.closed_at > $1, TRUE)
ORDER BY o.id LIMIT {MOST_LOOKED}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class TriedStep:
    kind: AutomationStepKind
    due_at: datetime
    summary: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class TriedRun:
    at: datetime
    event_type: EventType | None
    opportunity_id: UUID | None
    registration_id: UUID | None
    steps: tuple[TriedStep, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """`total`: of which `runs` are the first. `since`: from when on it was looked."""

    runs: tuple[TriedRun, ...]
    total: int
    since: datetime


@dataclass(frozen=True, slots=True)
class _Moment:
    at: datetime
    deal_id: UUID | None
    event: LoggedEvent | None = None


async def try_automation(
    viewer: Viewer, definition: Definition, days: int, *, at: datetime | None = None
) -> Tried | Refused:
    now = at or datetime.now(UTC)
    faults = Faults()
    faults.note(*checking.problems(definition), *checking.rights(viewer, definition))
    if not 1 <= days <= MOST_DAYS:
        faults.note(refused(ErrorCode.INVALID, f"From 1 to {MOST_DAYS} days.", "days"))
    if not faults:
        faults.note(await checking.tried(definition))
    if faults:
        return faults.refused()
    automation = Stored(new_id(), 1, True, viewer.role, definition, None)
    db = database()
    since = now - timedelta(days=days)
    moments = await _moments(db, automation, since, now)
    if len(moments) >= MOST_LOOKED:
        since = moments[0].at
    runs: list[TriedRun] = []
    total = 0
    deals = {one.deal_id for one in moments if one.deal_id is not None}
    known_then = await past(db, deals, since - timedelta(days=MOST_DAYS))
    async for moment in in_turns(moments):
        found = await _facts(db, moment, known_then)
        if found is None or not concerns(automation, found[0]):
            continue
        total += 1
        if len(runs) < MOST_TRIED:
            runs.append(_run(definition, moment, *found, known_then, now))
    return Tried(tuple(runs), total, since)


async def in_turns(moments: Sequence[T], most: int = AT_A_TURN) -> AsyncIterator[T]:
    """After so many, others have their turn: between them nothing waits."""
    for place, moment in enumerate(moments, start=1):
        yield moment
        if place % most == 0:
            await asyncio.sleep(0)


def _run(
    definition: Definition, moment: _Moment, facts: Facts, registration_id: UUID | None, known_then: Past, now: datetime
) -> TriedRun:
    told = []
    for step in definition.steps:
        due = moment.at + step.after
        summary, error = _told(step, _later(facts, moment, known_then, min(due, now)))
        told.append(TriedStep(step.kind, due, summary, error))
    deal_id = moment.deal_id if facts.values["deal"] is not None else None
    type_ = moment.event.type if moment.event else None
    return TriedRun(moment.at, type_, deal_id, registration_id, tuple(told))


def _later(facts: Facts, moment: _Moment, known_then: Past, at: datetime) -> Facts:
    """What is known when a step's time has come."""
    if at <= moment.at or moment.deal_id is None:
        return facts
    then = known_then.facts(moment.deal_id, at)
    return facts if then is None else Facts({**then, "event": facts.values["event"]})


def _told(step: Step, facts: Facts) -> tuple[str | None, str | None]:
    """What it would do, or why it would do nothing."""
    if step.only_if_still is not None and not facts.hold(step.only_if_still):
        return None, NO_LONGER
    try:
        return steps.read(step.kind, step.settings).foretell(facts), None
    except Unsaid as unsaid:
        return None, f"The text can't be written: {unsaid}"


async def _facts(db: Reader, moment: _Moment, known_then: Past) -> tuple[Facts, UUID | None] | None:
    event, registration_id = moment.event, None
    if event is None:
        assert moment.deal_id is not None
        values = known_then.facts(moment.deal_id, moment.at)
        return None if values is None or values["deal"]["status"] != "OPEN" else (Facts(values), None)
    if registration_of(event) is not None:
        about = await about_event(db, event, moment.at)
        values, registration_id = dict(about.values), about.registration_id
    else:
        then = known_then.facts(moment.deal_id, moment.at) if moment.deal_id is not None else None
        values = dict(then or known.NOTHING)
    return Facts({**values, "event": await known.of_event(db, event, by_automation=False)}), registration_id


async def _moments(db: Reader, automation: Stored, since: datetime, now: datetime) -> Sequence[_Moment]:
    """In the order of time; the newest `MOST_LOOKED`."""
    trigger = automation.trigger
    if trigger.events:
        rows = await db.fetch(_EVENTS, since, [type_.value for type_ in trigger.events])
        events = [logged(row) for row in reversed(rows)]
        return [_Moment(event.at, deal_of(event), event) for event in events]
    if trigger.days_before_close is not None:
        return await _closings(db, trigger.days_before_close, schedules.zone(trigger.time_zone), since, now)
    if trigger.schedule is not None:
        return await _fires(db, trigger.schedule, trigger.time_zone, since, now)
    statement, days = _STAYS, trigger.days_in_stage
    if days is None:
        statement, days = _SILENCES, trigger.days_silent
    rows = await db.fetch(statement, since, timedelta(days=days or 0), now)
    return [_Moment(row["at"], row["id"]) for row in reversed(rows)]


async def _closings(db: Reader, days: int, zone: tzinfo, since: datetime, now: datetime) -> Sequence[_Moment]:
    before = timedelta(days=days)
    first, last = since.date() + before, now.date() + before
    found = [
        _Moment(datetime.combine(row["day"] - before, time(), tzinfo=zone).astimezone(UTC), row["id"])
        for row in reversed(await db.fetch(_CLOSINGS, first, last))
    ]
    return [moment for moment in found if since <= moment.at <= now]


async def _fires(db: Reader, schedule: str, time_zone: str, since: datetime, now: datetime) -> Sequence[_Moment]:
    """At the last `MOST_FIRES` occurrences."""
    times: list[datetime] = []
    for fire in islice(schedules.occurrences(schedule, time_zone, since), 100_000):
        if fire > now:
            break
        times = [*times[-MOST_FIRES + 1 :], fire]
    found: list[_Moment] = []
    for fire in reversed(times):
        rows = await db.fetch(_OPEN, fire)
        if len(found) + len(rows) > MOST_LOOKED:
            break
        found = [*(_Moment(fire, row["id"]) for row in rows), *found]
    return found
