"""Outcomes of the deals of a cohort: won and lost, by month, by reason, by group, and the time that it took to win."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.analytics.cohort import Cohort, deals, read, with_tables
from app.analytics.stages import Places
from app.database.sql import Statement, sql
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.vocabulary import AnalyticsGroupBy as GroupBy

MOST_GROUPS = 1_000


@dataclass(slots=True)
class Days:
    """Of a number of lengths in days: minimum, 20th percentile, median, 80th, 95th and maximum, by linear
    interpolation; None of none."""

    of: int = 0
    mean: float | None = None
    points: Sequence[float] | None = None


@dataclass(slots=True)
class Outcomes:
    won: int = 0
    lost: int = 0
    open: int = 0
    cycle: Days = field(default_factory=Days)
    won_amount: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """`key`, `label`: None of deals that were lost without a reason. `amount` by currency."""

    playbook_key: str
    key: str | None
    label: str | None
    count: int
    amount: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Group:
    """`key`: None of deals that belong to none, and of groups by partner or owner, which are named by their id."""

    key: str | None
    partner_id: UUID | None
    owner_id: UUID | None
    outcomes: Outcomes


# Decades of the amount in its own currency; 0 stands by itself.
_BAND = (
    "d.currency || ' ' || CASE WHEN d.amount IS NULL THEN NULL WHEN d.amount < 1 THEN '0'"
    " ELSE trunc(power(10::numeric, floor(log(d.amount))))::text END"
)
_NO_KEY, _NOBODY = "NULL::text", "NULL::uuid"
_OF_PARTNER = ("organization", "g", "LEFT JOIN organization g ON g.id = d.partner_id AND {}")
_OF_ACCOUNT = ("account", "a", "LEFT JOIN account a ON a.id = d.account_id AND {}")
_KEYS = {
    GroupBy.PARTNER: (_NO_KEY, "d.partner_id", _NOBODY, None),
    GroupBy.OWNER: (_NO_KEY, _NOBODY, "d.owner_id", None),
    GroupBy.SOURCE: ("d.source", _NOBODY, _NOBODY, None),
    GroupBy.SIZE_BAND: (_BAND, _NOBODY, _NOBODY, None),
    GroupBy.TIER: ("g.tier", _NOBODY, _NOBODY, _OF_PARTNER),
    GroupBy.REGION: ("g.region", _NOBODY, _NOBODY, _OF_PARTNER),
    GroupBy.INDUSTRY: ("lower(a.industry)", _NOBODY, _NOBODY, _OF_ACCOUNT),
}
"""Key, partner, owner, and what they are joined from, as far as the viewer sees it today."""
_DAYS = "(extract(epoch FROM d.closed_at - d.created_at) * 1000000)::float8 / 86400000000"
_COUNTS = """
  count(*) FILTER (WHERE d.status = 'WON') AS won, count(*) FILTER (WHERE d.status = 'LOST') AS lost,
  count(*) FILTER (WHERE d.status = 'OPEN') AS open
"""
# A mean of whole numbers, since one of float8 depends on the order in which they are read.
_MICROSECONDS = "(extract(epoch FROM d.closed_at - d.created_at) * 1000000)::bigint"
_CYCLE = f"""
  (avg({_MICROSECONDS}) FILTER (WHERE d.status = 'WON'))::float8 / 86400000000 AS mean,
  to_jsonb(percentile_cont(ARRAY[0, 0.2, 0.5, 0.8, 0.95, 1]::float8[]) WITHIN GROUP (ORDER BY {_DAYS})
    FILTER (WHERE d.status = 'WON'))::text AS points
"""
_SUMS = "jsonb_object_agg(currency, amount::text) FILTER (WHERE currency IS NOT NULL)::text AS amounts"


@lru_cache(maxsize=512)
def _grouped(scope: VisibilityScope, names: frozenset[str], past: bool, by: GroupBy | None) -> Statement:
    key, partner, owner, of = (_NO_KEY, _NOBODY, _NOBODY, None) if by is None else _KEYS[by]
    cell = f"({key}) AS key, ({partner}) AS partner, ({owner}) AS owner"
    joins = sql("") if of is None else sql(of[2], visible(scope, of[0], of[1]))
    return (
        with_tables(deals(scope, names, past))
        + sql(
            f"SELECT c.*, w.amounts FROM (SELECT {cell}, count(*) AS deals, {_COUNTS}, {_CYCLE}"
            f" FROM deal d {{}} GROUP BY 1, 2, 3) c LEFT JOIN (SELECT key, partner, owner, {_SUMS}"
            f" FROM (SELECT {cell}, d.currency, sum(d.amount) AS amount"
            " FROM deal d {} WHERE d.status = 'WON' GROUP BY 1, 2, 3, 4) s"
            " GROUP BY 1, 2, 3) w ON (w.key, w.partner, w.owner) IS NOT DISTINCT FROM (c.key, c.partner, c.owner)"
            " ORDER BY c.deals DESC, c.key, c.partner, c.owner LIMIT {}",
            *(joins, joins, MOST_GROUPS),
        )
    ).statement()


async def outcomes(
    db: Reader, viewer: Viewer, places: Places, cohort: Cohort, by: GroupBy | None = None
) -> list[Group]:
    """By group, most deals first; one of all without `by`."""
    statement = _grouped(scope_of(viewer), cohort.names, cohort.past, by)
    rows = await read(db, viewer, places, cohort, statement)
    return [Group(row["key"], row["partner"], row["owner"], _outcomes(row)) for row in rows]


def _outcomes(row: Mapping[str, Any]) -> Outcomes:
    points = orjson.loads(row["points"]) if row["points"] else None
    amounts: Mapping[str, str] = orjson.loads(row["amounts"]) if row["amounts"] else {}
    won_amount = {code: Decimal(amount) for code, amount in amounts.items()}
    return Outcomes(row["won"], row["lost"], row["open"], Days(row["won"], row["mean"], points), won_amount)


@dataclass(frozen=True, slots=True)
class Month:
    """Deals closed in a month in UTC, called by its first day. `won_amount` by currency."""

    month: date
    won: int
    lost: int
    won_amount: Mapping[str, Decimal]


@lru_cache(maxsize=256)
def _monthly(scope: VisibilityScope, names: frozenset[str], past: bool) -> Statement:
    return (
        with_tables(deals(scope, names, past))
        + sql(
            "SELECT month, sum(won)::bigint AS won, sum(lost)::bigint AS lost,"
            " jsonb_object_agg(currency, amount::text) FILTER (WHERE currency IS NOT NULL AND amount IS NOT NULL)::text"
            " AS amounts FROM (SELECT date_trunc('month', d.closed_at, 'UTC')::timestamptz AT TIME ZONE 'UTC' AS month,"
            f" d.currency, {_COUNTS}, sum(d.amount) FILTER (WHERE d.status = 'WON') AS amount FROM deal d"
            " WHERE d.status <> 'OPEN' GROUP BY 1, 2) m GROUP BY month ORDER BY month"
        )
    ).statement()


async def months(db: Reader, viewer: Viewer, places: Places, cohort: Cohort) -> list[Month]:
    """Those in which a deal was closed, oldest first."""
    statement = _monthly(scope_of(viewer), cohort.names, cohort.past)
    rows = await read(db, viewer, places, cohort, statement)
    return [
        Month(
            row["month"].date(),
            row["won"],
            row["lost"],
            {code: Decimal(amount) for code, amount in orjson.loads(row["amounts"] or "{}").items()},
        )
        for row in rows
    ]


@lru_cache(maxsize=256)
def _reasons(scope: VisibilityScope, names: frozenset[str], past: bool) -> Statement:
    return (
        with_tables(deals(scope, names, past))
        + sql(
            ", lost AS (SELECT p.key AS playbook_key, d.close_reason_key AS key, d.currency, count(*) AS n,"
            " sum(d.amount) AS amount, max(d.playbook_id::text) AS book"
            " FROM deal d JOIN playbook p ON p.id = d.playbook_id WHERE d.status = 'LOST' GROUP BY 1, 2, 3)"
            " SELECT l.playbook_key, l.key, sum(l.n)::bigint AS n,"
            " jsonb_object_agg(l.currency, l.amount::text) FILTER (WHERE l.currency IS NOT NULL)::text AS amounts,"
            " (SELECT r.label FROM playbook p, jsonb_to_recordset(p.close_reasons) AS r(key text, label text)"
            "  WHERE p.key = l.playbook_key AND r.key = l.key AND EXISTS"
            "  (SELECT FROM deal d WHERE d.playbook_id = p.id AND d.close_reason_key = l.key)"
            "  ORDER BY p.version DESC LIMIT 1) AS label"
            " FROM lost l GROUP BY l.playbook_key, l.key ORDER BY n DESC, l.playbook_key, l.key LIMIT {}",
            MOST_GROUPS,
        )
    ).statement()


async def loss_reasons(db: Reader, viewer: Viewer, places: Places, cohort: Cohort) -> list[Reason]:
    """Most frequent first. A reason is called as the newest version of its playbook calls it on which a deal was lost
    for it."""
    statement = _reasons(scope_of(viewer), cohort.names, cohort.past)
    rows = await read(db, viewer, places, cohort, statement)
    return [
        Reason(
            row["playbook_key"],
            row["key"],
            row["label"],
            row["n"],
            {code: Decimal(amount) for code, amount in orjson.loads(row["amounts"] or "{}").items()},
        )
        for row in rows
    ]
