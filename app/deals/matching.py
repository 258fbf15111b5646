"""Whether one deal is among those that filters let through."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from app.database.sql import Slot, Statement, all_of, sql
from app.deals.queries import matching
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible

NOW, DEAL = Slot("now"), Slot("deal")


async def is_among(
    db: Reader, viewer: Viewer, filters: Mapping[str, object], opportunity_id: UUID, at: datetime
) -> bool:
    """`filters` as `app.deals.queries` names them. False, too, for a deal that the viewer doesn't see."""
    statement = _statement(scope_of(viewer), frozenset(filters))
    slots = {**slots_of(viewer), **{f"filter.{name}": value for name, value in filters.items()}}
    row = await db.fetchrow(statement.text, *statement.arguments({**slots, NOW.name: at, DEAL.name: opportunity_id}))
    return row is not None


@lru_cache(maxsize=256)
def _statement(scope: VisibilityScope, filters: frozenset[str]) -> Statement:
    def value(name: str) -> Slot | None:
        return Slot(f"filter.{name}") if name in filters else None

    return sql(
        "SELECT 1 FROM opportunity o JOIN stage s ON s.id = o.stage_id WHERE o.id = {}::uuid AND {}",
        DEAL,
        all_of([visible(scope, "opportunity", "o"), matching(scope, "o", "s", NOW, value)]),
    ).statement()
