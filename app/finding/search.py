"""Finding deals, customers, people at them and content by words: one statement for each noun, of what the viewer sees.

Deals are found as `app.deals.search` finds them. Of the others, all words have to begin words of theirs; where
PostgreSQL has trigrams, names of customers and people are also found with a letter wrong. Scores are comparable between
nouns: 1 the very name or external id, 0.9 what begins so, 0.75 whole words, 0.5 parts and likenesses.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from app.database import Database
from app.database.search import searchable, tsquery
from app.database.sql import TRUE, Slot, Sql, Statement, sql
from app.deals import search as deals
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.vocabulary import SearchKind

MOST = 50
LONGEST = 400
_SCORES = {deals.EXACT: 1.0, deals.BEGINS: 0.9, deals.WORDS: 0.75, deals.PARTS: 0.5, deals.REST: 0.4}
_TEXT, _WORDS, _MOST = Slot("text"), Slot("words"), Slot("most")


@dataclass(frozen=True, slots=True)
class Hit:
    kind: SearchKind
    id: UUID
    score: float


REGISTERED = "search_fold(coalesce(x.account_name, '') || ' ' || coalesce(x.title, '') || ' ' || x.number)"
"""What a registration is found by, as its index has it."""
_TABLES = {
    SearchKind.ACCOUNT: ("account", "name"),
    SearchKind.CONTACT: ("contact", "name"),
    SearchKind.CONTENT: ("content", "title"),
}
_ALIKE = frozenset({SearchKind.ACCOUNT, SearchKind.CONTACT})
"""Whose names an index has by trigrams."""


async def search(db: Database, viewer: Viewer, text: str, most: int) -> list[Hit]:
    """The best `most` of all nouns together; none for a text without words."""
    wanted = searchable(text)
    words = tsquery(wanted)
    if not words or not most:
        return []
    alike = await _has_trigrams(db)
    slots = {**slots_of(viewer), _TEXT.name: wanted, _WORDS.name: words, _MOST.name: most}
    found = await asyncio.gather(
        _deals(db, scope_of(viewer), slots),
        *(_named(db, scope_of(viewer), kind, slots, alike=alike and kind in _ALIKE) for kind in _TABLES),
        _registrations(db, scope_of(viewer), slots),
    )
    hits = [hit for some in found for hit in some]
    order = {kind: place for place, kind in enumerate(SearchKind)}
    return sorted(hits, key=lambda hit: (-hit.score, order[hit.kind]))[:most]


async def _deals(db: Database, scope: VisibilityScope, slots: dict[str, object]) -> Sequence[Hit]:
    statement = _of_deals(scope)
    rows = await db.fetch(statement.text, *statement.arguments(slots))
    return [Hit(SearchKind.OPPORTUNITY, row["opportunity_id"], _SCORES[row["rank"]]) for row in rows]


@lru_cache(maxsize=4)
def _of_deals(scope: VisibilityScope) -> Statement:
    nothing_more = deals.Rest(TRUE, oldest_first=False, most=0)
    return sql(
        "SELECT f.opportunity_id, f.rank FROM ({}) f ORDER BY f.rank, f.opportunity_id DESC LIMIT {}::integer",
        deals.ranked(scope, _TEXT, deals.Meant(), nothing_more),
        _MOST,
    ).statement()


async def _named(
    db: Database, scope: VisibilityScope, kind: SearchKind, slots: dict[str, object], *, alike: bool
) -> Sequence[Hit]:
    statement = _of_names(scope, kind, alike)
    rows = await db.fetch(statement.text, *statement.arguments(slots))
    return [Hit(kind, row["id"], row["score"]) for row in rows]


@lru_cache(maxsize=24)
def _of_names(scope: VisibilityScope, kind: SearchKind, alike: bool) -> Statement:
    table, column = _TABLES[kind]
    name = f"search_fold(x.{column})"
    words = sql("x.search @@ to_tsquery('simple', {}::text)", _WORDS)
    found: Sql = sql(f"({{}} OR {name} %> search_fold({{}}::text))", words, _TEXT) if alike else words
    return sql(  # the names are the models'
        f"SELECT x.id, CASE WHEN {name} = search_fold({{}}::text) THEN 1.0"  # noqa: S608
        f" WHEN starts_with({name}, search_fold({{}}::text)) THEN 0.9 WHEN {{}} THEN 0.75 ELSE 0.5 END::float8 AS score"
        f" FROM {table} x WHERE {{}} AND {{}} ORDER BY score DESC, x.{column}, x.id LIMIT {{}}::integer",
        *(_TEXT, _TEXT, words, found, visible(scope, table, "x"), _MOST),
    ).statement()


async def _registrations(db: Database, scope: VisibilityScope, slots: dict[str, object]) -> Sequence[Hit]:
    statement = _of_registrations(scope)
    rows = await db.fetch(statement.text, *statement.arguments(slots))
    return [Hit(SearchKind.REGISTRATION, row["id"], row["score"]) for row in rows]


@lru_cache(maxsize=4)
def _of_registrations(scope: VisibilityScope) -> Statement:
    """By number, title and customer; any part of a word, as of deals."""
    return sql(
        "WITH q AS MATERIALIZED (SELECT * FROM search_words({}::text))"  # noqa: S608 (a constant)
        " SELECT x.id, CASE WHEN search_fold(x.number) = (SELECT q.whole FROM q) THEN 1.0"
        f" WHEN starts_with({REGISTERED}, (SELECT q.whole FROM q)) THEN 0.9"
        f" WHEN {REGISTERED} ~ ALL ((SELECT q.words FROM q)::text[]) THEN 0.75 ELSE 0.5 END::float8 AS score"
        f" FROM deal_registration x WHERE {REGISTERED} LIKE coalesce((SELECT q.long1 FROM q), '%')"
        f" AND {REGISTERED} LIKE ALL ((SELECT q.likes FROM q)::text[]) AND {{}}"
        " ORDER BY score DESC, x.id DESC LIMIT {}::integer",
        *(_TEXT, visible(scope, "deal_registration", "x"), _MOST),
    ).statement()


_trigrams: dict[str, bool] = {}


async def _has_trigrams(db: Database) -> bool:
    """Asked once of each database."""
    known = _trigrams.get(db.url)
    if known is None:
        row = await db.fetchrow("SELECT to_regclass('account_name_likeness') IS NOT NULL AS known")
        known = _trigrams[db.url] = bool(row and row["known"])
    return known
