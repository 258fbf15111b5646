"""Whether a reseller shares its new deals with its distributor."""

from dataclasses import dataclass
from uuid import UUID

from app import audit
from app.database import Transaction
from app.database.connection import as_house
from app.deals.editing import within
from app.identity.viewer import Viewer
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode, Permission

_RESELLER = "SELECT parent_id, shares_new_deals FROM organization WHERE id = $1 AND kind = 'PARTNER' FOR NO KEY UPDATE"
_SAVE = "UPDATE organization SET shares_new_deals = $2 WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Sharing:
    partner_id: UUID
    shares_new_deals: bool


async def set_sharing(viewer: Viewer, shares: bool, *, tx: Transaction | None = None) -> Sharing | Refused:
    """For the viewer's organisation. Deals that it has already stay as they are."""
    if not viewer.may(Permission.SHARE_OPPORTUNITY):
        return refused(ErrorCode.FORBIDDEN, "Your role may not say what your organisation shares.")
    id = viewer.organization_id
    async with within(tx) as own, as_house(own):
        row = await own.fetchrow(_RESELLER, id)
        if row is None or (shares and row["parent_id"] is None):
            return refused(ErrorCode.INVALID, "Your organisation has no distributor.", "newDeals")
        if row["shares_new_deals"] is not shares:
            await own.execute(_SAVE, id, shares)
            entry = audit.Entry("PARTNER_CHANGED", viewer.user_id, f"ptr_{id}", {"fields": ["sharesNewDeals"]})
            await audit.add(own, entry)
        return Sharing(id, shares)
