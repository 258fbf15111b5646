"""The next best actions of all open deals that a viewer may see, as one ranked list.

A page is one walk along an index (`rank`), and works nothing out: the worker keeps the advice (`refresh`). Only where a
few deals have changed that it hasn't come to yet are they seen to at once, so that people find what they have just
done; what a page shows is marked as shown, like the advice on one deal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.database import Database
from app.database.rls import as_viewer
from app.database.sql import Slot, Sql, Statement, all_of, sql
from app.deals.queries import conditions
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import in_parts, visible
from app.recommendations import shown
from app.recommendations.languages import catalogues
from app.recommendations.serve import renew
from app.recommendations.standing import LIVE
from app.recommendations.store import FRESH_FOR
from catalogues import catalogue_of

AT_ONCE = 5
"""Deals that a request may have worked out anew: of more, none, and the worker sees to them."""
LATEST = 200
"""Deals that are looked at for any that nobody has worked out yet: those that changed last."""
MOST_COUNTED = 1_000

AT, FRESH, HEARD = Slot("at"), Slot("fresh_for"), Slot("heard_in")
RANK, ID = Slot("after.rank"), Slot("after.id")

Place = tuple[str, str]
"""Where an action stands in the list: its rank and id as PostgreSQL writes them."""

CURRENT = sql(
    "(r.opportunity_version = o.version"
    " AND (r.fresh_until > {}::timestamptz OR r.fresh_until >= r.generated_at + {}::interval)"
    " AND ({}::text IS NULL OR {}::text = ANY (r.languages)))",
    AT,
    FRESH,
    HEARD,
    HEARD,
)
"""The advice rests on the deal as it is, nobody has answered any of it since, and it is told in the viewer's language.
It may be older than an hour."""

_OF_ACTIONS: Mapping[str, str] = {
    "kinds": "n.kind = ANY ({}::text[])",
    "urgencies": "n.urgency = ANY ({}::text[])",
    "accepted": "(n.status = 'ACCEPTED') = {}::boolean",
    "due_before": "n.due_at < {}::timestamptz",
    "per_deal": "n.position < {}::integer",
}
"""Filters by name; those of deals are `app.deals.queries`'."""


@dataclass(frozen=True, slots=True)
class Action:
    id: UUID
    place: Place
    opportunity_id: UUID


@dataclass(frozen=True, slots=True)
class RankedPage:
    """`as_of`: when the oldest of it was worked out; None for an empty page."""

    actions: tuple[Action, ...]
    has_more: bool
    as_of: datetime | None


async def ranked_actions(
    db: Database, viewer: Viewer, wanted: Mapping[str, object], *, first: int, after: Place | None, at: datetime
) -> RankedPage:
    """Best first. `wanted`: values of filters by their names."""
    rows = await _rows(db, viewer, wanted, first, after, at)
    outdated = {row["opportunity_id"] for row in rows[:first] if not row["current"]}
    if after is None and len(rows) <= first:
        outdated |= await _never_worked_out(db, viewer, wanted, at)
    if 0 < len(outdated) <= AT_ONCE:
        with as_viewer(None):  # what the rules rest on was learned from all partners
            await renew(db, sorted(outdated), at, languages=catalogues([viewer.language]))
        rows = await _rows(db, viewer, wanted, first, after, at)
    page = rows[:first]
    _note(viewer, page)
    worked_out = [row["generated_at"] for row in page if row["generated_at"] is not None]
    return RankedPage(
        tuple(Action(row["id"], (row["rank"], str(row["id"])), row["opportunity_id"]) for row in page),
        len(rows) > first,
        min(worked_out, default=None),
    )


async def count_actions(db: Reader, viewer: Viewer, wanted: Mapping[str, object]) -> int:
    statement = _counted(scope_of(viewer), frozenset(wanted))
    (row,) = await db.fetch(statement.text, *statement.arguments({**slots_of(viewer), **_given(wanted)}))
    return int(row["n"])


async def count_pending(db: Reader, viewer: Viewer, wanted: Mapping[str, object], at: datetime) -> int:
    """Open deals that changed since their advice was worked out, or have none yet; at most `MOST_COUNTED`."""
    statement = _pending(scope_of(viewer), frozenset(wanted))
    (row,) = await db.fetch(statement.text, *statement.arguments(_slots(viewer, wanted, at)))
    return int(row["n"])


async def _rows(
    db: Reader, viewer: Viewer, wanted: Mapping[str, object], first: int, after: Place | None, at: datetime
) -> Sequence[Any]:
    """One more than asked for, where there are more."""
    statement = _page(scope_of(viewer), frozenset(wanted), first, after is not None)
    slots = _slots(viewer, wanted, at)
    if after is not None:
        slots |= {RANK.name: after[0], ID.name: after[1]}
    return await db.fetch(statement.text, *statement.arguments(slots))


async def _never_worked_out(db: Reader, viewer: Viewer, wanted: Mapping[str, object], at: datetime) -> set[UUID]:
    statement = _latest_without(scope_of(viewer), frozenset(wanted))
    return {row["id"] for row in await db.fetch(statement.text, *statement.arguments(_slots(viewer, wanted, at)))}


def _slots(viewer: Viewer, wanted: Mapping[str, object], at: datetime) -> dict[str, object]:
    heard_in = catalogue_of(viewer.language)
    return {**slots_of(viewer), **_given(wanted), AT.name: at, FRESH.name: FRESH_FOR, HEARD.name: heard_in}


def _given(wanted: Mapping[str, object]) -> dict[str, object]:
    return {f"wanted.{name}": value for name, value in wanted.items()}


@lru_cache(maxsize=256)
def _page(scope: VisibilityScope, names: frozenset[str], first: int, follows: bool) -> Statement:
    beyond = [sql("(n.rank, n.id) < ({}::text::float8, {}::text::uuid)", RANK, ID)] if follows else []
    # A constant: PostgreSQL plans for the number of rows that it will read.
    best = f" ORDER BY {{n}}.rank DESC, {{n}}.id DESC LIMIT {first + 1}"
    listed = in_parts(
        scope,
        "next_best_action",
        "n",
        lambda part: sql(
            "SELECT n.id, n.rank, n.opportunity_id, n.shown_at IS NOT NULL AS seen, o.partner_id, o.generated_at,"  # noqa: S608
            " o.current FROM next_best_action n CROSS JOIN LATERAL ("
            "  SELECT o.partner_id, r.generated_at, coalesce({}, FALSE) AS current FROM opportunity o"
            "  LEFT JOIN recommendation r ON r.opportunity_id = o.id WHERE {} OFFSET 0) AS o"
            f" WHERE {{}}{best.format(n='n')}",
            CURRENT,
            all_of([sql("o.id = n.opportunity_id AND o.status = 'OPEN'"), *_of_deals(scope, names)]),
            all_of([part, *_of_actions(scope, names), *beyond]),
        ),
    )
    return sql(
        "SELECT l.id, l.rank::text AS rank, l.opportunity_id, l.seen, l.partner_id, l.generated_at, l.current"  # noqa: S608
        f" FROM ({{}}) l{best.format(n='l')}",
        listed,
    ).statement()


@lru_cache(maxsize=64)
def _counted(scope: VisibilityScope, names: frozenset[str]) -> Statement:
    counted = in_parts(
        scope,
        "next_best_action",
        "n",
        lambda part: sql(
            "SELECT 1 FROM next_best_action n CROSS JOIN LATERAL (SELECT FROM opportunity o WHERE {} OFFSET 0) AS o"
            " WHERE {}",
            all_of([sql("o.id = n.opportunity_id AND o.status = 'OPEN'"), *_of_deals(scope, names)]),
            all_of([part, *_of_actions(scope, names)]),
        ),
    )
    return sql("SELECT count(*) AS n FROM ({}) AS counted", counted).statement()


@lru_cache(maxsize=64)
def _pending(scope: VisibilityScope, names: frozenset[str]) -> Statement:
    pending = in_parts(
        scope,
        "opportunity",
        "o",
        lambda part: sql(
            "SELECT 1 FROM opportunity o LEFT JOIN recommendation r ON r.opportunity_id = o.id WHERE {}"
            " LIMIT {}::integer",
            all_of([part, sql("o.status = 'OPEN'"), *_deals(scope, names), sql("{} IS NOT TRUE", CURRENT)]),
            MOST_COUNTED,
        ),
    )
    return sql("SELECT least(count(*), {}::integer) AS n FROM ({}) AS pending", MOST_COUNTED, pending).statement()


@lru_cache(maxsize=64)
def _latest_without(scope: VisibilityScope, names: frozenset[str]) -> Statement:
    """Of the deals that changed last, as many as show whether there are more than `AT_ONCE`."""
    latest = in_parts(
        scope,
        "opportunity",
        "o",
        lambda part: sql(
            "SELECT o.id, o.version, o.status, o.updated_at FROM opportunity o WHERE {}"
            " ORDER BY o.updated_at DESC LIMIT {}::integer",
            all_of([part, *_deals(scope, names)]),
            LATEST,
        ),
    )
    return sql(
        "SELECT o.id FROM (SELECT o.* FROM ({}) o ORDER BY o.updated_at DESC LIMIT {}::integer) AS o"
        " LEFT JOIN recommendation r ON r.opportunity_id = o.id"
        " WHERE o.status = 'OPEN' AND {} IS NOT TRUE LIMIT {}::integer",
        latest,
        LATEST,
        CURRENT,
        AT_ONCE + 1,
    ).statement()


def _of_actions(scope: VisibilityScope, names: frozenset[str]) -> list[Sql]:
    """Within CASE, what makes an action visible is asked of one after the other, in the order of the index: by itself,
    PostgreSQL would look through all that a viewer sees, and sort that."""
    wanted = [sql(template, _slot(name)) for name, template in _OF_ACTIONS.items() if name in names]
    seen = sql("CASE WHEN {} THEN TRUE ELSE FALSE END", visible(scope, "next_best_action", "n"))
    return [sql(f"n.status IN {LIVE}"), *wanted, seen]


def _of_deals(scope: VisibilityScope, names: frozenset[str]) -> Sequence[Sql]:
    return conditions(scope, "o", lambda name: _slot(name) if name in names else None)


def _deals(scope: VisibilityScope, names: frozenset[str]) -> list[Sql]:
    return [visible(scope, "opportunity", "o"), *_of_deals(scope, names)]


def _slot(name: str) -> Slot:
    return Slot(f"wanted.{name}")


def _note(viewer: Viewer, rows: Sequence[Any]) -> None:
    shown.note(row["id"] for row in rows if not row["seen"] and shown.sells(viewer, row["partner_id"]))
