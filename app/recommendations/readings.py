"""A language model's readings of a deal's texts, and the texts with their authors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from app.events.log import Reader
from app.events.parts import since
from app.vocabulary import EventType
from guidance.facts import Facts, Reading, Written
from guidance.quotes import still_says

NONE = "[]"

# What happened and was answered while another partner had the deal isn't this one's.
_PARTNER = "(SELECT o.partner_id FROM opportunity o WHERE o.id = $1)"
# Whoever wrote the notes or the next step last; without such an event they are as they came in.
_AUTHORS = f"""
SELECT x.field, u.name, x.at FROM (
  SELECT DISTINCT ON (f.field) f.field, e.actor_id, e.at FROM event e,
    unnest(ARRAY['notes', 'nextStep']) AS f(field)
  WHERE e.opportunity_id = $1 AND e.at >= {since("$1")} AND (e.partner_id IS NULL OR e.partner_id = {_PARTNER})
    AND (e.type = '{EventType.OPPORTUNITY_CREATED}'
    OR e.type = '{EventType.OPPORTUNITY_UPDATED}' AND e.payload -> 'fields' ? f.field)
  ORDER BY f.field, e.xid DESC, e.seq DESC) x LEFT JOIN user_account u ON u.id = x.actor_id
UNION ALL
SELECT 'answer/' || q.question_key, u.name, q.answered_at FROM qualification_answer q
LEFT JOIN user_account u ON u.id = q.answered_by_id WHERE q.opportunity_id = $1
UNION ALL
SELECT 'response/' || n.key, u.name, n.responded_at FROM next_best_action n
LEFT JOIN user_account u ON u.id = n.responded_by_id WHERE n.opportunity_id = $1 AND n.reason IS NOT NULL
  AND n.partner_id IS NOT DISTINCT FROM {_PARTNER}
"""  # noqa: S608 (the texts are constants)
_TEXT_OF = {"notes": "notes", "nextStep": "next_step"}


def with_readings(facts: Facts, stored: str | None) -> Facts:
    """The facts with those readings whose texts still say so."""
    if stored is None or stored == NONE:
        return facts
    texts = {text.id: text for text in facts.written()}
    return replace(facts, readings=tuple(one for one in _read(stored) if still_says(one.quote, texts)))


def plain(readings: Sequence[Reading]) -> Any:
    return _adapter().dump_python(tuple(readings), mode="json")


async def texts_of(db: Reader, deal: UUID, facts: Facts) -> list[Written]:
    """What people wrote about the deal, with author and day where they are known. All of it may be read by whoever may
    see the deal."""
    authors = {_TEXT_OF.get(row["field"], row["field"]): row for row in await db.fetch(_AUTHORS, deal)}
    return [_by(text, authors.get(text.id)) for text in facts.written()]


def _by(text: Written, row: Mapping[str, Any] | None) -> Written:
    if row is None:
        return text
    at: datetime | None = row["at"]
    return replace(text, author=row["name"], day=at.date() if at else None)


def _read(stored: str) -> tuple[Reading, ...]:
    return _adapter().validate_python(orjson.loads(stored))


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[tuple[Reading, ...]]:
    return TypeAdapter(tuple[Reading, ...])
