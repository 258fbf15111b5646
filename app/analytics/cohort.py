"""The deals that figures are of, as they stood at a moment, and their stays: common table expressions.

    place   every stage (`app.analytics.stages`)
    deal    the viewer's deals that match, with their status, closing and stage at that moment
    move    their moves, one after the other
    visit   their stays in open stages

A moment of the past is answered from what has changed since (`app.analytics.history`): stage, outcome, owner, partner
and amount are those of then, and so is whose figures the deal is in; customer and source, and what partners and
customers are like, those of today. A deal that is taken to another version or playbook and stands in the stage of the
same key there has not left it.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import asyncpg

from app.analytics.history import AT, among_then, deals_as_of, ever_led, seen_then
from app.analytics.stages import PLAYBOOKS, Places
from app.database.rls import as_viewer, seen
from app.database.sql import Slot, Sql, Statement, all_of, joined, sql
from app.deals.queries import conditions
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import in_parts, visible
from app.nouns.opportunity import MOVES_OF_DEALS

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
        return {
            AS_OF.name: self.as_of,
            AT.name: self.as_of,
            **{f"filter.{name}": value for name, value in self.filters.items()},
        }


OF_STAYS = frozenset({"entered_from", "entered_before"})
_OF_CLOSING = {"closed_from": "d.closed_at >= {}", "closed_before": "d.closed_at < {}"}


def slot(name: str) -> Slot:
    return Slot(f"filter.{name}")


@lru_cache(maxsize=256)
def deals(scope: VisibilityScope, names: frozenset[str], past: bool, *, moving: bool = False) -> Sql:
    """`deal`: columns of `opportunity`, and a number `n`. `state`: 0 while it is open, 1 won, 2 lost. `moving`: the
    vendor's, only those with a stay that began in the period that is asked for, if one is: of others, figures of stays
    in it say nothing."""
    wanted = _wanted(scope, names)
    if moving and OF_STAYS & names and scope is VisibilityScope.EVERYTHING:  # a partner's deals are read by an index
        moved = "o.id IN (SELECT ft.opportunity_id FROM stage_transition ft WHERE {})"
        wanted.append(sql(moved, entered(names, "ft.at")))
    closed = [sql(condition, slot(name)) for name, condition in _OF_CLOSING.items() if name in names]
    state = "CASE d.status WHEN 'WON' THEN 1 WHEN 'LOST' THEN 2 ELSE 0 END"
    return sql(
        f"deal AS MATERIALIZED (SELECT d.*, (row_number() OVER ())::int AS n, {state} AS state"
        f" FROM (SELECT {_COLUMNS} FROM ({{}}) o) d WHERE {{}})",
        _then(scope, names, wanted) if past else _now(scope, wanted),
        all_of(closed),
    )


_COLUMNS = (
    "o.id, o.created_at, o.amount, o.currency, o.close_reason_key, o.partner_id, o.owner_id, o.account_id, o.source,"
    " o.playbook_id, o.stage_id, o.status, o.closed_at"
)


def _wanted(scope: VisibilityScope, names: frozenset[str]) -> list[Sql]:
    asked = names - OF_STAYS - _OF_CLOSING.keys() - _OF_PARTNERS.keys() - {"playbook_key"}
    wanted = list(conditions(scope, "o", lambda name: slot(name) if name in asked else None))
    partners = visible(scope, "organization", "fg")
    wanted += [
        sql(f"o.partner_id IN (SELECT fg.id FROM organization fg WHERE {condition} AND {{}})", slot(name), partners)
        for name, condition in _OF_PARTNERS.items()
        if name in names
    ]
    if "playbook_key" in names:  # behind the wall, each look at a playbook may be a dear one
        wanted.append(sql("o.playbook_id = ANY ({}::uuid[])", PLAYBOOKS))
    return wanted


def _now(scope: VisibilityScope, wanted: list[Sql]) -> Sql:
    # Said so, no index is asked for it: nearly all deals were made before, and it would be read from end to end.
    made = sql("coalesce(o.created_at <= {}, FALSE)", AS_OF)
    always = [visible(scope, "opportunity", "o"), made, *wanted]
    return in_parts(
        scope, "opportunity", "o", lambda part: sql("SELECT o.* FROM opportunity o WHERE {}", all_of([part, *always]))
    )


def _then(scope: VisibilityScope, names: frozenset[str], wanted: list[Sql]) -> Sql:
    among = among_then(scope)
    if among is None and "partner_id" in names:
        among = ever_led(slot("partner_id"))
    return sql("SELECT o.* FROM {} o WHERE {}", deals_as_of(among=among), all_of([seen_then(scope, "o"), *wanted]))


ONWARDS, BACK, LOST = 1, 2, 3
"""By what a stay ended; 0: it goes on."""
_MOVES = (
    # A move between versions that leaves the deal in the stage of the same key isn't one. Rows are narrow, and deals
    # numbers, since there are many to sort. `jumped`: it moved past stages, from `from_rank` to `to_rank`.
    "move AS MATERIALIZED (SELECT d.n, t.seq, t.at, d.state, f.rank AS from_rank, g.rank AS to_rank, g.version,"
    "  f.book = g.book AND f.rank IS NOT NULL AND (g.kind = 'WON' OR g.rank > f.rank + 1) AS jumped,"
    "  lead(t.at) OVER w AS left_at, coalesce(lead(t.from_stage_id) OVER w, d.stage_id) AS stage_id,"
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


_ALL = sql("stage_transition t JOIN deal d ON d.id = t.opportunity_id")
_SEEN = sql(f"{MOVES_OF_DEALS}(ARRAY(SELECT d.id FROM deal d)) t JOIN deal d ON d.id = t.opportunity_id")
"""Behind the wall: the policy of moves would look for the deal of each by itself."""
_EACH = sql(
    "deal d CROSS JOIN LATERAL (SELECT t.seq, t.at, t.kind, t.from_stage_id, t.to_stage_id FROM stage_transition t"
    " WHERE t.opportunity_id = d.id OFFSET 0) t"
)
"""No more than the deals have, by an index."""


def visits(scope: VisibilityScope, *, walled: bool) -> Sql:
    """`walled`: the statement is for somebody behind the wall (`is_walled`)."""
    moves = _SEEN if walled else _EACH
    return sql(_MOVES, _ALL if scope is VisibilityScope.EVERYTHING else moves, AS_OF, AS_OF, AS_OF)


def is_walled(cohort: Cohort) -> bool:
    return seen() is not None and not cohort.past


async def read(
    db: Reader, viewer: Viewer, places: Places, cohort: Cohort, statement: Statement
) -> list[asyncpg.Record]:
    """What a statement over these tables finds. The past is read beside the wall, which knows only who sees a deal
    today: the statement says itself whose they were."""
    slots = {**slots_of(viewer), **places.slots, **cohort.slots}
    with as_viewer(None) if cohort.past else nullcontext():
        return await db.fetch(statement.text, *statement.arguments(slots))


def entered(names: frozenset[str], at: str) -> Sql:
    """The condition of the period in which stays began, of the column `at`."""
    terms = {"entered_from": f"{at} >= {{}}", "entered_before": f"{at} < {{}}"}
    return all_of([sql(term, slot(name)) for name, term in terms.items() if name in names])


def with_tables(*tables: Sql) -> Sql:
    return sql("WITH {} ", joined(", ", tables))
