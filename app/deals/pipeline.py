"""The pipeline, counted deal by deal: for filters that roll-ups can't answer (`app.analytics.pipeline`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from app.database import Database
from app.database.sql import Slot, Statement, sql
from app.deals.queries import matching, stalled
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import in_parts, visible

NOW = Slot("now")


@dataclass(slots=True)
class Totals:
    """`amount` and `weighted` (amount × win probability) by currency code; deals without an amount only count."""

    count: int = 0
    stalled: int = 0
    amount: dict[str, Decimal] = field(default_factory=dict)
    weighted: dict[str, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class StageTotals(Totals):
    """`median_days`: median age in the stage in days, fractions included, of its deals that are open."""

    median_days: float | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`stages`: those that hold deals, by playbook and position; one for all versions of a playbook, named by its id in
    the published version, or else in the newest that holds deals."""

    stages: dict[UUID, StageTotals]
    total: Totals


async def pipeline_of_deals(db: Database, viewer: Viewer, filters: Mapping[str, object], at: datetime) -> Pipeline:
    """`filters` as `app.deals.queries` names them. One statement."""
    statement = _statement(scope_of(viewer), frozenset(filters))
    slots = {**slots_of(viewer), **{f"filter.{name}": value for name, value in filters.items()}, NOW.name: at}
    stages: dict[UUID, StageTotals] = {}
    total = Totals()
    for row in await db.fetch(statement.text, *statement.arguments(slots)):
        found = stages.setdefault(row["stage_id"], StageTotals())
        if row["per_stage"]:
            found.median_days = row["median_days"]
            continue
        for totals in (found, total):
            totals.count += row["deals"]
            totals.stalled += row["stalled"]
            if row["currency"] is not None:
                code = row["currency"]
                totals.amount[code] = totals.amount.get(code, Decimal(0)) + row["amount"]
                totals.weighted[code] = totals.weighted.get(code, Decimal(0)) + row["weighted"]
    return Pipeline(stages, total)


@lru_cache(maxsize=256)
def _statement(scope: VisibilityScope, filters: frozenset[str]) -> Statement:
    def value(name: str) -> Slot | None:
        return Slot(f"filter.{name}") if name in filters else None

    seen = visible(scope, "opportunity", "o")
    return sql(
        # Sums are of a version's stage, whose probability they are weighted by; the median is of all versions'.
        "WITH line AS (SELECT s.*, p.key AS playbook, p.version, p.status = 'PUBLISHED' AND {} AS shown,"
        "  (dense_rank() OVER (ORDER BY p.key, s.key))::integer AS nth,"
        "  (row_number() OVER (ORDER BY p.key, s.key, p.version, s.id))::integer AS own_nth"
        "  FROM stage s JOIN playbook p ON p.id = s.playbook_id),"
        # By numbers, since they sort faster than ids.
        " found AS (SELECT s.nth, s.own_nth, o.currency, grouping(o.currency) = 1 AS per_stage, count(*) AS deals,"
        "  count(*) FILTER (WHERE {}) AS stalled, sum(o.amount) AS amount,"
        "  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM {}::timestamptz - o.entered_stage_at)"
        "  / 86400) FILTER (WHERE o.status = 'OPEN') AS median_days"
        "  FROM ({}) o JOIN line s ON s.id = o.stage_id WHERE {}"
        "  GROUP BY GROUPING SETS ((s.nth, s.own_nth, o.currency), (s.nth))),"
        " named AS (SELECT DISTINCT ON (s.nth) s.nth, s.id, s.playbook, s.position FROM line s"
        "  WHERE s.nth IN (SELECT f.nth FROM found f) AND (s.shown OR s.own_nth IN (SELECT f.own_nth FROM found f))"
        "  ORDER BY s.nth, s.shown DESC, s.version DESC)"
        " SELECT n.id AS stage_id, f.currency, f.per_stage, f.deals, f.stalled, f.amount, f.median_days,"
        " f.amount * s.win_probability::numeric AS weighted FROM found f JOIN named n ON n.nth = f.nth"
        " LEFT JOIN line s ON s.own_nth = f.own_nth ORDER BY n.playbook, n.position, n.id",
        visible(scope, "stage", "s"),
        stalled("o", "s", NOW),
        NOW,
        in_parts(
            scope, "opportunity", "o", lambda part: sql("SELECT o.* FROM opportunity o WHERE {} AND {}", part, seen)
        ),
        matching(scope, "o", "s", NOW, value),
    ).statement()
