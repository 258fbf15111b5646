"""Distributors over resellers: whose parent a partner may have. No partner is its own ancestor, and a chain of parents
has an end within `DEEPEST`."""

from uuid import UUID

from app.database import Transaction
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode

DEEPEST = 5
"""So many partners stand in a chain at most: the one above all, down to one that has nobody below."""

_KNOWN = "SELECT id FROM organization WHERE id = $1 AND kind = 'PARTNER' FOR KEY SHARE"
# UNION, so that it would end if there were a circle.
_ABOVE = """
WITH RECURSIVE above AS (
  SELECT g.id, g.parent_id FROM organization g WHERE g.id = $1
  UNION SELECT g.id, g.parent_id FROM organization g JOIN above a ON g.id = a.parent_id
)
SELECT id FROM above
"""
_LEVELS_BELOW = """
WITH RECURSIVE below AS (
  SELECT g.id, 0 AS level FROM organization g WHERE g.id = $1
  UNION SELECT g.id, b.level + 1 FROM organization g JOIN below b ON g.parent_id = b.id WHERE b.level <= 10
)
SELECT max(level) AS levels FROM below
"""


async def parent_problem(tx: Transaction, partner_id: UUID | None, parent_id: UUID) -> Refused | None:
    """Why the partner (None: a new one) can't have this parent. Whoever asks holds the turn of `app.members.store`, so
    that no two of them close a circle together."""
    if await tx.fetchrow(_KNOWN, parent_id) is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such partner.", "parentId")
    above = {row["id"] for row in await tx.fetch(_ABOVE, parent_id)}
    if partner_id in above:
        message = "A partner can't stand above itself: choose one that isn't below it, or null for none."
        return refused(ErrorCode.INVALID, message, "parentId")
    row = await tx.fetchrow(_LEVELS_BELOW, partner_id) if partner_id else None
    if len(above) + 1 + (row["levels"] if row else 0) > DEEPEST:
        message = f"At most {DEEPEST} partners stand one above the other; choose a parent further up."
        return refused(ErrorCode.INVALID, message, "parentId")
    return None
