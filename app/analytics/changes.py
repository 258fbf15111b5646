"""Changes of the pipeline between two moments: from what was open to what is, part by part, exactly.

Each figure is a difference of sums of postings (`app.analytics.ledger`) until the one moment and until the other, so
that opening and parts add up to closing in every currency, whatever happened. Who asks for nothing but a playbook is
answered from the sums of months and days; else the postings themselves are read, by an index on whose they are.

Whose deals count: a partner's people have those in theirs that they led at the time (a seller, owned), and those in
which they take part today beside others for all of the time. A deal that leaves the pipeline that is asked for isn't
lost: it was transferred where its partner or owner changed, else moved.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

import asyncpg

from app.analytics.ledger import ZERO
from app.analytics.posting import post_some
from app.database import Database
from app.database.rls import as_viewer
from app.database.sql import FALSE, TRUE, Slot, Sql, Statement, all_of, joined, sql
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.nouns.participation import by_invitation, by_lead, takes_part

FROM, TO, MOST = Slot("change.from"), Slot("change.to"), Slot("change.most")


class Part(StrEnum):
    """Of the way from opening to closing. `SUBTRACTED` are taken off."""

    CREATED = "created"
    INCREASED = "increased"
    DECREASED = "decreased"
    MOVED_IN = "moved_in"
    MOVED_OUT = "moved_out"
    TRANSFERRED_IN = "transferred_in"
    TRANSFERRED_OUT = "transferred_out"
    REOPENED = "reopened"
    WON = "won"
    LOST = "lost"
    REMOVED = "removed"


SUBTRACTED = frozenset({Part.DECREASED, Part.MOVED_OUT, Part.TRANSFERRED_OUT, Part.WON, Part.LOST, Part.REMOVED})
OPENING, CLOSING = "opening", "closing"


@dataclass(frozen=True, slots=True)
class Filter:
    """Whose and which deals; all of it must hold. `close_from`, `close_to`: of the expected close date, inclusive."""

    playbook_key: str | None = None
    partner_id: UUID | None = None
    owner_id: UUID | None = None
    close_from: date | None = None
    close_to: date | None = None
    industry: str | None = None
    sources: Sequence[str] | None = None

    def given(self) -> Mapping[str, object]:
        names = ("playbook_key", "partner_id", "owner_id", "close_from", "close_to", "industry", "sources")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


Sums = dict[str, Decimal]
"""By currency."""


@dataclass(frozen=True, slots=True)
class Change:
    """Sums without a currency that adds nothing; `parts` are positive, also those that are taken off."""

    opening: Sums
    closing: Sums
    parts: Mapping[Part, Sums]


@dataclass(frozen=True, slots=True)
class ChangedDeal:
    """What one deal has to do with a part: `at` the last time."""

    opportunity_id: UUID
    at: datetime
    currency: str | None
    amount: Decimal


@dataclass(slots=True)
class _Totals:
    until_from: Sums = field(default_factory=dict)
    until_to: Sums = field(default_factory=dict)


async def pipeline_change(db: Database, viewer: Viewer, begin: datetime, end: datetime, wanted: Filter) -> Change:
    """Of open deals as of `begin` to those as of `end`, both included. Two statements, where nothing has changed since
    figures were asked for."""
    await post_some(db)
    given = wanted.given()
    statement = _statement(scope_of(viewer), frozenset(given))
    totals: dict[str, _Totals] = {}
    for row in await _read(db, statement, viewer, begin, end, given):
        found = totals.setdefault(row["part"], _Totals())
        found.until_from[row["currency"]] = row["until_from"] or ZERO
        found.until_to[row["currency"]] = row["until_to"] or ZERO
    opening = _sum(one.until_from for one in totals.values())
    closing = _sum(one.until_to for one in totals.values())
    return Change(opening, closing, {part: _difference(part, totals.get(part)) for part in Part})


async def changed_deals(
    db: Database, viewer: Viewer, begin: datetime, end: datetime, wanted: Filter, names: Collection[str], *, most: int
) -> dict[str, list[ChangedDeal]]:
    """Of each of the parts named, and of opening and closing if they are, the largest deals that the viewer sees today,
    `most` of each. A statement for the parts, and one each for opening and closing, which look through all deals; after
    the ledger is up to date."""
    given = wanted.given()
    spans = [(OPENING, None, begin), (CLOSING, None, end), ("", begin, end)]
    found: dict[str, list[ChangedDeal]] = {}
    for called, since, until in spans:
        if called not in names and (called or not set(names) - {OPENING, CLOSING}):
            continue
        statement = _listing(scope_of(viewer), frozenset(given), since is not None)
        for row in await _read(db, statement, viewer, since, until, given, most):
            amount = -row["amount"] if row["part"] in SUBTRACTED else row["amount"]
            deal = ChangedDeal(row["opportunity_id"], row["at"], row["currency"], amount)
            found.setdefault(called or row["part"], []).append(deal)
    return found


async def _read(
    db: Database,
    statement: Statement,
    viewer: Viewer,
    begin: datetime | None,
    end: datetime,
    given: Mapping[str, object],
    most: int = 0,
) -> list[asyncpg.Record]:
    """Past row-level security, which knows only who sees a deal today: the statement says itself whose count."""
    filters = {f"filter.{name}": value for name, value in given.items()}
    slots = {**slots_of(viewer), **filters, FROM.name: begin, TO.name: end, MOST.name: most}
    with as_viewer(None):
        return await db.fetch(statement.text, *statement.arguments(slots))


def _sum(sums: Iterable[Sums]) -> Sums:
    found: Sums = {}
    for one in sums:
        for currency, amount in one.items():
            found[currency] = found.get(currency, ZERO) + amount
    return {currency: amount for currency, amount in found.items() if amount}


def _difference(part: Part, totals: _Totals | None) -> Sums:
    if totals is None:
        return {}
    sign = -1 if part in SUBTRACTED else 1
    changes = {currency: sign * (amount - totals.until_from[currency]) for currency, amount in totals.until_to.items()}
    return {currency: amount for currency, amount in changes.items() if amount}


_PAIR = "CASE p.flow WHEN 'CAME' THEN '{}' ELSE '{}' END"
_MOVED = _PAIR.format(Part.MOVED_IN, Part.MOVED_OUT)
_TRANSFERRED = _PAIR.format(Part.TRANSFERRED_IN, Part.TRANSFERRED_OUT)

_OF_TIME = {
    "partner_id": "{s}.partner_id = {{}}",
    "owner_id": "{s}.owner_id = {{}}",
    "playbook_key": "{s}.playbook_key = {{}}",
    "close_from": "{s}.close_date >= {{}}",
    "close_to": "{s}.close_date <= {{}}",
}
"""Filters of what a deal was at the time."""
_PEOPLE = frozenset({"partner_id", "owner_id"})
_OF_DEAL = {
    "industry": "o.account_id IN (SELECT fa.id FROM account fa WHERE lower(fa.industry) = lower({}::text))",
    "sources": "o.source = ANY ({}::text[])",
}
"""Filters of what a deal is."""


def _value(name: str) -> Slot:
    return Slot(f"filter.{name}")


@lru_cache(maxsize=256)
def _statement(scope: VisibilityScope, filters: frozenset[str]) -> Statement:
    if scope is VisibilityScope.EVERYTHING and filters <= {"playbook_key"}:
        return _from_totals("playbook_key" in filters)
    return sql(
        "SELECT x.part, x.currency, sum(x.amount) FILTER (WHERE x.at <= {}::timestamptz) AS until_from,"
        " sum(x.amount) AS until_to FROM ({}) x WHERE x.currency IS NOT NULL GROUP BY x.part, x.currency",
        *(FROM, _entries(scope, filters)),
    ).statement()


def _from_totals(of_a_playbook: bool) -> Statement:
    """Months before the moment's, days of its month before its own, and what was posted on that day until then."""
    playbook = sql("{}.playbook_key = {}", sql("t"), _value("playbook_key")) if of_a_playbook else None
    of_sums = all_of([] if playbook is None else [playbook])
    of_postings = TRUE if playbook is None else sql("p.playbook_key = {}", _value("playbook_key"))
    # Pairs are summed up where the playbook changed; to who asks for none, nothing has.
    pairs_of_sums = TRUE if of_a_playbook else sql("t.flow NOT IN ('CAME', 'LEFT')")
    pairs = sql("p.other_playbook_key <> p.playbook_key") if of_a_playbook else FALSE
    part = f"CASE WHEN p.flow IN ('CAME', 'LEFT') THEN {_MOVED} ELSE lower(p.flow) END"
    return sql(
        "WITH bound AS (SELECT b.nth, b.at, date_trunc('month', b.at AT TIME ZONE 'UTC')::date AS month,"
        " (b.at AT TIME ZONE 'UTC')::date AS day FROM (VALUES (1, {}::timestamptz), (2, {}::timestamptz)) b(nth, at)),"
        " found AS (SELECT b.nth, t.flow, t.currency, t.amount FROM bound b JOIN pipeline_total t"
        "  ON (t.monthly AND t.begins < b.month) OR (NOT t.monthly AND t.begins >= b.month AND t.begins < b.day)"
        "  WHERE {} AND {}"
        " UNION ALL SELECT b.nth, p.flow, p.currency, p.amount FROM bound b JOIN pipeline_posting p"
        "  ON p.at >= (b.day::timestamp AT TIME ZONE 'UTC') AND p.at <= b.at"
        "  WHERE p.currency IS NOT NULL AND {} AND (NOT p.paired OR {}))"
        f" SELECT {part} AS part, p.currency, sum(p.amount) FILTER (WHERE p.nth = 1) AS until_from,"
        " sum(p.amount) FILTER (WHERE p.nth = 2) AS until_to FROM found p GROUP BY 1, 2",
        *(FROM, TO, of_sums, pairs_of_sums, of_postings, pairs),
    ).statement()


def _entries(scope: VisibilityScope, filters: frozenset[str], *, since: bool = False) -> Sql:
    """Postings until `TO` of the pipeline that is asked for, each with its part: those whose place is in it, but for
    pairs that only went from one place in it to another. `since`: those after `FROM` alone."""
    people = sorted(filters & _PEOPLE)
    places = sorted(filters & _OF_TIME.keys())
    here = all_of([_seen(scope, "here"), *_conditions("here", places)])
    there = all_of([_seen(scope, "there"), *_conditions("there", places)])
    same_people = all_of([_seen(scope, "there"), *_conditions("there", people)])
    of_deal = [sql(_OF_DEAL[name], _value(name)) for name in sorted(filters & _OF_DEAL.keys())]
    kept = sql("p.opportunity_id IN (SELECT o.id FROM opportunity o WHERE {})", all_of(of_deal)) if of_deal else TRUE
    parts = (
        [TRUE]
        if scope is VisibilityScope.EVERYTHING
        else [by_lead(sql("p")), by_invitation(sql("p"), sql("p.opportunity_id"))]
    )
    entry = (
        "SELECT p.opportunity_id, p.at, p.currency, p.amount, CASE WHEN NOT p.paired THEN lower(p.flow)"
        f" WHEN {{}} THEN {_MOVED} ELSE {_TRANSFERRED} END AS part FROM pipeline_posting p"
        " CROSS JOIN LATERAL (SELECT p.opportunity_id AS id, p.partner_id, p.owner_id, p.playbook_key, p.close_date)"
        " here CROSS JOIN LATERAL (SELECT p.opportunity_id AS id, p.other_partner_id AS partner_id,"
        " p.other_owner_id AS owner_id, p.other_playbook_key AS playbook_key, p.other_close_date AS close_date) there"
        " WHERE p.at <= {}::timestamptz AND {} AND {} AND {} AND {} AND NOT (p.paired AND coalesce({}, FALSE))"
    )
    same = sql("coalesce({}, FALSE)", same_people)
    later = sql("p.at > {}::timestamptz", FROM) if since else TRUE
    return joined(" UNION ALL ", (sql(entry, same, TO, later, part, here, kept, there) for part in parts))


def _seen(scope: VisibilityScope, place: str) -> Sql:
    return TRUE if scope is VisibilityScope.EVERYTHING else takes_part(scope, sql(place))


def _conditions(place: str, names: Sequence[str]) -> list[Sql]:
    return [sql(_OF_TIME[name].format(s=place), _value(name)) for name in names]


@lru_cache(maxsize=256)
def _listing(scope: VisibilityScope, filters: frozenset[str], parted: bool) -> Statement:
    """Of deals that the viewer sees today, so that nobody learns where one went. `parted`: part by part, of what was
    posted after `FROM`; else what all that was posted until `TO` amounts to."""
    part = "e.part" if parted else "NULL::text"
    kept = "TRUE" if parted else "sum(e.amount) <> 0"
    return sql(
        f"WITH one AS (SELECT e.opportunity_id, {part} AS part, e.currency, max(e.at) AS at, sum(e.amount) AS amount"
        f" FROM ({{}}) e GROUP BY 1, 2, 3 HAVING {kept}), ranked AS (SELECT n.*, row_number() OVER (PARTITION BY n.part"
        " ORDER BY abs(n.amount) DESC, n.opportunity_id, n.currency) AS rank"
        " FROM one n JOIN opportunity vo ON vo.id = n.opportunity_id WHERE {})"
        " SELECT r.part, r.opportunity_id, r.at, r.currency, r.amount FROM ranked r WHERE r.rank <= {}::integer"
        " ORDER BY r.part, r.rank",
        *(_entries(scope, filters, since=parted), visible(scope, "opportunity", "vo"), MOST),
    ).statement()
