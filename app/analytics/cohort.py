"""The deals that figures are of, as they stood at a moment, and their stays: common table expressions.

    place   every stage (`app.analytics.stages`)
    deal    the viewer's deals that match, with their status, closing and stage at that moment
    move    their moves, one after the other
    visit   their stays in open stages

Status and stage are taken from the deals' transitions, so a moment of the past is answered like the present. Owner,
partner, amount and customer are those of today. A deal that is taken to another version or playbook and stands in the
stage of the same key there has not left it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from app.analytics.stages import PLAYBOOKS
from app.database.sql import Slot, Sql, all_of, joined, sql
from app.deals.queries import conditions
from app.identity.scopes import VisibilityScope
from app.identity.visibility import in_parts, visible

AS_OF = Slot("as_of")
_OF_PARTNERS = {
    "region": "lower(fg.region) = lower({}::text)",
    "tiers": "fg.tier = ANY ({}::text[])",
}


@dataclass(frozen=True, slots=True)
class Cohort:
    """`filters`: of deals, as `app.deals.queries` names them, and `region` and `tiers` of their partners.
    `entered_from`, `entered_before`: stays that began then. `closed_from`, `closed_before`: deals that were closed
    then. `past`: the moment is one of the past."""

    filters: Mapping[str, object]
    as_of: datetime
    past: bool = False

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.filters)

    @property
    def slots(self) -> dict[str, object]:
        return {AS_OF.name: self.as_of, **{f"filter.{name}": value for name, value in self.filters.items()}}


OF_STAYS = frozenset({"entered_from", "entered_before"})
_OF_CLOSING = {"closed_from": "d.closed_at >= {}", "closed_before": "d.closed_at < {}"}


def slot(name: str) -> Slot:
    return Slot(f"filter.{name}")


@lru_cache(maxsize=256)
def deals(scope: VisibilityScope, names: frozenset[str], past: bool, *, moving: bool = False) -> Sql:
    """`deal`: columns of `opportunity`, and a number `n`. `status`, `closed_at` and `stage_id` are those of the moment;
    `state`: 0 while it is open, 1 won, 2 lost. `moving`: the vendor's, only those with a stay that began in the period
    that is asked for, if one is: of others, figures of stays in it say nothing."""
    asked = names - OF_STAYS - _OF_CLOSING.keys() - _OF_PARTNERS.keys() - {"playbook_key"}
    wanted = [
        visible(scope, "opportunity", "o"),
        sql("o.created_at <= {}", AS_OF),
        *conditions(scope, "o", lambda name: slot(name) if name in asked else None),
    ]
    wanted += [
        sql(f"o.partner_id IN (SELECT fg.id FROM organization fg WHERE {condition})", slot(name))
        for name, condition in _OF_PARTNERS.items()
        if name in names
    ]
    if moving and OF_STAYS & names and scope is VisibilityScope.EVERYTHING:  # behind the wall, each move is asked for
        moved = "o.id IN (SELECT ft.opportunity_id FROM stage_transition ft WHERE {})"
        wanted.append(sql(moved, entered(names, "ft.at")))
    if "playbook_key" in names:  # behind the wall, each look at a playbook may be a dear one
        wanted.append(sql("o.playbook_id = ANY ({}::uuid[])", PLAYBOOKS))
    seen = in_parts(
        scope, "opportunity", "o", lambda part: sql("SELECT o.* FROM opportunity o WHERE {}", all_of([part, *wanted]))
    )
    standing = _STANDING_THEN if past else _STANDING_NOW
    closed = [sql(condition, slot(name)) for name, condition in _OF_CLOSING.items() if name in names]
    state = "CASE d.status WHEN 'WON' THEN 1 WHEN 'LOST' THEN 2 ELSE 0 END"
    return sql(
        f"deal AS MATERIALIZED (SELECT d.*, (row_number() OVER ())::int AS n, {state} AS state"
        " FROM ({}) d WHERE {})",
        standing(seen),
        all_of(closed),
    )


_COLUMNS = (
    "o.id, o.created_at, o.amount, o.currency, o.close_reason_key, o.partner_id, o.owner_id, o.account_id, o.source,"
    " o.playbook_id, o.stage_id AS now_in"
)


def _standing_now(seen: Sql) -> Sql:
    return sql(f"SELECT {_COLUMNS}, o.status, o.closed_at, o.stage_id FROM ({{}}) o", seen)


def _standing_then(seen: Sql) -> Sql:
    """From the last transition until then, and what its stage is called when the deal leaves it next."""
    return sql(
        f"SELECT {_COLUMNS}, CASE WHEN s.kind = 'OPEN' THEN 'OPEN' ELSE s.kind END AS status,"
        " CASE WHEN s.kind = 'OPEN' THEN NULL WHEN following.at IS NULL AND o.closed_at <= {} THEN o.closed_at"
        " ELSE last.at END AS closed_at, s.id AS stage_id"
        " FROM ({}) o"
        " JOIN LATERAL (SELECT t.seq, t.at FROM stage_transition t WHERE t.opportunity_id = o.id AND t.at <= {}"
        "  ORDER BY t.seq DESC LIMIT 1) last ON TRUE"
        " LEFT JOIN LATERAL (SELECT t.from_stage_id, t.at FROM stage_transition t WHERE t.opportunity_id = o.id"
        "  AND t.seq > last.seq ORDER BY t.seq LIMIT 1) following ON TRUE"
        " JOIN place s ON s.id = coalesce(following.from_stage_id, o.stage_id)",
        *(AS_OF, seen, AS_OF),
    )


_STANDING_NOW, _STANDING_THEN = _standing_now, _standing_then

ONWARDS, BACK, LOST = 1, 2, 3
"""By what a stay ended; 0: it goes on."""
_MOVES = (
    # A move between versions that leaves the deal in the stage of the same key isn't one. Rows are narrow, and deals
    # numbers, since there are many to sort. `jumped`: it moved past stages, from `from_rank` to `to_rank`.
    "move AS MATERIALIZED (SELECT d.n, t.seq, t.at, d.state, f.rank AS from_rank, g.rank AS to_rank, g.version,"
    "  f.book = g.book AND f.rank IS NOT NULL AND (g.kind = 'WON' OR g.rank > f.rank + 1) AS jumped,"
    "  lead(t.at) OVER w AS left_at, coalesce(lead(t.from_stage_id) OVER w, d.now_in) AS stage_id,"
    f"  lead(CASE t.kind WHEN 'BACK' THEN {BACK} WHEN 'LOST' THEN {LOST} ELSE {ONWARDS} END) OVER w AS left_by,"
    "  CASE WHEN d.status = 'LOST' THEN d.amount END AS amount, CASE WHEN d.status = 'LOST' THEN d.currency END"
    "  AS currency FROM {}"
    "  LEFT JOIN place f ON f.id = t.from_stage_id LEFT JOIN place g ON g.id = t.to_stage_id"
    "  WHERE f.place IS DISTINCT FROM g.place"
    "  WINDOW w AS (PARTITION BY d.n ORDER BY t.seq)),"
    " visit AS MATERIALIZED (SELECT m.n, m.seq, m.state, s.place, s.target, m.at AS entered_at,"
    " CASE WHEN m.left_at <= {} THEN m.left_by ELSE 0 END AS left_by,"
    " greatest(0, extract(epoch FROM least(m.left_at, {}) - m.at) * 1000000)::bigint AS microseconds,"
    " m.amount, m.currency FROM move m JOIN place s ON s.id = m.stage_id AND s.kind = 'OPEN' WHERE m.at <= {})"
)


# Behind the wall each row is asked whether it is seen: there, no more are read than the deals have, by an index.
_ALL = sql("stage_transition t JOIN deal d ON d.id = t.opportunity_id")
_EACH = sql(
    "deal d CROSS JOIN LATERAL (SELECT t.seq, t.at, t.kind, t.from_stage_id, t.to_stage_id FROM stage_transition t"
    " WHERE t.opportunity_id = d.id OFFSET 0) t"
)


def visits(scope: VisibilityScope) -> Sql:
    return sql(_MOVES, _ALL if scope is VisibilityScope.EVERYTHING else _EACH, AS_OF, AS_OF, AS_OF)


def entered(names: frozenset[str], at: str) -> Sql:
    """The condition of the period in which stays began, of the column `at`."""
    terms = {"entered_from": f"{at} >= {{}}", "entered_before": f"{at} < {{}}"}
    return all_of([sql(term, slot(name)) for name, term in terms.items() if name in names])


def with_tables(*tables: Sql) -> Sql:
    return sql("WITH {} ", joined(", ", tables))
