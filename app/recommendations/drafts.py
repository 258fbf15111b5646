"""The drafts of all open deals."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from app.database import Database
from app.recommendations.facts import Gathered, gather
from app.recommendations.languages import catalogues, in_language
from guidance.actions import Draft
from guidance.facts import Facts
from guidance.recommend import recommend

AT_ONCE = 100
_OPEN = "SELECT id FROM opportunity WHERE status = 'OPEN' ORDER BY id"


async def drafts_of(database: Database, at: datetime, language: str | None = None) -> Mapping[Draft, int]:
    """Each once, with how many deals each stands in. `language`: as if every seller read that one, as far as there is a
    catalogue of it."""
    heard = catalogues([language] if language else [])
    ids = [row["id"] for row in await database.fetch(_OPEN)]
    found: Counter[Draft] = Counter()
    for start in range(0, len(ids), AT_ONCE):
        for one in (await gather(database, ids[start : start + AT_ONCE], at, languages=heard)).values():
            facts = _read_in(one, language) if language else one.facts
            advice = recommend(facts, learned=one.learned, custom_rules=one.custom_rules, at=at)
            found.update({ranked.candidate.message for ranked in advice.actions if ranked.candidate.message})
    return found


def _read_in(one: Gathered, language: str) -> Facts:
    told = in_language(one.facts, language, one.deal.play, one.board, one.pieces_in.get(language, {}))
    return replace(told, language=language, advice_language=one.facts.advice_language)
