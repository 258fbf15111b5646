"""The basis of the model, measured from closed deals that the viewer sees: each night for those who see all of an
organisation's, else when it is asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from app.analytics.kept import KeptAnswers
from app.database.sql import Slot, Statement, sql
from app.events.log import Reader
from app.forecast.model import OLDEST, Arrivals, Basis, StageRecord
from app.forecast.sources import CLOSED_SINCE, CLOSED_UNTIL, closed_deals, said
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible

LOOKED_BACK = timedelta(days=730)
ARRIVED_WITHIN = timedelta(days=365)
STORED_FOR = timedelta(hours=36)
kept_bases = KeptAnswers(seconds=3_600)
_SINCE_ARRIVED = Slot("basis.arrived")

_DAYS = "({later} AT TIME ZONE 'UTC')::date - {earlier}"
"""Whole days."""


@lru_cache(maxsize=64)
def _closings(scope: VisibilityScope, filters: frozenset[str]) -> Statement:
    """Numbers of closed deals by how they ended, and the days from the expected day and from the first."""
    slip = _DAYS.format(later="d.closed_at", earlier="d.said")
    age = _DAYS.format(later="d.closed_at", earlier="(d.created_at AT TIME ZONE 'UTC')::date")
    return sql(
        f"SELECT d.status, grouping(age) = 1 AS of_slips, slip, age, count(*)::integer AS deals FROM (SELECT d.status,"  # noqa: S608
        f" greatest(-999, least(999, {slip})) AS slip, greatest(0, least({OLDEST}, {age})) AS age FROM {{}} d) d"
        " GROUP BY GROUPING SETS ((d.status, slip), (d.status, age))",
        closed_deals(scope, filters, dated=True),
    ).statement()


@lru_cache(maxsize=64)
def _arrivals(scope: VisibilityScope, filters: frozenset[str]) -> Statement:
    age = _DAYS.format(later="d.closed_at", earlier="(d.created_at AT TIME ZONE 'UTC')::date")
    return sql(
        f"SELECT d.currency, least({OLDEST}, greatest(0, {age})) AS age, count(*)::integer AS deals,"  # noqa: S608
        " sum(d.amount)::float8 AS amount, sum(d.amount * d.amount)::float8 AS squares,"
        " min(min(d.created_at)) OVER () AS first FROM {} d"
        " WHERE d.status = 'WON' AND d.amount > 0 AND d.closed_at >= {} GROUP BY 1, 2 ORDER BY 1, 2",
        *(closed_deals(scope, filters), _SINCE_ARRIVED),
    ).statement()


@lru_cache(maxsize=64)
def _stages(scope: VisibilityScope, filters: frozenset[str]) -> Statement:
    """Of closed deals that were in a stage, all and those that were won."""
    return sql(
        "SELECT p.key AS playbook, s.key AS stage, count(DISTINCT d.id)::integer AS closed,"
        " (count(DISTINCT d.id) FILTER (WHERE d.status = 'WON'))::integer AS won"
        " FROM {} d JOIN stage_transition t ON t.opportunity_id = d.id JOIN stage s ON s.id = t.to_stage_id"
        " JOIN playbook p ON p.id = s.playbook_id WHERE s.kind = 'OPEN' GROUP BY 1, 2 ORDER BY 1, 2",
        closed_deals(scope, filters),
    ).statement()


async def measure(db: Reader, viewer: Viewer, filters: Mapping[str, object], at: datetime) -> Basis:
    """From deals that were closed before `at`. Three statements."""
    scope, names = scope_of(viewer), frozenset(filters)
    slots = _slots(viewer, filters, at)
    closings = _closings(scope, names)
    rows = await db.fetch(closings.text, *closings.arguments(slots))
    stages = _stages(scope, names)
    records = {
        (row["playbook"], row["stage"]): StageRecord(row["closed"], row["won"])
        for row in await db.fetch(stages.text, *stages.arguments(slots))
    }
    arrivals, days = await measure_arrivals(db, viewer, filters, at)
    return Basis(
        won_slips=_counted(rows, "WON", "slip"),
        lost_slips=_counted(rows, "LOST", "slip"),
        won_ages=_counted(rows, "WON", "age"),
        lost_ages=_counted(rows, "LOST", "age"),
        stages=records,
        arrivals=arrivals,
        days=days,
    )


async def measure_arrivals(
    db: Reader, viewer: Viewer, filters: Mapping[str, object], at: datetime
) -> tuple[dict[str, list[Arrivals]], float]:
    """`arrivals` and `days` of a basis."""
    statement = _arrivals(scope_of(viewer), frozenset(filters))
    rows = await db.fetch(statement.text, *statement.arguments(_slots(viewer, filters, at)))
    found: dict[str, list[Arrivals]] = {}
    for row in rows:
        one = Arrivals(row["age"], row["deals"], row["amount"], row["squares"])
        found.setdefault(row["currency"], []).append(one)
    # Where deals are younger than that, they are as many as they are in the days that there were.
    known = (at - min(row["first"] for row in rows)).days if rows else ARRIVED_WITHIN.days
    return found, float(min(ARRIVED_WITHIN.days, max(1, known)))


def _slots(viewer: Viewer, filters: Mapping[str, object], at: datetime) -> dict[str, object]:
    times = {CLOSED_UNTIL.name: at, CLOSED_SINCE.name: at - LOOKED_BACK, _SINCE_ARRIVED.name: at - ARRIVED_WITHIN}
    return {**slots_of(viewer), **{f"filter.{name}": value for name, value in filters.items()}, **times}


def _counted(rows: Iterable[Mapping[str, Any]], status: str, what: str) -> dict[int, int]:
    of_slips = what == "slip"
    return {
        row[what]: row["deals"]
        for row in rows
        if row["of_slips"] is of_slips and row["status"] == status and row[what] is not None
    }


def written(basis: Basis) -> str:
    """As it is stored: JSON."""
    found = asdict(basis)
    found["stages"] = [[*key, *record] for key, record in basis.stages.items()]
    found["arrivals"] = {code: [list(one) for one in ones] for code, ones in basis.arrivals.items()}
    return orjson.dumps(found, option=orjson.OPT_NON_STR_KEYS).decode()


def read(text: str) -> Basis:
    found = orjson.loads(text)
    return Basis(
        **{name: _days(found[name]) for name in ("won_slips", "lost_slips", "won_ages", "lost_ages")},
        stages={(playbook, stage): StageRecord(closed, won) for playbook, stage, closed, won in found["stages"]},
        arrivals={code: [Arrivals(*one) for one in ones] for code, ones in found["arrivals"].items()},
        days=found["days"],
    )


def _days(found: Mapping[str, int]) -> dict[int, int]:
    return {int(day): deals for day, deals in found.items()}


_STORED_SEEN = Slot("basis.organization"), Slot("basis.from"), Slot("basis.to")


@lru_cache(maxsize=4)
def _stored(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT b.found::text AS found FROM forecast_basis b WHERE b.organization_id = {}"
        " AND b.measured_at BETWEEN {} AND {} AND {}",
        *(*_STORED_SEEN, visible(scope, "forecast_basis", "b")),
    ).statement()


async def basis_for(
    db: Reader, viewer: Viewer, filters: Mapping[str, object], at: datetime, *, past: bool = False
) -> Basis:
    """The one of the night before, if the viewer sees all of the organisation's; where there is none, or for the past,
    one is measured, for an hour where that is a matter of many deals. With filters, it is those deals that new ones are
    told from."""
    asked = (said(viewer, filters), at if past else None)
    stored = await _stored_for(db, viewer, at)
    if stored is None:
        return await kept_bases.answer(viewer, asked, lambda: measure(db, viewer, filters, at))
    if not filters:
        return stored
    return await kept_bases.answer(viewer, ("arrivals", *asked), lambda: _narrowed(stored, db, viewer, filters, at))


async def _narrowed(found: Basis, db: Reader, viewer: Viewer, filters: Mapping[str, object], at: datetime) -> Basis:
    arrivals, days = await measure_arrivals(db, viewer, filters, at)
    return replace(found, arrivals=arrivals, days=days)


async def _stored_for(db: Reader, viewer: Viewer, at: datetime) -> Basis | None:
    if scope_of(viewer) is VisibilityScope.OWN_AND_SHARED:
        return None
    statement = _stored(scope_of(viewer))
    organization, begin, end = (slot.name for slot in _STORED_SEEN)
    slots = {**slots_of(viewer), organization: viewer.organization_id, begin: at - STORED_FOR, end: at}
    row = await db.fetchrow(statement.text, *statement.arguments(slots))
    return None if row is None else _read_once(row["found"])


@lru_cache(maxsize=64)
def _read_once(text: str) -> Basis:
    return read(text)
