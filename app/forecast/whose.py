"""Parties whose deals a target or a submission is about: the programme's, a partner's or one person's."""

from typing import NamedTuple
from uuid import UUID

from app.database import Transaction
from app.identity.viewer import Viewer
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode, Role

_PARTNER = "SELECT FROM organization WHERE id = $1 AND kind = 'PARTNER'"
_PERSON = """
SELECT CASE WHEN g.kind = 'PARTNER' THEN g.id END AS partner_id
FROM user_account u JOIN organization g ON g.id = u.organization_id WHERE u.id = $1 AND u.active
"""
_NO_PARTNER, _NO_PERSON = "There is no such partner.", "There is no such user."


class Whose(NamedTuple):
    """Neither: the whole programme's."""

    partner_id: UUID | None = None
    owner_id: UUID | None = None


async def whose_target(
    tx: Transaction, viewer: Viewer, partner_id: UUID | None, owner_id: UUID | None
) -> Whose | Refused:
    """A partner's manager sets those of the own people; what the organisation is to win is the vendor's to say."""
    named = await _partner(tx, viewer, partner_id)
    if isinstance(named, Refused):
        return named
    if owner_id is None:
        if viewer.is_vendor:
            return Whose(named)
        message = "Your organisation's own target is set by the vendor: name one of your people by `ownerId`."
        return refused(ErrorCode.FORBIDDEN, message, "partnerId" if partner_id else "ownerId")
    person = await tx.fetchrow(_PERSON, owner_id)
    if person is None or (person["partner_id"] != named and not (viewer.is_vendor and partner_id is None)):
        return refused(ErrorCode.NOT_FOUND, _NO_PERSON, "ownerId")
    return Whose(person["partner_id"], owner_id)


async def whose_submission(tx: Transaction, viewer: Viewer, partner_id: UUID | None) -> Whose | Refused:
    """Sellers submit for themselves, managers for their organisation, the vendor's people for all or for a partner."""
    named = await _partner(tx, viewer, partner_id)
    if isinstance(named, Refused):
        return named
    return Whose(named, viewer.user_id if viewer.role is Role.PARTNER_SELLER else None)


async def _partner(tx: Transaction, viewer: Viewer, wanted: UUID | None) -> UUID | Refused | None:
    if not viewer.is_vendor:
        if wanted in (None, viewer.organization_id):
            return viewer.organization_id
        return refused(ErrorCode.NOT_FOUND, _NO_PARTNER, "partnerId")
    if wanted is not None and await tx.fetchrow(_PARTNER, wanted) is None:
        return refused(ErrorCode.NOT_FOUND, _NO_PARTNER, "partnerId")
    return wanted
