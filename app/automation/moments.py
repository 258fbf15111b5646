"""Deals whose time has come, found by the index of the date that it is reckoned from.

A deal's moment lies a number of days after (or before) such a date. Between two looks those have come whose date lies
in between as well, so that each look reads just these, in the index's order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from app.automation import schedules
from app.automation.definition import Stored, Trigger
from app.events.log import Reader

AT_ONCE = 50

_IN_STAGE = f"""
SELECT o.id, o.entered_stage_at AS since FROM opportunity o
WHERE (o.entered_stage_at, o.id) > ($1, $3) AND o.entered_stage_at <= $2 AND o.status = 'OPEN'
ORDER BY o.entered_stage_at, o.id LIMIT {AT_ONCE}
"""  # noqa: S608 (a constant)
_SILENT = f"""
SELECT o.id, q.last_at AS since FROM deal_pulse q JOIN opportunity o ON o.id = q.opportunity_id
WHERE (q.last_at, q.opportunity_id) > ($1, $3) AND q.last_at <= $2 AND o.status = 'OPEN'
ORDER BY q.last_at, q.opportunity_id LIMIT {AT_ONCE}
"""  # noqa: S608
_CLOSES = f"""
SELECT o.id, o.expected_close_date AS since FROM opportunity o
WHERE (o.expected_close_date, o.id) > ($1::date, $3) AND o.expected_close_date <= $2::date AND o.status = 'OPEN'
ORDER BY o.expected_close_date, o.id LIMIT {AT_ONCE}
"""  # noqa: S608
_OPEN = f"""
SELECT o.id, NULL::timestamptz AS since FROM opportunity o JOIN playbook p ON p.id = o.playbook_id
WHERE o.id > $1 AND o.status = 'OPEN' AND ($2::text IS NULL OR p.key = $2) ORDER BY o.id LIMIT {AT_ONCE}
"""  # noqa: S608
_BEFORE = timedelta(microseconds=1)
NOTHING, ALL = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Due:
    """A deal with the key of its moment. `until`, `id`: how far a look has come that has got to it."""

    id: UUID
    key: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A page of deals. `until`, `id`: how far the look has come with it."""

    deals: Sequence[Due]
    until: datetime
    id: UUID | None
    more: bool


async def find(db: Reader, automation: Stored, at: datetime) -> Found:
    """The deals whose moment lies after the last look, up to `at`."""
    since = automation.looked_until or at
    trigger = automation.trigger
    if trigger.schedule is not None:
        return await _scheduled(db, automation, trigger, since, at)
    if trigger.days_before_close is not None:
        return await _closing(db, automation, trigger, since, at)
    in_stage = trigger.days_in_stage is not None
    days = timedelta(days=(trigger.days_in_stage if in_stage else trigger.days_silent) or 0)
    rows = await db.fetch(_IN_STAGE if in_stage else _SILENT, since - days, at - days, automation.looked_id or ALL)
    name = "stage" if in_stage else "silent"
    deals = [Due(row["id"], moment_key(name, row["id"], row["since"]), row["since"] + days) for row in rows]
    if len(rows) < AT_ONCE:
        return Found(deals, at, None, more=False)
    return Found(deals, deals[-1].until, deals[-1].id, more=True)


async def _closing(db: Reader, automation: Stored, trigger: Trigger, since: datetime, at: datetime) -> Found:
    """Days begin in the automation's time zone. Of the day of the last look, all have been seen, unless its page says
    otherwise."""
    zone = trigger.zone
    days = timedelta(days=trigger.days_before_close or 0)
    first, last = since.astimezone(zone).date() + days, at.astimezone(zone).date() + days
    rows = await db.fetch(_CLOSES, first, last, automation.looked_id or ALL)
    deals = [
        Due(row["id"], moment_key("close", row["id"], row["since"]), _begins(row["since"] - days, zone)) for row in rows
    ]
    if len(rows) < AT_ONCE:
        return Found(deals, at, None, more=False)
    return Found(deals, deals[-1].until, deals[-1].id, more=True)


def _begins(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


async def _scheduled(db: Reader, automation: Stored, trigger: Trigger, since: datetime, at: datetime) -> Found:
    """Every open deal at each occurrence; of several that were missed, the last. While one is worked through, however
    long that takes, the look has come to the moment before it."""
    fire = _begun(trigger, since, at, is_under_way=automation.looked_id is not None)
    if fire is None:
        return Found((), at, None, more=False)
    before = fire - _BEFORE
    rows = await db.fetch(_OPEN, automation.looked_id or NOTHING, automation.definition.playbook_key)
    deals = [Due(row["id"], f"cron/{fire.isoformat()}/{row['id']}", before) for row in rows]
    if len(rows) < AT_ONCE:
        return Found(deals, fire, None, more=True)
    return Found(deals, before, deals[-1].id, more=True)


def _begun(trigger: Trigger, since: datetime, at: datetime, *, is_under_way: bool) -> datetime | None:
    """The occurrence to work through."""
    assert trigger.schedule is not None
    if is_under_way:
        return next(schedules.occurrences(trigger.schedule, trigger.time_zone, since), None)
    return schedules.last_between(trigger.schedule, trigger.time_zone, since, at)


def moment_key(name: str, deal_id: UUID, since: datetime | date) -> str:
    return f"{name}/{deal_id}/{since.isoformat()}"
