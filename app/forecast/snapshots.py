"""Snapshots: the forecasts of each organisation's people as of the end of each day, kept for ever.

One row an organisation and day, with the figures of the current month and the three after it, of the current quarter
and the next, and of the fiscal year. They are a few hundred bytes; a missing one is no loss, since the history of deals
tells the same (`app.forecast.reading`).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.database import Database, database
from app.database.sql import Slot, Statement, sql
from app.events.log import Reader
from app.forecast.basis import measure, written
from app.forecast.model import Basis, Spread
from app.forecast.reading import Forecast, forecast
from app.forecast.sums import Amounts, Sums
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.jobs import jobs
from app.models.columns import new_id
from app.periods import Period, period_of
from app.vocabulary import OrganizationKind, PeriodKind, Role

MOST_POINTS = 400
_KEPT: Mapping[PeriodKind, int] = {PeriodKind.MONTH: 4, PeriodKind.QUARTER: 2, PeriodKind.YEAR: 1}
"""How many periods of each kind, from the current one on."""
NOBODY = UUID(int=0)

_ORGANIZATIONS = """
SELECT id, kind FROM organization WHERE $1::uuid[] IS NULL OR id = ANY ($1::uuid[]) ORDER BY kind, id
"""
_WRITE = """
INSERT INTO forecast_snapshot (id, organization_id, taken_on, taken_at, figures)
VALUES ($1, $2, $3, $4, $5::text::jsonb)
ON CONFLICT (organization_id, taken_on) DO UPDATE SET taken_at = excluded.taken_at, figures = excluded.figures
"""
_WRITE_BASIS = """
INSERT INTO forecast_basis (id, organization_id, measured_at, found) VALUES ($1, $2, $3, $4::text::jsonb)
ON CONFLICT (organization_id) DO UPDATE SET measured_at = excluded.measured_at, found = excluded.found
"""
_PERIOD, _ORGANIZATION, _UNTIL = Slot("snapshot.period"), Slot("snapshot.organization"), Slot("snapshot.until")


@dataclass(frozen=True, slots=True)
class Point:
    """The figures of one period at the end of a day. `modelled` by currency."""

    taken_at: datetime
    sums: Sums
    modelled: Mapping[str, Spread]


def kept_periods(day: date) -> Iterator[Period]:
    for kind, number in _KEPT.items():
        current = period_of(kind, day)
        yield from (current.shifted(by) for by in range(number))


async def take_snapshots(
    db: Database, at: datetime | None = None, organizations: Collection[UUID] | None = None
) -> int:
    """Of every organisation, or of these, now or `at` a moment of the past; how many. Each in a transaction of its own.
    What closed deals tell is measured anew with those of now."""
    when = at or datetime.now(UTC)
    rows = await db.fetch(_ORGANIZATIONS, None if organizations is None else list(organizations))
    for row in rows:
        await _take(db, sees_all_of(row["id"], OrganizationKind(row["kind"])), when, past=at is not None)
    return len(rows)


def sees_all_of(organization_id: UUID, kind: OrganizationKind) -> Viewer:
    """Nobody in person, who sees what the organisation's managers see."""
    role = Role.VENDOR_ADMIN if kind is OrganizationKind.VENDOR else Role.PARTNER_MANAGER
    return Viewer(NOBODY, organization_id, kind, role)


async def _take(db: Database, viewer: Viewer, at: datetime, *, past: bool) -> None:
    async with db.transaction() as tx:
        basis = await measure(tx, viewer, {}, at)
        figures = await _figures(tx, viewer, basis, at, past=past)
        organization, day = viewer.organization_id, at.astimezone(UTC).date()
        await tx.execute(_WRITE, new_id(), organization, day, at, orjson.dumps(figures).decode())
        if not past:
            await tx.execute(_WRITE_BASIS, new_id(), organization, at, written(basis))


async def _figures(tx: Reader, viewer: Viewer, basis: Basis, at: datetime, *, past: bool) -> dict[str, Any]:
    """By period; those in which there is nothing are left out."""
    found = {}
    for period in kept_periods(at.astimezone(UTC).date()):
        one = await forecast(tx, viewer, period, {}, now=at, as_of=at if past else None, basis=basis)
        if one.sums.weighted or one.modelled:
            found[period.key] = _written(one)
    return found


def _written(found: Forecast) -> dict[str, Any]:
    sums = found.sums
    named = (sums.closed, sums.commit, sums.best_case, sums.pipeline, sums.weighted)
    amounts = [{code: str(amount.normalize()) for code, amount in one.items()} for one in named]
    modelled = {code: [round(edge, 2) for edge in one.range] for code, one in found.modelled.items()}
    return {"sums": amounts, "deals": [sums.open_deals, sums.closed_deals], "modelled": modelled}


def read(taken_at: datetime, found: Mapping[str, Any]) -> Point:
    closed, commit, best_case, pipeline, weighted = (_amounts(one) for one in found["sums"])
    opened, closed_deals = found["deals"]
    sums = Sums(closed, commit, best_case, pipeline, weighted, opened, closed_deals)
    return Point(taken_at, sums, {code: Spread(*edges) for code, edges in found["modelled"].items()})


def _amounts(found: Mapping[str, str]) -> Amounts:
    return {code: Decimal(amount) for code, amount in found.items()}


@lru_cache(maxsize=4)
def _statement(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT n.taken_at, (n.figures -> {}::text)::text AS found FROM forecast_snapshot n"  # noqa: S608
        " WHERE n.organization_id = {} AND n.taken_at <= {} AND n.figures ? {}::text AND {}"
        f" ORDER BY n.taken_on DESC LIMIT {MOST_POINTS}",
        *(_PERIOD, _ORGANIZATION, _UNTIL, _PERIOD, visible(scope, "forecast_snapshot", "n")),
    ).statement()


async def points_of(db: Reader, viewer: Viewer, period: Period, until: datetime) -> list[Point]:
    """Of the viewer's organisation, oldest first; none for who sees only a part of its deals."""
    if scope_of(viewer) is VisibilityScope.OWN_AND_SHARED:
        return []
    statement = _statement(scope_of(viewer))
    slots = {
        **slots_of(viewer),
        _PERIOD.name: period.key,
        _ORGANIZATION.name: viewer.organization_id,
        _UNTIL.name: until,
    }
    rows = await db.fetch(statement.text, *statement.arguments(slots))
    return [read(row["taken_at"], orjson.loads(row["found"])) for row in reversed(rows)]


@jobs.periodic(cron="53 23 * * *")
@jobs.task(name="take_forecast_snapshots", queueing_lock="take_forecast_snapshots")
async def take_snapshots_every_night(timestamp: int) -> None:  # noqa: ARG001 # every periodic task is given its time
    await take_snapshots(database())
