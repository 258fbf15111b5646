"""Stays and funnels of a playbook's stages, read from roll-ups: some seconds old, and without a scan of deals.

All versions of a playbook count as one: stages go by their keys. Months are those in which stays began. A viewer is told
of what roll-ups sum up for them: all deals; those of the own organisation; or those that they own. Deals that somebody
sees otherwise, sold along or by name, are left out of these figures.
"""  # noqa: E501

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from asyncpg import Record

from app.analytics.rollups.shape import NOBODY, first_of_month
from app.database.sql import Slot, Sql, Statement, all_of, sql
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.nouns.rollups import OF_ALL, OF_AN_OWNER
from app.vocabulary import OpportunityStatus

_GIVEN = {"partners": "r.partner_id = ANY ({}::uuid[])", "owner": "r.owner_id = {}"}


@dataclass(frozen=True, slots=True)
class Whose:
    """Of whom, beyond what the viewer sees: of these partners, where there are any; of this owner."""

    partners: Collection[UUID] = ()
    owner: UUID | None = None


@dataclass(frozen=True, slots=True)
class Stays:
    """`stays` of a stage that ended by a move of the kind `outcome`, or are OPEN, after `days` whole days, or so far;
    `seconds`: the sum of what they took, or have taken until the given moment."""

    stage: str
    outcome: str
    days: int
    stays: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Fate:
    """`deals` that first came to the stage, or skipped it, in the month. `fate`: the outcome of their last stay there,
    OPEN or SKIPPED; `went_back`: a stay there ended by a move back; `status`: theirs today."""

    stage: str
    month: date
    fate: str
    went_back: bool
    status: OpportunityStatus
    deals: int


async def stays(
    db: Reader, viewer: Viewer, playbook: str, first: date, last: date, at: int, whose: Whose | None = None
) -> Sequence[Stays]:
    """That began in the months from that of `first` to that of `last`. `at`: now, in seconds since 1970."""
    rows = await _fetch(db, viewer, _stays, whose or Whose(), playbook=playbook, first=first, last=last, today=at)
    return [Stays(row["stage"], row["outcome"], row["days"], row["stays"], int(row["seconds"])) for row in rows]


async def fates(
    db: Reader, viewer: Viewer, playbook: str, first: date, last: date, whose: Whose | None = None
) -> Sequence[Fate]:
    """Of deals that came to the stages in the months from that of `first` to that of `last`."""
    rows = await _fetch(db, viewer, _fates, whose or Whose(), playbook=playbook, first=first, last=last)
    return [
        Fate(
            row["stage"],
            row["month"],
            row["fate"],
            row["went_back"],
            OpportunityStatus(row["status"]),
            row["deals"],
        )
        for row in rows
    ]


async def _fetch(db: Reader, viewer: Viewer, compose: "_Compose", whose: Whose, **given: object) -> Sequence[Record]:
    chosen = frozenset(name for name, value in (("partners", whose.partners), ("owner", whose.owner)) if value)
    statement = compose(scope_of(viewer), chosen)
    slots = {**slots_of(viewer), **given, "partners": list(whose.partners), "owner": whose.owner}
    return await db.fetch(statement.text, *statement.arguments(slots))


_Compose = Callable[[VisibilityScope, frozenset[str]], Statement]
_STAGES = "SELECT s.id, s.key FROM stage s JOIN playbook p ON p.id = s.playbook_id WHERE p.key = {}"


@lru_cache(maxsize=16)
def _stays(scope: VisibilityScope, chosen: frozenset[str]) -> Statement:
    now = Slot("today")
    return sql(
        "SELECT s.key AS stage, r.outcome, r.age AS days, sum(r.stays)::bigint AS stays, sum(r.seconds) AS seconds"
        " FROM ("
        "SELECT r.stage_id, r.outcome, r.stays,"
        " CASE WHEN r.outcome = 'OPEN'"
        "  THEN greatest(0, (to_timestamp({}::float8) AT TIME ZONE 'UTC')::date - r.entered_on)"
        "  ELSE r.days END AS age,"
        " CASE WHEN r.outcome = 'OPEN' THEN r.stays * {}::bigint - r.seconds ELSE r.seconds END AS seconds"
        " FROM stay_rollup r WHERE {} AND r.entered_on >= {} AND r.entered_on < {} + interval '1 month') r"
        f" JOIN ({_STAGES}) s ON s.id = r.stage_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        *(now, now, _of(scope, "stay_rollup", chosen), _month("first"), _month("last"), Slot("playbook")),
    ).statement()


@lru_cache(maxsize=16)
def _fates(scope: VisibilityScope, chosen: frozenset[str]) -> Statement:
    return sql(
        "SELECT s.key AS stage, r.month, r.fate, r.went_back, r.status, sum(r.deals)::bigint AS deals"
        " FROM funnel_rollup r"
        f" JOIN ({_STAGES}) s ON s.id = r.stage_id WHERE {{}} AND r.month BETWEEN {{}} AND {{}}"
        " GROUP BY 1, 2, 3, 4, 5 HAVING sum(r.deals) <> 0 ORDER BY 1, 2, 3, 4, 5",
        *(Slot("playbook"), _of(scope, "funnel_rollup", chosen), _month("first"), _month("last")),
    ).statement()


def _month(name: str) -> Sql:
    day = "{}::date"
    return sql(f"({first_of_month(day)})", Slot(name), Slot(name))


def _of(scope: VisibilityScope, table: str, chosen: frozenset[str]) -> Sql:
    whole = scope is VisibilityScope.EVERYTHING and not chosen
    nobody = f"r.level = {OF_ALL} AND r.partner_id = {NOBODY} AND r.owner_id = {NOBODY}"
    level = sql(nobody if whole else f"r.level = {OF_AN_OWNER}")
    return all_of([level, visible(scope, table, "r"), *(sql(_GIVEN[name], Slot(name)) for name in sorted(chosen))])
