"""Open deals and live registrations whose customer may be the one that a registration names.

For the vendor's people, indexes lead to them among all. For a partner's, the own rows alone are read, whatever others
have: neither answer nor time tells of those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.company_names import Company, search_terms
from app.database.sql import Slot, Statement, sql
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.registrations.conflicts.frequent import Frequent
from app.registrations.conflicts.keys import LIVE

MOST = 300
"""Customers that are compared with one registration's: those with most terms in common."""
READ = 4_000
"""So many are read by each way to find them, even where PostgreSQL has no statistics yet."""
QUERIES, NUMBERS, ACCOUNTS, REGISTRATIONS = Slot("queries"), Slot("numbers"), Slot("accounts"), Slot("registrations")

_LIVE = f"r.status IN {LIVE}"
_ASKED = (
    "q AS MATERIALIZED (SELECT * FROM jsonb_to_recordset({}::text::jsonb)"
    " AS q(n integer, core text, terms text[], domain text, digits text[], registration uuid, deal uuid))"
)
_OPEN_DEAL = (
    "SELECT FROM opportunity o WHERE o.account_id = k.account_id AND o.status = 'OPEN' AND o.id IS DISTINCT FROM q.deal"
)
_LIVE_ONE = f"SELECT FROM deal_registration r WHERE r.id = k.registration_id AND {_LIVE} AND r.id <> q.registration"


@dataclass(frozen=True, slots=True)
class Query:
    """A customer that is looked for, on behalf of a registration of it and of that one's deal, if there are any yet."""

    company: Company
    registration_id: UUID | None = None
    opportunity_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """Of one query: rows of deals and of registrations, by the columns of the statements below."""

    deals: Sequence[Mapping[str, Any]]
    registrations: Sequence[Mapping[str, Any]]


async def candidates(db: Reader, viewer: Viewer, queries: Sequence[Query], frequent: Frequent) -> list[Candidates]:
    """Of each query, in order. Three statements, and one more the first time."""
    spelt = await has_trigrams(db) if viewer.is_vendor else True
    scope, slots = scope_of(viewer), slots_of(viewer)
    finding = _finding(spelt) if scope is VisibilityScope.EVERYTHING else _among_own(scope)
    rows = await db.fetch(finding.text, *finding.arguments({**slots, QUERIES.name: _asked(queries, frequent)}))
    accounts = {row["account_id"] for row in rows} - {None}
    registered = {row["registration_id"] for row in rows} - {None}
    reading = {**slots, ACCOUNTS.name: list(accounts), REGISTRATIONS.name: list(registered)}
    deals = await _read(db, _deals(scope), reading)
    registrations = await _read(db, _registrations(scope), reading)
    return [_of(n, query, rows, deals, registrations) for n, query in enumerate(queries)]


def _of(
    n: int,
    query: Query,
    rows: Sequence[Mapping[str, Any]],
    deals: Sequence[Mapping[str, Any]],
    registrations: Sequence[Mapping[str, Any]],
) -> Candidates:
    accounts = {row["account_id"] for row in rows if row["n"] == n}
    registered = {row["registration_id"] for row in rows if row["n"] == n}
    return Candidates(
        [deal for deal in deals if deal["account_id"] in accounts and deal["id"] != query.opportunity_id],
        [one for one in registrations if one["id"] in registered and one["id"] != query.registration_id],
    )


async def _read(db: Reader, statement: Statement, slots: Mapping[str, object]) -> Sequence[Mapping[str, Any]]:
    return await db.fetch(statement.text, *statement.arguments(slots))


def _asked(queries: Sequence[Query], frequent: Frequent) -> str:
    asked = []
    for n, query in enumerate(queries):
        terms = search_terms(query.company)
        asked.append(
            {
                "n": n,
                "core": frequent.rare(terms.core),
                "terms": frequent.searched(terms.terms),
                "domain": terms.domain,
                "digits": [terms.digits] if terms.digits else [],
                "registration": query.registration_id or UUID(int=0),
                "deal": query.opportunity_id,
            }
        )
    return orjson.dumps(asked, default=str).decode()


async def has_trigrams(db: Reader) -> bool:
    """Without `pg_trgm`, slips of the fingers in long words go unnoticed."""
    return bool(await db.fetch("SELECT FROM pg_extension WHERE extname = 'pg_trgm'"))


@lru_cache(maxsize=2)
def _finding(spelt: bool) -> Statement:
    ways = ["k.terms && q.terms", "k.domain = q.domain", "k.digits = ANY (q.digits)"]
    if spelt:
        ways.append("k.core % q.core")
    overlap = "(SELECT count(*) FROM unnest(k.terms) t WHERE t = ANY (q.terms))"
    alike = " + 10 * similarity(k.core, q.core)" if spelt else ""
    rank = f"{overlap}{alike} + CASE WHEN k.domain = q.domain OR k.digits = ANY (q.digits) THEN 100 ELSE 0 END"
    met = " UNION ALL ".join(
        f"(SELECT k.account_id, k.registration_id, {rank} AS rank FROM company_key k WHERE {way} LIMIT {READ})"
        for way in ways
    )
    return sql(
        f"WITH {_ASKED} SELECT q.n, c.account_id, c.registration_id FROM q CROSS JOIN LATERAL ("
        "  SELECT k.account_id, k.registration_id FROM ("
        f"   SELECT m.account_id, m.registration_id, max(m.rank) AS rank FROM ({met}) m GROUP BY 1, 2) k"
        f"  WHERE CASE WHEN k.account_id IS NULL THEN EXISTS ({_LIVE_ONE}) ELSE EXISTS ({_OPEN_DEAL}) END"
        f"  ORDER BY k.rank DESC LIMIT {MOST}) c",
        QUERIES,
    ).statement()


@lru_cache(maxsize=4)
def _among_own(scope: VisibilityScope) -> Statement:
    """What is stale counts, since nobody waits here for that to be renewed. With an offset, terms are looked up for
    each of the own; without, those of all companies might be read for them."""
    own = sql(
        "own AS MATERIALIZED ("
        " SELECT k.* FROM (SELECT DISTINCT o.account_id FROM opportunity o WHERE o.status = 'OPEN' AND {}) d"
        " CROSS JOIN LATERAL (SELECT c.* FROM company_key c WHERE c.account_id = d.account_id OFFSET 0) k"
        f" UNION ALL SELECT k.* FROM deal_registration r"
        " CROSS JOIN LATERAL (SELECT c.* FROM company_key c WHERE c.registration_id = r.id OFFSET 0) k"
        f" WHERE {_LIVE} AND {{}})",
        visible(scope, "opportunity", "o"),
        visible(scope, "deal_registration", "r"),
    )
    overlap = "(SELECT count(*) FROM unnest(k.terms) t WHERE t = ANY (q.terms))"
    return sql(
        "WITH {}, {} SELECT q.n, c.account_id, c.registration_id FROM q CROSS JOIN LATERAL ("
        "  SELECT k.account_id, k.registration_id FROM own k"
        "  WHERE k.stale OR k.terms && q.terms OR k.domain = q.domain OR k.digits = ANY (q.digits)"
        f"  ORDER BY k.stale DESC, {overlap} DESC LIMIT {MOST}) c",
        sql(_ASKED, QUERIES),
        own,
    ).statement()


@lru_cache(maxsize=4)
def _deals(scope: VisibilityScope) -> Statement:
    """An import's placeholder stands for nobody (`external_id` ends in a colon)."""
    return sql(
        "SELECT o.id, o.account_id, o.partner_id, o.created_at, o.name AS title, o.notes AS need,"
        " ARRAY[]::text[] AS products, a.name, NULL::text AS place, a.country, a.domain, a.registration_number"
        " FROM opportunity o JOIN account a ON a.id = o.account_id"
        " WHERE o.account_id = ANY ({}::uuid[]) AND o.status = 'OPEN' AND coalesce(a.external_id, '') NOT LIKE '%:'"
        " AND {} ORDER BY o.created_at, o.id LIMIT 1000",
        ACCOUNTS,
        visible(scope, "opportunity", "o"),
    ).statement()


@lru_cache(maxsize=4)
def _registrations(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT r.id, r.partner_id, r.opportunity_id, r.status, r.submitted_at, r.title, r.need, r.products,"
        " r.account_name AS name, r.account_city AS place, r.account_country AS country, r.account_domain AS domain,"
        " r.account_registration_number AS registration_number"
        f" FROM deal_registration r WHERE r.id = ANY ({{}}::uuid[]) AND {_LIVE} AND {{}}"
        " ORDER BY r.submitted_at, r.id LIMIT 1000",
        REGISTRATIONS,
        visible(scope, "deal_registration", "r"),
    ).statement()
