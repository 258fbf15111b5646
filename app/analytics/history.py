"""Deals as they stood at a moment of the past, from what was changed since: `app.models.history`, `stage_transition`.

A deal stands at T as it does now, but for what changed after T: there, what the first of those changes says was before
it. So nothing has to be kept of deals that never changed, and figures of yesterday read the changes of a day.

A deal stood there since `created_at`. Its stage is the one that its moves say, in the version of the playbook in which
it was moved; its status that of the stage. What isn't known of a change (`FieldChange.known`) is taken as it is later;
but an amount that isn't, of a deal that has been another partner's since, is none: later it was what that one made it.
Nor is a deal of an unknown partner's time that of the partner who got it then: it is the vendor's alone.
Customer, source and kind of purchase are those of today, since accounts that are merged are one.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import asyncpg

from app.database.rls import as_viewer
from app.database.sql import TRUE, Slot, Sql, Statement, all_of, sql
from app.events.log import Reader
from app.identity.scopes import ORGANIZATION, VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.nouns.participation import takes_part

AT = Slot("history.at")

COLUMNS = (
    *("id", "external_id", "account_id", "source", "deal_type", "created_at", "partner_id", "owner_id", "name"),
    *("next_step", "amount", "currency", "expected_close_date", "playbook_id", "playbook_key", "stage_id", "stage_key"),
    *("status", "win_probability", "forecast_category", "entered_stage_at", "closed_at", "close_reason_key"),
)
"""Of `deals_as_of`. `entered_stage_at` of a closed deal is when it closed; so is `closed_at`, but where an import says
otherwise. `close_reason_key` is known where the deal has neither moved nor gone to another partner since."""


WHOSE = "CASE WHEN c.known THEN c.before_partner_id END"
"""Nobody's, where it isn't known whose it was."""


def _first_later(alias: str, fields: str, columns: str, known: str = "c.known") -> str:
    """What was before the first change of `fields` after T; at most one row a deal, so that PostgreSQL leaves out those
    of which nobody asks a column."""
    return (
        f" LEFT JOIN (SELECT DISTINCT ON (c.opportunity_id) c.opportunity_id, {columns} FROM field_change c"
        f" WHERE c.at > {{at}} AND c.field = ANY (ARRAY[{fields}]) AND {known} AND {{of_change}}"
        f" ORDER BY c.opportunity_id, c.at, c.nth) {alias} ON {alias}.opportunity_id = o.id"
    )


def _then(alias: str, before: str, now: str) -> str:
    return f"CASE WHEN {alias}.opportunity_id IS NULL THEN o.{now} ELSE {alias}.{before} END AS {now}"


def _known(before: str, now: str) -> str:
    unknown = "of_unknown.at < coalesce(of_money.at, 'infinity') AND of_partner.opportunity_id IS NOT NULL"
    known = f"WHEN of_money.opportunity_id IS NULL THEN o.{now} ELSE of_money.{before} END AS {now}"
    return f"CASE WHEN {unknown} THEN NULL {known}"


_THEN = ", ".join(
    (
        _known("before_amount", "amount"),
        _known("before_currency", "currency"),
        _then("of_date", "before", "expected_close_date"),
        _then("of_owner", "before_owner_id", "owner_id"),
        _then("of_partner", "before_partner_id", "partner_id"),
        _then("of_name", "before", "name"),
        _then("of_step", "before", "next_step"),
        "coalesce(CASE WHEN of_category.opportunity_id IS NULL THEN o.forecast_category ELSE of_category.before END,"
        " s.forecast_category) AS forecast_category",
        "CASE WHEN s.kind = 'OPEN' THEN NULL WHEN moved.opportunity_id IS NOT NULL"
        " THEN coalesce(moved.entered_at, o.created_at) WHEN o.closed_at <= {at} THEN o.closed_at"
        " ELSE o.entered_stage_at END AS closed_at",
        "CASE WHEN s.kind <> 'OPEN' AND moved.opportunity_id IS NULL AND of_partner.opportunity_id IS NULL"
        " THEN o.close_reason_key END AS close_reason_key",
    )
)
_AS_OF = (
    "SELECT o.id, o.external_id, o.account_id, o.source, o.deal_type, o.created_at, p.id AS playbook_id,"
    " p.key AS playbook_key, s.id AS stage_id, s.key AS stage_key, s.kind AS status, s.win_probability,"
    " CASE WHEN moved.opportunity_id IS NULL THEN o.entered_stage_at"
    f" ELSE coalesce(moved.entered_at, o.created_at) END AS entered_stage_at, {_THEN} FROM {{deals}} o"
    # The first move of a deal comes from nowhere: until then, it stood where that put it.
    " LEFT JOIN (SELECT m.opportunity_id, m.stage_id, entered.at AS entered_at FROM ("
    " SELECT DISTINCT ON (t.opportunity_id) t.opportunity_id, t.seq,"
    " coalesce(t.from_stage_id, t.to_stage_id) AS stage_id FROM stage_transition t WHERE t.at > {at} AND {of_move}"
    " ORDER BY t.opportunity_id, t.seq) m LEFT JOIN stage_transition entered"
    " ON entered.opportunity_id = m.opportunity_id AND entered.seq = m.seq - 1) moved ON moved.opportunity_id = o.id"
    + _first_later("of_money", "'amount', 'currency'", "c.before_amount, c.before_currency, c.at")
    + _first_later("of_unknown", "'amount', 'currency'", "c.at", "NOT c.known")
    + _first_later("of_date", "'expectedCloseDate'", "c.before::date AS before")
    + _first_later("of_owner", "'owner'", "c.before_owner_id")
    + _first_later("of_partner", "'partner'", f"{WHOSE} AS before_partner_id", known="TRUE")
    + _first_later("of_name", "'name'", "c.before")
    + _first_later("of_step", "'nextStep'", "c.before")
    + _first_later("of_category", "'forecastCategory'", "c.before")
    + " JOIN stage s ON s.id = coalesce(moved.stage_id, o.stage_id) JOIN playbook p ON p.id = s.playbook_id"
    " WHERE o.created_at <= {at}"
)
_PLACES = re.compile(r"\{(at|of_change|of_move|deals)\}")


def deals_as_of(at: Sql | None = None, among: Sql | None = None) -> Sql:
    """A relation with a row for each deal that was there at that moment, whoever may see it, with `COLUMNS`. `at`: an
    expression for the moment; the slot `AT` if not given. `among`: a query of ids, of those deals alone, so that
    nothing is read of others.

    Who shows of it to somebody asks for `seen_then` besides, and reads it past row-level security, which knows only who
    sees a deal today.
    """
    moment = sql("{}::timestamptz", AT) if at is None else at
    chosen = "TRUE" if among is None else "{}.opportunity_id IN (SELECT g.id FROM among g)"
    few = "(SELECT d.* FROM opportunity d WHERE d.id IN (SELECT g.id FROM among g) OFFSET 0)"
    values = {
        "at": moment,
        "of_change": sql(chosen.format("c")),
        "of_move": sql(chosen.format("t")),
        "deals": sql("opportunity" if among is None else few),
    }
    found = sql(_PLACES.sub("{}", _AS_OF), *(values[name] for name in _PLACES.findall(_AS_OF)))
    return sql("({})", found) if among is None else sql("(WITH among AS MATERIALIZED ({}) {})", among, found)


def ever_led(partner: Slot, at: Slot = AT) -> Sql:
    """Ids of deals that are the partner's, or were at that moment or later."""
    return sql(
        "SELECT o.id FROM opportunity o WHERE o.partner_id = {} UNION SELECT c.opportunity_id FROM field_change c"
        " WHERE c.field = 'partner' AND c.at > {} AND c.before_partner_id = {}",
        *(partner, at, partner),
    )


def among_then(scope: VisibilityScope) -> Sql | None:
    """Ids among which all are for which `seen_then` holds."""
    if scope is VisibilityScope.EVERYTHING:
        return None
    along = "SELECT vd.opportunity_id FROM deal_partner vd WHERE vd.partner_id = {}"
    return sql(f"{{}} UNION {along}", ever_led(ORGANIZATION), ORGANIZATION)


def seen_then(scope: VisibilityScope, deal: str) -> Sql:
    """Which rows of `deals_as_of`, called `deal`, count for a viewer: the deals that were theirs then, as far as it
    depends on partner and owner, and those in which they take part today beside whoever led them."""
    return TRUE if scope is VisibilityScope.EVERYTHING else sql("({})", takes_part(scope, sql(deal)))


async def deals_at(
    db: Reader, viewer: Viewer, at: datetime, columns: Sequence[str] = COLUMNS, *, opened: bool = False
) -> list[asyncpg.Record]:
    """The deals that were the viewer's then, with these of `COLUMNS`; `opened`: those that were open. One statement.

    Asked for few columns, it reads the changes of those alone.
    """
    statement = _statement(scope_of(viewer), tuple(columns), opened)
    with as_viewer(None):
        return await db.fetch(statement.text, *statement.arguments({**slots_of(viewer), AT.name: at}))


@lru_cache(maxsize=64)
def _statement(scope: VisibilityScope, columns: tuple[str, ...], opened: bool) -> Statement:
    unknown = set(columns) - set(COLUMNS)
    if unknown:
        raise ValueError(f"deals_as_of has no column {', '.join(sorted(unknown))}")
    wanted = all_of([seen_then(scope, "d"), sql("d.status = 'OPEN'") if opened else TRUE])
    listed = ", ".join(f"d.{column}" for column in columns)
    return sql(f"SELECT {listed} FROM {{}} d WHERE {{}}", deals_as_of(among=among_then(scope)), wanted).statement()
