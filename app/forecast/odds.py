"""The chances of open deals, in PostgreSQL: as `app.forecast.model` says them, summed up as `Drawn` wants them."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from app.database.sql import Slot, Sql, Statement, sql
from app.forecast.model import (
    EARLY,
    LATE,
    OLDEST,
    ONE_BY_ONE,
    PRIOR,
    Basis,
    Drawn,
    Odds,
    StageRecord,
    Window,
    odds_by_age,
    odds_by_day,
    stage_chance,
)
from app.forecast.sources import source
from app.identity.scopes import VisibilityScope
from app.periods import Period

_TODAY, _FROM, _TO, _BORN = (Slot(f"odds.{name}") for name in ("today", "from", "to", "born"))
_DAY_SHARE, _DAY_RATIO, _AGE_SHARE, _AGE_RATIO = (
    Slot(f"odds.{name}") for name in ("day_share", "day_ratio", "age_share", "age_ratio")
)
_PLAYBOOKS, _STAGES, _CLOSED, _WON = (Slot(f"odds.{name}") for name in ("playbooks", "stages", "closed", "won"))


def window_of(period: Period, today: date) -> Window:
    return Window(max(0, (period.first - today).days), (period.last - today).days)


class Both(NamedTuple):
    """Odds of a period: `by_day` of deals with an expected day, `by_age` of others."""

    by_day: Odds
    by_age: Odds


def both(basis: Basis, period: Period, today: date) -> Both:
    window = window_of(period, today)
    return Both(odds_by_day(basis, window), odds_by_age(basis, window))


def slots(basis: Basis, odds: Both, today: date) -> dict[str, object]:
    day, age = odds
    reached = [nth for nth, share in enumerate(day.share) if share > 0] or [0]
    born = [nth for nth, share in enumerate(age.share) if share > 0] or [0]
    # A deal whose day is further away than these counts as one at the edge.
    begin = date.min if reached[0] == 0 else today + timedelta(EARLY + reached[0])
    end = date.max if reached[-1] == LATE - EARLY else today + timedelta(EARLY + reached[-1])
    keys = list(basis.stages)
    return {
        _TODAY.name: today,
        _FROM.name: begin,
        _TO.name: end,
        _BORN.name: date.min if born[-1] == OLDEST else today - timedelta(born[-1]),
        _DAY_SHARE.name: day.share,
        _DAY_RATIO.name: day.ratio,
        _AGE_SHARE.name: age.share,
        _AGE_RATIO.name: age.ratio,
        _PLAYBOOKS.name: [playbook for playbook, _ in keys],
        _STAGES.name: [stage for _, stage in keys],
        _CLOSED.name: [basis.stages[key].closed for key in keys],
        _WON.name: [basis.stages[key].won for key in keys],
    }


_PLACE = (
    "SELECT ps.id, ps.win_probability AS stated, ps.forecast_category, pp.key AS playbook_key, ps.key AS stage_key,"  # noqa: S608
    " coalesce(k.closed, 0) AS closed, coalesce(k.won, 0) AS won,"
    f" (coalesce(k.won, 0) + {PRIOR} * ps.win_probability) / (coalesce(k.closed, 0) + {PRIOR}) AS p"
    " FROM stage ps JOIN playbook pp ON pp.id = ps.playbook_id LEFT JOIN unnest({}::text[], {}::text[],"
    " {}::integer[], {}::integer[]) AS k(playbook_key, stage_key, closed, won)"
    " ON k.playbook_key = pp.key AND k.stage_key = ps.key"
)
PLACE = sql(_PLACE, _PLAYBOOKS, _STAGES, _CLOSED, _WON)
"""Stages `ps` of playbooks `pp`, with what closed deals tell of them: `p`, the chance of a deal there."""
_BY_DAY = f"greatest(least(d.expected_close_date - {{}}::date, {LATE}), {EARLY}) - {EARLY} + 1"
_BY_AGE = f"greatest(least({{}}::date - (d.created_at AT TIME ZONE 'UTC')::date, {OLDEST}), 0) + 1"


def share() -> Sql:
    """Of a deal `d`, as of `Odds`."""
    return _of_day_or_age(_DAY_SHARE, _AGE_SHARE)


def ratio() -> Sql:
    return _of_day_or_age(_DAY_RATIO, _AGE_RATIO)


def _of_day_or_age(by_day: Slot, by_age: Slot) -> Sql:
    return sql(
        "CASE WHEN d.expected_close_date IS NOT NULL THEN ({}::float8[])[{}] ELSE ({}::float8[])[{}] END",
        *(by_day, sql(_BY_DAY, _TODAY), by_age, sql(_BY_AGE, _TODAY)),
    )


@lru_cache(maxsize=128)
def statement(scope: VisibilityScope, filters: frozenset[str], past: bool) -> Statement:
    """A row for each stage and currency, and one for each of the largest deals of a currency."""
    found = source(scope, filters, past=past)
    condition = sql(
        "d.status = 'OPEN' AND d.amount > 0 AND (d.expected_close_date BETWEEN {}::date AND {}::date"
        " OR d.expected_close_date IS NULL AND d.created_at >= {}::date)",
        *(_FROM, _TO, _BORN),
    )
    return sql(
        "WITH place AS MATERIALIZED ({}), odds AS MATERIALIZED ("  # noqa: S608
        " SELECT d.currency, d.stage_id, d.amount::float8 AS amount, {} AS share, {} AS ratio"
        f" FROM {{}} WHERE ({found.category}) <> 'OMITTED'), chance AS MATERIALIZED ("
        " SELECT o.currency, o.stage_id, o.amount,"
        " CASE WHEN p.p > 0 THEN o.share / (1 + (1 / p.p - 1) * o.ratio) ELSE 0 END AS won"
        " FROM odds o JOIN place p ON p.id = o.stage_id)"
        " SELECT FALSE AS one, c.currency, p.playbook_key, p.stage_key, p.stated, p.closed, p.won AS was_won,"
        " sum(c.amount * c.won) AS amount, sum(c.amount * c.amount * c.won * (1 - c.won)) AS won"
        " FROM chance c JOIN place p ON p.id = c.stage_id GROUP BY 2, 3, 4, 5, 6, 7"
        " UNION ALL SELECT TRUE, k.currency, NULL, NULL, NULL, NULL, NULL, l.amount, l.won"
        " FROM (SELECT DISTINCT currency FROM chance) k CROSS JOIN LATERAL (SELECT c.amount, c.won FROM chance c"
        " WHERE c.currency = k.currency AND c.won > 0"
        f" ORDER BY c.amount * c.amount * c.won * (1 - c.won) DESC, c.amount DESC LIMIT {ONE_BY_ONE}) l"
        " ORDER BY 2, 8, 9",
        *(PLACE, share(), ratio()),
        found.deals(condition),
    ).statement()


def read(rows: Iterable[Mapping[str, Any]]) -> dict[str, Drawn]:
    """By currency, from what `statement` gives."""
    found: dict[str, Drawn] = {}
    for row in rows:
        drawn = found.setdefault(row["currency"], Drawn())
        amount, won = row["amount"], row["won"]
        if row["one"]:
            drawn.largest.append((amount, won))
            drawn.mean -= amount * won
            drawn.variance -= amount * amount * won * (1 - won)
            continue
        drawn.mean += amount
        drawn.variance += won
        stage, variance = stage_chance(row["stated"], StageRecord(row["closed"], row["was_won"]))
        if stage > 0:
            drawn.shared += (amount / stage) ** 2 * variance
    for drawn in found.values():  # what is left of a difference of equal sums
        drawn.mean, drawn.variance = max(0.0, drawn.mean), max(0.0, drawn.variance)
    return found
