"""Forgetting a person at a customer."""

from dataclasses import dataclass
from uuid import UUID

from app.contacts.linked_deals import change_deals, lock_deals
from app.contacts.stored import locked
from app.database import Transaction
from app.deals.editing import within
from app.events import append, facts
from app.identity.viewer import Viewer
from app.outcomes import Refused


@dataclass(frozen=True, slots=True)
class ContactRemoved:
    contact_id: UUID
    account_id: UUID


async def remove_contact(
    viewer: Viewer, contact_id: UUID, *, expected_version: int | None = None, tx: Transaction | None = None
) -> ContactRemoved | Refused:
    """Nothing of what was known of them is left; the deals that they took part in have changed."""
    async with within(tx) as own:
        await lock_deals(own, contact_id)
        stored = await locked(own, viewer, contact_id, expected_version)
        if isinstance(stored, Refused):
            return stored
        # While the person is there, since whoever sees them may write of them.
        removed = facts.contact_removed(contact_id, account_id=stored["account_id"], actor_id=viewer.user_id)
        await append(own, removed)
        await change_deals(own, viewer, contact_id, stored)
        await own.execute("DELETE FROM contact WHERE id = $1", contact_id)
        return ContactRemoved(contact_id, stored["account_id"])
