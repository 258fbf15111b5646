"""The chances of the vendor's open deals, from roll-ups: as `app.forecast.odds` sums them up deal by deal, to within a
part of a per cent of each deal's chance (`app.forecast.spans.TOLERANCE`).

What hasn't been folded into roll-ups yet is added. The deals that are drawn one by one are looked for among the
`LARGEST` of a currency.
"""

from collections.abc import Collection
from datetime import date
from functools import lru_cache

from app.analytics.rollups.shape import expected
from app.database.sql import TRUE, Slot, Sql, Statement, sql
from app.forecast import odds
from app.forecast.model import EARLY, ONE_BY_ONE
from app.forecast.spans import TOLERANCE, Span, by_expected_day, by_first_day, spans
from app.identity.scopes import VisibilityScope
from app.identity.visibility import visible

ANSWERED = frozenset({"playbook_key"})
"""Filters, by their names in `app.deals.queries`, that roll-ups have the columns for."""
LARGEST = 100

_EPOCH = date(1970, 1, 1)
_SPANS = tuple(Slot(f"spans.{name}") for name in Span._fields)
_TYPES = ("smallint[]", "boolean[]", "integer[]", "integer[]", *("float8[]",) * 4)


def answers(scope: VisibilityScope, filters: Collection[str]) -> bool:
    return scope is VisibilityScope.EVERYTHING and ANSWERED.issuperset(filters)


def slots(found: odds.Both, today: date, tolerance: float = TOLERANCE) -> dict[str, object]:
    """Beside those of `app.forecast.odds`."""
    number = (today - _EPOCH).days
    read = [
        *spans(by_expected_day(found.by_day, number, EARLY), dated=True, tolerance=tolerance),
        *spans(by_first_day(found.by_age, number), dated=False, tolerance=tolerance),
    ]
    columns = zip(*read, strict=True) if read else ((),) * len(_SPANS)
    return {slot.name: list(column) for slot, column in zip(_SPANS, columns, strict=True)}


# Each chance once: not wherever the sums have it.
_KEPT = """
SELECT c.currency, c.stage_id, c.amount_float * c.won + c.amount_days_float * (c.last_won - c.won) / 6 AS amount,
  c.squares_float * c.won * (1 - c.won)
    + c.square_days_float * (c.last_won * (1 - c.last_won) - c.won * (1 - c.won)) / 6 AS won, c.deals
FROM (SELECT r.*, n.share / (1 + p.against * n.ratio) AS won, n.last_share / (1 + p.against * n.last_ratio) AS last_won
  FROM span n CROSS JOIN LATERAL (SELECT r.currency, r.stage_id, r.by_hand, r.deals, r.amount_float, r.squares_float,
      r.amount_days_float, r.square_days_float FROM expected_rollup r
    WHERE r.days = n.days AND r.dated = n.dated AND r.first_day BETWEEN n.begins AND n.until AND {} OFFSET 0) r
  JOIN place p ON p.id = r.stage_id AND (r.by_hand OR p.forecast_category <> 'OMITTED') OFFSET 0) c
"""
_NOTED = f"""
SELECT h.currency, h.stage_id, h.sign * h.amount * h.won, h.sign * h.amount * h.amount * h.won * (1 - h.won),
  CASE WHEN h.won > 0 THEN h.sign ELSE 0 END
FROM (SELECT d.sign, d.currency, d.stage_id, d.amount::float8 AS amount, {{}} AS won FROM rollup_change d
  JOIN place p ON p.id = d.stage_id AND (d.forecast_category IS NOT NULL OR p.forecast_category <> 'OMITTED')
  WHERE {expected("d")} AND {{}} OFFSET 0) h
"""  # noqa: S608
_LARGEST = f"""
SELECT k.currency, l.amount, l.won FROM (SELECT DISTINCT currency FROM summed) k CROSS JOIN LATERAL (
  SELECT o.amount, o.won FROM (
    SELECT d.amount::float8 AS amount, {{}} AS won FROM (
      SELECT d.* FROM opportunity d WHERE d.status = 'OPEN' AND d.amount > 0 AND d.currency = k.currency
        AND {{}} AND {{}} ORDER BY d.amount DESC LIMIT {LARGEST}) d
    JOIN place p ON p.id = d.stage_id AND coalesce(d.forecast_category, p.forecast_category) <> 'OMITTED' OFFSET 0) o
  WHERE o.won > 0 ORDER BY o.amount * o.amount * o.won * (1 - o.won) DESC, o.amount DESC LIMIT {ONE_BY_ONE}) l
"""  # noqa: S608


@lru_cache(maxsize=16)
def statement(scope: VisibilityScope, filters: frozenset[str]) -> Statement:
    """Rows: those of `app.forecast.odds`."""
    of_playbook = "playbook_key" in filters
    key = Slot("filter.playbook_key")
    place = sql("{} WHERE pp.key = {}", odds.PLACE, key) if of_playbook else odds.PLACE
    only = sql("d.stage_id IN (SELECT p.id FROM place p)") if of_playbook else TRUE
    chance = _chance()
    unnested = sql(", ".join(f"{{}}::{type}" for type in _TYPES), *_SPANS)
    return sql(
        "WITH place AS MATERIALIZED (SELECT p.*, 1 / p.p - 1 AS against FROM ({}) p WHERE p.p > 0), span AS ("  # noqa: S608
        f"SELECT * FROM unnest({{}}) AS n({', '.join(Span._fields)})),"
        " summed AS MATERIALIZED (SELECT c.currency, c.stage_id, sum(c.amount) AS amount, sum(c.won) AS won"
        # Where all deals have gone, what is left of a difference of equal sums isn't an amount.
        " FROM ({} UNION ALL {}) c GROUP BY 1, 2 HAVING sum(c.deals) > 0)"
        " SELECT FALSE AS one, c.currency, p.playbook_key, p.stage_key, p.stated, p.closed, p.won AS was_won,"
        " c.amount, c.won FROM summed c JOIN place p ON p.id = c.stage_id"
        " UNION ALL SELECT TRUE, l.currency, NULL, NULL, NULL, NULL, NULL, l.amount, l.won FROM ({}) l"
        " ORDER BY 2, 8, 9",
        *(place, unnested),
        sql(_KEPT, visible(scope, "expected_rollup", "r")),
        sql(_NOTED, chance, visible(scope, "rollup_change", "d")),
        sql(_LARGEST, chance, visible(scope, "opportunity", "d"), only),
    ).statement()


def _chance() -> Sql:
    """Of one deal `d` in its stage `p`."""
    return sql("({} / (1 + p.against * {}))", odds.share(), odds.ratio())
