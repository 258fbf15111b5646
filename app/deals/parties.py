"""Whom a deal is with and whose it is: accounts, partners and owners, as far as the viewer may name them."""

from uuid import UUID

from app.database import Transaction
from app.database.sql import sql
from app.deals.names import name_key, tidy
from app.identity.viewer import Viewer
from app.identity.visibility import sight_of, slots_of, visible
from app.models.columns import new_id
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode, Permission, Role

_ACCOUNT_BY_NAME = """
SELECT id FROM account WHERE name_key = $1 AND partner_id IS NOT DISTINCT FROM $2 ORDER BY id LIMIT 1
"""
_ACCOUNT = "INSERT INTO account (id, partner_id, name, name_key) VALUES ($1, $2, $3, $4)"
_OWNER = """
SELECT u.id FROM user_account u JOIN organization g ON g.id = u.organization_id
WHERE u.id = $1 AND u.active AND (g.kind = 'VENDOR' OR g.id = $2)
"""


async def partner_for(tx: Transaction, viewer: Viewer, wanted: UUID | None) -> UUID | Refused | None:
    """The own organisation of a partner's people; for the vendor's, the partner they name."""
    if not viewer.is_vendor:
        if wanted not in (None, viewer.organization_id):
            return refused(ErrorCode.NOT_FOUND, "There is no such partner.", "partnerId")
        return viewer.organization_id
    if wanted is None:
        return None
    if not viewer.may(Permission.ASSIGN_PARTNER):
        return refused(ErrorCode.FORBIDDEN, "Your role may not give deals to partners.", "partnerId")
    known = await tx.fetchrow("SELECT id FROM organization WHERE id = $1 AND kind = 'PARTNER'", wanted)
    return wanted if known else refused(ErrorCode.NOT_FOUND, "There is no such partner.", "partnerId")


async def owner_for(
    tx: Transaction, viewer: Viewer, wanted: UUID | None, partner: UUID | None
) -> UUID | Refused | None:
    """An active user of the deal's partner or of the vendor; a seller's new deal is their own."""
    if wanted is None:
        return viewer.user_id if viewer.role is Role.PARTNER_SELLER else None
    known = await tx.fetchrow(_OWNER, wanted, partner)
    return wanted if known else refused(ErrorCode.NOT_FOUND, "There is no such user.", "ownerId")


async def account_by_id(tx: Transaction, viewer: Viewer, wanted: UUID) -> UUID | Refused:
    seen = visible(sight_of(viewer), "account", "a")
    statement = sql("SELECT a.id FROM account a WHERE a.id = {}::uuid AND {}", wanted, seen).statement()
    known = await tx.fetchrow(statement.text, *statement.arguments(slots_of(viewer)))
    return wanted if known else refused(ErrorCode.NOT_FOUND, "There is no such account.", "accountId")


async def account_by_name(tx: Transaction, name: str, partner: UUID | None) -> UUID:
    """The partner's own account of this name, however it is spelt, made if there is none: nobody learns whom others
    sell to."""
    known = await account_named(tx, name, partner)
    if known:
        return known
    made = new_id()
    await tx.execute(_ACCOUNT, made, partner, tidy(name), name_key(name))
    return made


async def account_named(tx: Transaction, name: str, partner: UUID | None) -> UUID | None:
    known = await tx.fetchrow(_ACCOUNT_BY_NAME, name_key(name), partner)
    return known["id"] if known else None
