"""The sums of a forecast as it stands, from roll-ups, with what has not been folded into them yet, and the few deals
that somebody sees beside those of the own organisation. Periods are whole months, as roll-ups are."""

from collections.abc import Collection
from functools import lru_cache

from app.analytics.rollups.shape import month
from app.database.sql import FALSE, Slot, Sql, Statement, all_of, sql
from app.deals.queries import conditions
from app.forecast.slots import FIRST, LAST
from app.identity.scopes import ORGANIZATION, USER, VisibilityScope
from app.identity.visibility import visible
from app.nouns.rollups import OF_ALL, OF_AN_OWNER, leads

_PARTIES = {"partner_id": "{r}.partner_id = {{}}", "owner_id": "{r}.owner_id = {{}}"}
ANSWERED = frozenset({"playbook_key", *_PARTIES})
"""Filters, by their names in `app.deals.queries`, that roll-ups have the columns for."""
_COUNTED = "{r}.status IN ('OPEN', 'WON')"
_PLAYBOOK = "s.playbook_id IN (SELECT fp.id FROM playbook fp WHERE fp.key = {})"


@lru_cache(maxsize=64)
def statement(scope: VisibilityScope, filters: frozenset[str]) -> Statement:
    """For filters of `ANSWERED`. Rows: those of `app.forecast.sums`."""
    by_party = bool(filters & _PARTIES.keys())
    level = OF_ALL if scope is VisibilityScope.EVERYTHING and not by_party else OF_AN_OWNER
    in_period = sql("BETWEEN {}::date AND {}::date", FIRST, LAST)
    kept = [
        sql(f"r.level = {level} AND {_COUNTED.format(r='r')} AND r.month {{}}", in_period),
        visible(scope, "deal_rollup", "r"),
        *_of(scope, "r", filters),
    ]
    noted = [
        sql(f"{_COUNTED.format(r='h')} AND {month('h')} {{}}", in_period),
        visible(scope, "rollup_change", "h"),
        *_of(scope, "h", filters),
    ]
    playbook = [sql(_PLAYBOOK, Slot("filter.playbook_key"))] if "playbook_key" in filters else []
    return sql(
        "SELECT nullif(c.currency, '') AS currency, c.status, CASE WHEN c.status = 'OPEN' AND c.category <> ''"
        " THEN c.category ELSE s.forecast_category END AS category, sum(c.deals)::bigint AS deals,"
        " sum(c.amount) AS amount, sum(c.amount * s.win_probability::numeric) AS weighted FROM ("
        "SELECT r.stage_id, r.status, r.currency, r.category, r.deals, r.amount FROM deal_rollup r WHERE {}"
        " UNION ALL SELECT h.stage_id, h.status, coalesce(h.currency, ''), coalesce(h.forecast_category, ''), h.sign,"
        "  h.sign * coalesce(h.amount, 0) FROM rollup_change h WHERE {}"
        " UNION ALL {}) c JOIN stage s ON s.id = c.stage_id WHERE {} GROUP BY 1, 2, 3 HAVING sum(c.deals) <> 0",
        *(all_of(kept), all_of(noted), _beside(scope, filters), all_of(playbook)),
    ).statement()


def _of(scope: VisibilityScope, row: str, filters: Collection[str]) -> list[Sql]:
    """Of whom the viewer leads, as far as filters want them."""
    wanted = [sql(text.format(r=row), Slot(f"filter.{name}")) for name, text in _PARTIES.items() if name in filters]
    return wanted if scope is VisibilityScope.EVERYTHING else [*wanted, leads(scope, sql(row))]


def _beside(scope: VisibilityScope, filters: Collection[str]) -> Sql:
    """Deals that the viewer sees though they are in no roll-ups that the viewer reads."""
    columns = (
        "o.stage_id, o.status, coalesce(o.currency, ''), coalesce(o.forecast_category, ''), 1, coalesce(o.amount, 0)"
    )
    if scope is VisibilityScope.EVERYTHING:
        return sql(f"SELECT {columns} FROM opportunity o WHERE {{}}", FALSE)  # noqa: S608
    few = (
        sql("SELECT vd.opportunity_id FROM deal_partner vd WHERE vd.partner_id = {}", ORGANIZATION)
        if scope is VisibilityScope.ORGANIZATION
        else sql("SELECT vs.opportunity_id FROM team_member vs WHERE vs.user_id = {}", USER)
    )
    given = conditions(scope, "o", lambda name: Slot(f"filter.{name}") if name in filters else None)
    return sql(
        f"SELECT {columns} FROM opportunity o WHERE {_COUNTED.format(r='o')} AND {month('o')} BETWEEN {{}}::date"  # noqa: S608
        " AND {}::date AND o.id IN ({}) AND {} AND ({}) IS NOT TRUE AND {}",
        *(FIRST, LAST, few, visible(scope, "opportunity", "o"), leads(scope, sql("o")), all_of(given)),
    )
