"""Forgetting a person at a customer."""

from dataclasses import dataclass
from uuid import UUID

from app.contacts.stored import locked
from app.database import Transaction
from app.deals.editing import within
from app.events import append, facts
from app.identity.viewer import Viewer
from app.outcomes import Refused

# Before the person is locked: whoever says who takes part in a deal locks the deal first.
_TAKES_PART = """
SELECT o.id FROM opportunity o JOIN opportunity_contact l ON l.opportunity_id = o.id
WHERE l.contact_id = $1 ORDER BY o.id FOR NO KEY UPDATE OF o
"""
_COUNT = "UPDATE opportunity SET version = version + 1, updated_at = now() WHERE id = ANY ($1::uuid[])"


@dataclass(frozen=True, slots=True)
class ContactRemoved:
    contact_id: UUID
    account_id: UUID


async def remove_contact(
    viewer: Viewer, contact_id: UUID, *, expected_version: int | None = None, tx: Transaction | None = None
) -> ContactRemoved | Refused:
    """Nothing of what was known of them is left; the deals that they took part in have changed."""
    async with within(tx) as own:
        deals = [row["id"] for row in await own.fetch(_TAKES_PART, contact_id)]
        stored = await locked(own, viewer, contact_id, expected_version)
        if isinstance(stored, Refused):
            return stored
        # While the person is there, since whoever sees them may write of them.
        removed = facts.contact_removed(contact_id, account_id=stored["account_id"], actor_id=viewer.user_id)
        await append(own, removed)
        await own.execute("DELETE FROM contact WHERE id = $1", contact_id)
        await own.execute(_COUNT, deals)
        await append(own, *(facts.opportunity_updated(d, fields=["contacts"], actor_id=viewer.user_id) for d in deals))
        return ContactRemoved(contact_id, stored["account_id"])
