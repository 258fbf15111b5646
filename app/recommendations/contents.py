"""The content of a stage as a deal's partner is offered it; kept until any content changes."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import orjson

from app.database.sql import Sql, Statement, all_of, joined, sql
from app.enablement.ranking import best_translation, meant_for_deal, rank_for_deal
from app.events.log import Reader
from app.nouns.content import content_for
from app.settings import settings
from guidance import facts as known

KEPT = 4_096
MOST = 12
"""Of a stage: more is not read by anybody."""


@dataclass(frozen=True, slots=True)
class Piece:
    id: UUID
    key: str
    title: str
    kind: str
    summary: str
    reader: known.Reader
    language: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """A stage's content for one sort of reader: what its partner may see and what is meant for the deal, in the
    language of the deal's owner. Without a partner the vendor's people sell, who see everything."""

    stage_id: UUID
    has_partner: bool
    tier: str | None
    serves: tuple[str, ...]
    industry: str | None
    language: str


Pieces = tuple[Piece, ...]
_kept: OrderedDict[tuple[str, datetime | None, Shelf], Pieces] = OrderedDict()


async def pieces(
    db: Reader, shelves: Iterable[Shelf], *, source: str, changed_at: datetime | None
) -> dict[Shelf, Pieces]:
    """At most one statement, none when all shelves are known. `source` names the database, `changed_at` is when any
    content of it last changed."""
    wanted = list(dict.fromkeys(shelves))
    missing = [shelf for shelf in wanted if (source, changed_at, shelf) not in _kept]
    found: dict[Shelf, list[Piece]] = {shelf: [] for shelf in missing}
    if missing:
        for row in await db.fetch(_statement().text, _asked(missing)):
            shelf = found[missing[row["n"]]]
            if len(shelf) < MOST:
                shelf.append(
                    Piece(
                        row["id"],
                        row["key"],
                        row["title"],
                        row["kind"],
                        row["summary"],
                        known.Reader(row["reader"]),
                        row["language"],
                    )
                )
        for one, there in found.items():
            _kept[source, changed_at, one] = tuple(there)
    answer = {shelf: _kept[source, changed_at, shelf] for shelf in wanted}
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return answer


def _asked(shelves: list[Shelf]) -> str:
    rows = [
        {
            "n": n,
            "stage_id": shelf.stage_id,
            "has_partner": shelf.has_partner,
            "tier": shelf.tier,
            "serves": shelf.serves,
            "industry": shelf.industry,
            "language": shelf.language,
            "programme": settings().default_language,
        }
        for n, shelf in enumerate(shelves)
    ]
    return orjson.dumps(rows, default=str).decode()


@lru_cache(maxsize=1)
def _statement() -> Statement:
    tier, industry = sql("k.tier"), sql("k.industry")
    languages = {"language": sql("k.language"), "programme": sql("k.programme")}

    def open_to_it(content: str) -> Sql:
        to_partner = content_for(sql(content), tier, sql("k.serves"))
        return all_of(
            [sql("NOT k.has_partner OR ({})", to_partner), meant_for_deal(content, tier=tier, industry=industry)]
        )

    seen = open_to_it("bc")
    order = rank_for_deal("c", "l", tier=tier, industry=industry, **languages)
    return sql(
        "SELECT k.n, c.id, c.key, c.title, c.kind, c.summary, c.reader, c.language"
        " FROM jsonb_to_recordset($1::text::jsonb) AS k(n integer, stage_id uuid, has_partner boolean, tier text,"
        " serves text[], industry text, language text, programme text)"
        " JOIN stage_content l ON l.stage_id = k.stage_id JOIN content c ON c.id = l.content_id"
        " WHERE {} AND {} ORDER BY k.n, {}, c.id",
        open_to_it("c"),
        best_translation("c", "l", seen, **languages),
        joined(", ", order),
    ).statement()
