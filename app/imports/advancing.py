"""Automatic advance of imported deals: the rule of `app.deals.automatic` for all that an import makes or changes.

A deal that the import itself moves to another stage stays there, as one does that a person moves.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import Transaction
from app.deals.moves import move_on
from app.deals.rules import auto_advance
from app.deals.settling import settle
from app.deals.store import deals
from app.identity.system_viewer import SYSTEM_VIEWER

_AT_ONCE = 500

# Deals that the import changes, or whose customers it changes, and doesn't move.
_CHANGED = """
SELECT o.id FROM opportunity o JOIN stage s ON s.id = o.stage_id AND s.auto_advance
WHERE o.status = 'OPEN' AND (
    o.id IN (SELECT opportunity_id FROM import_target WHERE stored)
    OR o.account_id IN (SELECT a.id FROM account a JOIN import_account i ON a.external_id = $1 || ':' || i.external_id)
) AND o.id NOT IN (SELECT t.opportunity_id FROM import_target t JOIN import_chain c ON c.deal = t.deal)
ORDER BY o.id
"""

# Nobody has marked anything in a new deal: where people are asked for something, it stays.
_NEW = """
SELECT o.id FROM import_target t JOIN opportunity o ON o.id = t.opportunity_id
JOIN stage s ON s.id = o.stage_id AND s.auto_advance
WHERE NOT t.stored AND o.status = 'OPEN'
  AND NOT EXISTS (SELECT FROM criterion c
                  WHERE c.stage_id = s.id AND c.phase = 'EXIT' AND c.required AND c.expression IS NULL)
  AND NOT EXISTS (SELECT FROM activity a WHERE a.stage_id = s.id AND a.required)
ORDER BY o.id
"""


async def kept(tx: Transaction, system: str, at: datetime) -> Sequence[UUID]:
    """The stored deals that the import may let advance: something keeps them in their stage, as they are before
    anything of them is written."""
    ids = [row["id"] for row in await tx.fetch(_CHANGED, system)]
    found: list[UUID] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = await deals(tx, SYSTEM_VIEWER, ids[start : start + _AT_ONCE], lock=True)
        await settle(some.values(), at)
        found += [id for id, deal in some.items() if auto_advance(deal.as_deal(at), deal.play.stages) is None]
    return found


async def advance(tx: Transaction, were_kept: Sequence[UUID], at: datetime) -> int:
    """How many deals advanced by themselves; to be asked for once everything was written."""
    new = [row["id"] for row in await tx.fetch(_NEW)]
    moved = [await move_on(tx, None, None, id, at) for id in (*were_kept, *new)]
    return sum(one is not None for one in moved)
