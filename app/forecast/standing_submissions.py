"""Submissions about the deals of a forecast."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from app.database.sql import Slot, Statement, sql
from app.events.log import Reader
from app.forecast.standing_targets import whose_forecast
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.periods import Period

MOST = 20
_PARTNER, _OWNER, _KIND, _FIRST, _UNTIL = (
    Slot(f"submission.{name}") for name in ("partner", "owner", "kind", "first", "until")
)


@lru_cache(maxsize=4)
def _statement(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT f.id FROM forecast_submission f WHERE f.first_day = {} AND f.kind = {} AND f.submitted_at <= {}"  # noqa: S608
        " AND f.partner_id IS NOT DISTINCT FROM {}::uuid AND f.owner_id IS NOT DISTINCT FROM {}::uuid AND {}"
        f" ORDER BY f.submitted_at DESC, f.id DESC LIMIT {MOST}",
        *(_FIRST, _KIND, _UNTIL, _PARTNER, _OWNER, visible(scope, "forecast_submission", "f")),
    ).statement()


async def submissions_of(
    db: Reader, viewer: Viewer, period: Period, filters: Mapping[str, object], at: datetime
) -> list[UUID]:
    """Those for the period itself until then, newest first."""
    whose = whose_forecast(viewer, filters)
    if whose is None:
        return []
    statement = _statement(scope_of(viewer))
    slots = {
        **slots_of(viewer),
        _PARTNER.name: whose.partner_id,
        _OWNER.name: whose.owner_id,
        _KIND.name: period.kind.value,
        _FIRST.name: period.first,
        _UNTIL.name: at,
    }
    return [row["id"] for row in await db.fetch(statement.text, *statement.arguments(slots))]
