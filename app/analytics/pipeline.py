"""The pipeline: what a viewer's deals amount to, stage by stage. From roll-ups, where they have what is filtered by;
else from the deals themselves (`app.deals.pipeline`), of which either says the same."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.analytics.pipeline_statement import NOW, asks, statement
from app.database import Database
from app.deals.pipeline import Pipeline, StageTotals, Totals, pipeline_of_deals
from app.identity.scopes import scope_of, slots_of
from app.identity.viewer import Viewer


async def pipeline(db: Database, viewer: Viewer, filters: Mapping[str, object], at: datetime) -> Pipeline:
    """`filters` as `app.deals.queries` names them. One statement."""
    if not asks(filters):
        return await pipeline_of_deals(db, viewer, filters, at)
    found = statement(scope_of(viewer), frozenset(filters))
    slots = {**slots_of(viewer), **{f"filter.{name}": value for name, value in filters.items()}, NOW.name: at}
    stages: dict[UUID, StageTotals] = {}
    total = Totals()
    for row in await db.fetch(found.text, *found.arguments(slots)):
        stage = stages.setdefault(row["stage_id"], StageTotals())
        stage.median_days, stage.stalled = row["median_days"], row["stalled"]
        for totals in (stage, total):
            totals.count += row["deals"]
            if row["currency"] is not None:
                code = row["currency"]
                totals.amount[code] = totals.amount.get(code, Decimal(0)) + row["amount"]
                totals.weighted[code] = totals.weighted.get(code, Decimal(0)) + row["weighted"]
    total.stalled = sum(stage.stalled for stage in stages.values())
    return Pipeline(stages, total)
