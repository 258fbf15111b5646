"""Advice that speaks of predictions: it ends where they say something else, and is made anew when it is read, or within
the minute."""

from collections.abc import Sequence
from uuid import UUID

from app.database import Database

_END = """
WITH heard AS (
  SELECT opportunity_id FROM recommendation WHERE opportunity_id = ANY ($1::uuid[]) AND fresh_until > clock_timestamp()
  ORDER BY opportunity_id FOR NO KEY UPDATE
)
UPDATE recommendation r SET fresh_until = clock_timestamp() FROM heard WHERE r.opportunity_id = heard.opportunity_id
"""


async def end_advice(db: Database, ids: Sequence[UUID]) -> None:
    """Of these deals. By itself: who answers advice locks it before the deal, who predicts after it."""
    if ids:
        async with db.transaction() as tx:
            await tx.execute(_END, list(ids))
