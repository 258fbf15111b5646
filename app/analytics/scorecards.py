"""Partners' scorecards: what came of their deals and registrations in a period, and how well their open deals are kept.

Of the deals that the viewer sees. Won and lost deals count by the day they were closed on, registrations by the day
they were submitted on; what is open counts as it stands, whatever the period.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.database.sql import Slot, Sql, Statement, all_of, sql
from app.deals.queries import stalled
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible

SILENT_DAYS = 30
"""A deal of which nothing has changed for so long is silent."""
_PARTNERS, _NOW = Slot("partners"), Slot("now")
_FROM, _BEFORE = Slot("period.from"), Slot("period.before")


@dataclass(slots=True)
class Scorecard:
    """`deals` were created in the period. `approved` of the `decided` registrations were. Of the `open` deals: without
    a next step, past their close date, silent, without an amount, stalled."""

    deals: int = 0
    open: int = 0
    won: int = 0
    lost: int = 0
    median_cycle_days: float | None = None
    registrations: int = 0
    decided: int = 0
    approved: int = 0
    stalled: int = 0
    no_next_step: int = 0
    close_date_passed: int = 0
    silent: int = 0
    no_amount: int = 0
    open_amount: dict[str, Decimal] = field(default_factory=dict)
    won_amount: dict[str, Decimal] = field(default_factory=dict)


def _within(column: str) -> Sql:
    return sql(
        f"({column} >= coalesce({{}}::timestamptz, '-infinity')"
        f" AND {column} < coalesce({{}}::timestamptz, 'infinity'))",
        *(_FROM, _BEFORE),
    )


@lru_cache(maxsize=8)
def _deals(scope: VisibilityScope) -> Statement:
    closed = _within("o.closed_at")
    cycle = "extract(epoch FROM o.closed_at - o.created_at) / 86400"
    return sql(
        "WITH deal AS (SELECT o.*, o.status = 'OPEN' AS is_open, o.status = 'WON' AND {} AS is_won,"
        "  o.status = 'LOST' AND {} AS is_lost, {} AS is_new, {} AS is_stalled,"
        "  ({}::timestamptz AT TIME ZONE 'UTC')::date AS today,"
        "  {}::timestamptz - o.updated_at > interval '{} days' AS is_silent"
        "  FROM opportunity o JOIN stage s ON s.id = o.stage_id WHERE {}),"
        " amounts AS (SELECT partner_id,"
        "  jsonb_object_agg(currency, open::text) FILTER (WHERE open IS NOT NULL) AS open,"
        "  jsonb_object_agg(currency, won::text) FILTER (WHERE won IS NOT NULL) AS won"
        "  FROM (SELECT partner_id, currency, sum(amount) FILTER (WHERE is_open) AS open,"
        "   sum(amount) FILTER (WHERE is_won) AS won"
        "   FROM deal WHERE currency IS NOT NULL GROUP BY 1, 2) s GROUP BY 1)"
        " SELECT o.partner_id, count(*) FILTER (WHERE is_new) AS deals, count(*) FILTER (WHERE is_open) AS open,"
        " count(*) FILTER (WHERE is_won) AS won, count(*) FILTER (WHERE is_lost) AS lost,"
        f" percentile_cont(0.5) WITHIN GROUP (ORDER BY {cycle}) FILTER (WHERE is_won) AS median_cycle_days,"
        " count(*) FILTER (WHERE is_stalled) AS stalled,"
        " count(*) FILTER (WHERE is_open AND coalesce(btrim(next_step), '') = '') AS no_next_step,"
        " count(*) FILTER (WHERE is_open AND expected_close_date < today) AS close_date_passed,"
        " count(*) FILTER (WHERE is_open AND is_silent) AS silent,"
        " count(*) FILTER (WHERE is_open AND amount IS NULL) AS no_amount,"
        " (min(a.open::text)) AS open_amount, (min(a.won::text)) AS won_amount"
        " FROM deal o LEFT JOIN amounts a ON a.partner_id = o.partner_id GROUP BY o.partner_id",
        *(closed, closed, _within("o.created_at"), stalled("o", "s", _NOW), _NOW, _NOW, sql(str(SILENT_DAYS))),
        all_of([sql("o.partner_id = ANY ({}::uuid[])", _PARTNERS), visible(scope, "opportunity", "o")]),
    ).statement()


@lru_cache(maxsize=8)
def _registrations(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT r.partner_id, count(*) AS registrations, count(*) FILTER (WHERE r.approved_at IS NOT NULL) AS approved,"
        " count(*) FILTER (WHERE r.approved_at IS NOT NULL OR r.status = 'REJECTED') AS decided"
        " FROM deal_registration r WHERE {} GROUP BY r.partner_id",
        all_of(
            [
                sql("r.partner_id = ANY ({}::uuid[])", _PARTNERS),
                visible(scope, "deal_registration", "r"),
                _within("r.submitted_at"),
            ]
        ),
    ).statement()


async def scorecards(
    db: Reader,
    viewer: Viewer,
    partner_ids: Sequence[UUID],
    at: datetime,
    since: datetime | None = None,
    before: datetime | None = None,
) -> Mapping[UUID, Scorecard]:
    """Of every partner that is named. The period begins at `since` and ends before `before`; None: without an end."""
    scope = scope_of(viewer)
    slots = {
        **slots_of(viewer),
        _PARTNERS.name: list(partner_ids),
        _NOW.name: at,
        _FROM.name: since,
        _BEFORE.name: before,
    }
    found = {partner_id: Scorecard() for partner_id in partner_ids}
    for statement in (_deals(scope), _registrations(scope)):
        for row in await db.fetch(statement.text, *statement.arguments(slots)):
            _fill(found[row["partner_id"]], row)
    return found


def _fill(card: Scorecard, row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        if name in ("open_amount", "won_amount"):
            amounts: Mapping[str, str] = orjson.loads(value or "{}")
            setattr(card, name, {code: Decimal(amount) for code, amount in amounts.items()})
        elif name != "partner_id":
            setattr(card, name, value)
