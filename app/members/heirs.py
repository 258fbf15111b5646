"""Heirs of leavers whom an identity provider signs off or moves: it can't be asked, so a rule names them."""

from uuid import UUID

from app.database import Transaction

# For a partner's people: a manager of theirs, then whoever looks after the partner, then an administrator. For the
# vendor's: an administrator, then a channel manager. Of several, who is here longest.
_HEIR = """
SELECT h.id FROM user_account u JOIN organization g ON g.id = u.organization_id
JOIN user_account h ON h.id <> u.id AND h.active
JOIN organization hg ON hg.id = h.organization_id
WHERE u.id = $1 AND (
  h.role = 'VENDOR_ADMIN' OR h.id = g.channel_manager_id AND hg.kind = 'VENDOR'
  OR g.kind = 'VENDOR' AND h.role = 'CHANNEL_MANAGER'
  OR g.kind = 'PARTNER' AND h.organization_id = u.organization_id AND h.role = 'PARTNER_MANAGER')
ORDER BY CASE WHEN h.organization_id = u.organization_id AND h.role = 'PARTNER_MANAGER' THEN 0
  WHEN h.id = g.channel_manager_id THEN 1 WHEN h.role = 'VENDOR_ADMIN' THEN 2 ELSE 3 END, h.created_at, h.id
LIMIT 1
"""


async def heir_of(tx: Transaction, user_id: UUID) -> UUID | None:
    row = await tx.fetchrow(_HEIR, user_id)
    return row["id"] if row else None
