"""The end of a partner's part in a deal: it leaves, is removed, or an invitation is withdrawn or expires."""

from datetime import UTC, datetime
from uuid import UUID

from app.cosell.inviting import LONGEST_REASON
from app.cosell.offering import go_on
from app.cosell.responding import back_to_its_source
from app.cosell.standing import Standing, standing_in
from app.cosell.stored import become, live
from app.database import Transaction
from app.database.connection import as_house
from app.deals.editing import Changed, changeable, finish, within
from app.deals.fields import text_problem
from app.deals.handover import parties, tidings
from app.deals.store import StoredDeal
from app.events import append, facts
from app.identity.scopes import Parties
from app.identity.viewer import Viewer
from app.outcomes import Refused, refused
from app.vocabulary import DealPartnerRole, ErrorCode, InvitationStatus, Permission

_TEAM_LEAVES = """
DELETE FROM team_member m USING user_account u
WHERE m.opportunity_id = $1 AND u.id = m.user_id AND u.organization_id = $2 RETURNING m.id
"""


async def remove_partner(
    viewer: Viewer,
    opportunity_id: UUID,
    partner_id: UUID | None,
    *,
    reason: str | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Changed | Refused:
    """Without a partner, the own organisation leaves. From then on none of its people sees anything of the deal, and
    none is on its team."""
    when = at or datetime.now(UTC)
    async with within(tx) as own:
        found = await changeable(own, viewer, opportunity_id, expected_version, Permission.SHARE_OPPORTUNITY)
        if isinstance(found, Refused):
            return found
        if problem := text_problem(reason, LONGEST_REASON, "reason"):
            return problem
        whose = partner_id or viewer.organization_id
        async with as_house(own):
            row = await live(own, found.id, whose)
            if row is None or not _knows(viewer, found, row["status"], row["inviter_id"], whose):
                return refused(ErrorCode.NOT_FOUND, "That partner takes no part in the deal.", "partnerId")
            if row["role"] == DealPartnerRole.LEAD and row["status"] == InvitationStatus.ACCEPTED:
                message = "That partner leads the deal; the vendor transfers it by `updateOpportunity`."
                return refused(ErrorCode.INVALID, message, "partnerId")
            if not _may_end(viewer, found, row["inviter_id"], whose):
                message = "Whoever invited a partner, the vendor, or the partner itself ends its part in a deal."
                return refused(ErrorCode.FORBIDDEN, message, "partnerId")
            if row["status"] == InvitationStatus.INVITED:
                await become(own, row, InvitationStatus.CANCELLED, when, viewer.user_id, reason=reason)
                await go_on(own, row, when)
                return Changed(found.id)
            left = whose == viewer.organization_id
            before = await parties(own, found)
            status = InvitationStatus.LEFT if left else InvitationStatus.REMOVED
            await become(own, row, status, when, viewer.user_id, reason=reason)
            return await _ended(own, viewer, found, before, whose, when, left=left)


def _knows(viewer: Viewer, found: StoredDeal, status: str, inviter_id: UUID | None, whose: UUID) -> bool:
    """That a partner was asked, only the vendor knows and who has asked."""
    if viewer.is_vendor or status == InvitationStatus.ACCEPTED or whose == viewer.organization_id:
        return True
    return inviter_id == viewer.organization_id and found.partner_id == viewer.organization_id


def _may_end(viewer: Viewer, found: StoredDeal, inviter_id: UUID | None, whose: UUID) -> bool:
    match standing_in(viewer, found):
        case Standing.VENDOR:
            return True
        case Standing.LEAD:
            return inviter_id == viewer.organization_id
        case Standing.ALONG:
            return whose == viewer.organization_id


async def _ended(
    tx: Transaction, viewer: Viewer, found: StoredDeal, before: Parties, whose: UUID, at: datetime, *, left: bool
) -> Changed:
    fields = ["partners"]
    if await tx.fetch(_TEAM_LEAVES, found.id, whose):
        fields.append("team")
    if await back_to_its_source(tx, found):
        fields.append("source")
    event = facts.opportunity_updated(found.id, fields=fields, actor_id=viewer.user_id)
    changed = await finish(tx, viewer, found, event, at)
    await append(tx, *tidings(found.id, before, await parties(tx, found)))
    return Changed(changed.opportunity_id, changed.transition_id, left=left)
