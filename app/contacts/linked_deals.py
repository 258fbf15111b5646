"""The deals that a person takes part in, which change with what their advice knows of the person."""

from uuid import UUID

import asyncpg

from app.database import Transaction
from app.events import append, facts
from app.identity.viewer import Viewer

_LOCK = """
SELECT o.id FROM opportunity o JOIN opportunity_contact l ON l.opportunity_id = o.id
WHERE l.contact_id = $1 ORDER BY o.id FOR NO KEY UPDATE OF o
"""
# Of those linked, deals that show the person: at the same customer, and not another partner's.
_COUNT = """
UPDATE opportunity o SET version = o.version + 1, updated_at = clock_timestamp() FROM opportunity_contact l
WHERE l.contact_id = $1 AND o.id = l.opportunity_id AND o.account_id = $2 AND ($3::uuid IS NULL OR o.partner_id = $3)
RETURNING o.id
"""


async def lock_deals(tx: Transaction, contact_id: UUID) -> None:
    """Before the person is locked: whoever says who takes part in a deal locks the deal first."""
    await tx.fetch(_LOCK, contact_id)


async def change_deals(tx: Transaction, viewer: Viewer, contact_id: UUID, stored: asyncpg.Record) -> None:
    """Count it in the deals, and log it. `stored`: the person, locked."""
    rows = await tx.fetch(_COUNT, contact_id, stored["account_id"], stored["partner_id"])
    by = viewer.user_id
    await append(
        tx,
        *(facts.opportunity_updated(id, fields=["contacts"], actor_id=by) for id in sorted(row["id"] for row in rows)),
    )
