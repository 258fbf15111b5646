"""The standing of whoever changes who takes part in a deal."""

from enum import StrEnum

from app.database import Transaction
from app.deals.store import StoredDeal
from app.identity.viewer import Viewer
from app.vocabulary import TeamAccess

_ACCESS = "SELECT access FROM deal_partner WHERE opportunity_id = $1 AND partner_id = $2 AND status = 'ACCEPTED'"


class Standing(StrEnum):
    VENDOR = "VENDOR"
    LEAD = "LEAD"
    ALONG = "ALONG"


def standing_in(viewer: Viewer, found: StoredDeal) -> Standing:
    """Of a viewer who sees the deal."""
    if viewer.is_vendor:
        return Standing.VENDOR
    return Standing.LEAD if found.partner_id == viewer.organization_id else Standing.ALONG


async def may_grant(tx: Transaction, viewer: Viewer, found: StoredDeal, access: TeamAccess) -> bool:
    """Nobody gives more access than their organisation has been given."""
    if access is TeamAccess.READ or standing_in(viewer, found) is not Standing.ALONG:
        return True
    row = await tx.fetchrow(_ACCESS, found.id, viewer.organization_id)
    return row is not None and row["access"] == TeamAccess.EDIT
