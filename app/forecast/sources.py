"""SQL of the deals that a forecast is made of: as they stand, or as they stood at a moment of the past."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from app.analytics.history import among_then, deals_as_of, ever_led, seen_then
from app.database.sql import Slot, Sql, all_of, sql
from app.deals.queries import conditions, forecast_category
from app.identity.scopes import VisibilityScope
from app.identity.viewer import Viewer
from app.identity.visibility import in_parts, visible

AT = Slot("history.at")
"""As `app.analytics.history` calls it."""
CLOSED_SINCE, CLOSED_UNTIL = Slot("closed.since"), Slot("closed.until")
OF_THE_VIEWER = frozenset({"my_partners", "others"})
FILTERS = frozenset({"partner_id", "owner_id", "playbook_key", "industry", "sources", *OF_THE_VIEWER})
"""Of `app.deals.queries`, those that can be asked of the past as well."""


def said(viewer: Viewer, filters: Mapping[str, object]) -> tuple[object, ...]:
    """What tells filters apart: some speak of the viewer in person."""
    return (repr(sorted(filters.items())), viewer.user_id if OF_THE_VIEWER & filters.keys() else None)


class Source(NamedTuple):
    """`deals(condition)`: those of the viewer's that fulfil the filters and it, called `d` in both, joined with their
    stage `s`. `category`: of one; `closed_at`: when a closed one closed."""

    deals: Callable[[Sql], Sql]
    category: str
    closed_at: str


def source(scope: VisibilityScope, filters: Collection[str], *, past: bool, among: Sql | None = None) -> Source:
    """`filters`: names of those that are given, in slots `filter.NAME`. `among`: ids of deals of the past, among which
    all are that are looked for; no others of the vendor's are read."""
    unknown = set(filters) - FILTERS
    if unknown:
        raise ValueError(f"forecasts have no filter {', '.join(sorted(unknown))}")
    return _past(scope, filters, among) if past else _present(scope, filters)


def _wanted(scope: VisibilityScope, filters: Collection[str]) -> list[Sql]:
    return list(conditions(scope, "d", lambda name: Slot(f"filter.{name}") if name in filters else None))


def _present(scope: VisibilityScope, filters: Collection[str]) -> Source:
    always = [visible(scope, "opportunity", "d"), *_wanted(scope, filters)]

    def deals(condition: Sql) -> Sql:
        def select(part: Sql) -> Sql:
            return sql("SELECT d.* FROM opportunity d WHERE {}", all_of([part, *always, condition]))

        return sql("({}) d JOIN stage s ON s.id = d.stage_id", in_parts(scope, "opportunity", "d", select))

    return Source(deals, forecast_category("d", "s"), "d.closed_at")


def _past(scope: VisibilityScope, filters: Collection[str], looked_for: Sql | None) -> Source:
    always = [seen_then(scope, "d"), *_wanted(scope, filters)]
    among = among_then(scope)
    if among is None:
        among = ever_led(Slot("filter.partner_id")) if "partner_id" in filters else looked_for

    def deals(condition: Sql) -> Sql:
        chosen = sql("SELECT d.* FROM {} d WHERE {}", deals_as_of(among=among), all_of([*always, condition]))
        return sql("({}) d JOIN stage s ON s.id = d.stage_id", chosen)

    return Source(deals, "d.forecast_category", "d.entered_stage_at")


_SAID = (
    ", CASE WHEN c.at IS NULL THEN d.expected_close_date ELSE c.before::date END AS said",
    " LEFT JOIN LATERAL (SELECT c.at, c.before FROM field_change c WHERE c.opportunity_id = d.id"
    " AND c.field = 'expectedCloseDate' AND c.known AND c.at > d.created_at + (d.closed_at - d.created_at) / 2"
    " ORDER BY c.at, c.nth LIMIT 1) c ON TRUE",
)


def closed_deals(scope: VisibilityScope, filters: Collection[str], *, dated: bool = False) -> Sql:
    """Those of the viewer's that were closed between the slots `CLOSED_SINCE` and `CLOSED_UNTIL`. `dated`: with the day
    on which they were expected to close when they were half as old, `said`."""
    day, changes = _SAID if dated else ("", "")

    def select(part: Sql) -> Sql:
        closed = sql("d.status <> 'OPEN' AND d.closed_at >= {} AND d.closed_at < {}", CLOSED_SINCE, CLOSED_UNTIL)
        seen = [part, visible(scope, "opportunity", "d"), *_wanted(scope, filters), closed]
        return sql(
            f"SELECT d.id, d.status, d.amount, d.currency, d.created_at, d.closed_at{day} FROM opportunity d{changes}"  # noqa: S608
            " WHERE {}",
            all_of(seen),
        )

    return sql("({})", in_parts(scope, "opportunity", "d", select))
