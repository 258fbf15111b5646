"""Asking a partner to take part in a deal, and taking the question back."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from app.cosell.standing import Standing, standing_in
from app.cosell.stored import become, live, told
from app.database import Transaction
from app.database.connection import as_house
from app.deals.editing import changeable, finish, within
from app.deals.fields import insert, text_problem
from app.deals.handover import parties, tidings
from app.deals.names import word_key
from app.deals.store import StoredDeal
from app.events import append, facts
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.settings import settings
from app.vocabulary import (
    Attribution,
    DealPartnerRole,
    ErrorCode,
    InvitationStatus,
    OpportunityStatus,
    Permission,
    TeamAccess,
)

LONGEST_MESSAGE, LONGEST_REASON = 2_000, 2_000
MOST_DAYS = 90
MOST_PARTNERS = 20
"""Partners that are asked or take part in one deal at a time."""

_PARTNER = "SELECT id FROM organization WHERE id = $1 AND kind = 'PARTNER'"
_DISTRIBUTOR = "SELECT FROM organization WHERE id = $1 AND parent_id = $2"
_ACCEPTED = "UPDATE deal_partner SET status = 'ACCEPTED', responded_at = $2 WHERE id = $1"
_KNOWN = """
SELECT partner_id, status FROM deal_partner WHERE opportunity_id = $1
  AND (status = 'ACCEPTED' OR (status = 'INVITED' AND ($2::uuid IS NULL OR inviter_id = $2)))
"""
# An offer of which nobody is asked any more is over.
_OFFER_OVER = """
UPDATE deal_offer SET status = 'EXHAUSTED', waiting = '{}' WHERE id = $1 AND status = 'OPEN'
AND NOT EXISTS (SELECT FROM deal_partner d WHERE d.offer_id = $1 AND d.status = 'INVITED')
"""
_CUSTOMER = "SELECT name, domain, industry, country FROM account WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Invited:
    opportunity_id: UUID
    invitation_id: UUID


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a partner is asked. `days`: until it expires; None: as the settings say."""

    partner_id: UUID
    role: DealPartnerRole
    attribution: Attribution | None = None
    access: TeamAccess = TeamAccess.READ
    message: str | None = None
    days: int | None = None
    offer_id: UUID | None = None

    def to(self, partner_id: UUID) -> "Invitation":
        """The same, asked of another."""
        return replace(self, partner_id=partner_id)


async def invite(
    viewer: Viewer,
    opportunity_id: UUID,
    asked: Invitation,
    *,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Invited | Refused:
    """The partner's managers are shown what it is asked, and nothing of the deal by which they could know the customer.
    Of those who see the deal, only the vendor and whoever asked know of it until the partner has accepted."""
    when = at or datetime.now(UTC)
    async with within(tx) as own:
        found = await changeable(own, viewer, opportunity_id, expected_version, Permission.SHARE_OPPORTUNITY)
        if isinstance(found, Refused):
            return found
        async with as_house(own):
            if await is_own_distributor(own, viewer, found, asked.partner_id):
                return await share(own, viewer, found, asked, when)
            if problem := await problem_of(own, viewer, found, asked):
                return problem
            await _take_over(own, found, asked.partner_id, when)
            return await write(own, viewer, found, asked, when)


async def is_own_distributor(tx: Transaction, viewer: Viewer, found: StoredDeal, partner_id: UUID) -> bool:
    """Whether a reseller asks its distributor, which it may do whatever the vendor says of others."""
    if standing_in(viewer, found) is not Standing.LEAD:
        return False
    return await tx.fetchrow(_DISTRIBUTOR, viewer.organization_id, partner_id) is not None


async def share(
    tx: Transaction, viewer: Viewer, found: StoredDeal, asked: Invitation, at: datetime
) -> Invited | Refused:
    """The distributor takes part at once, and sees this deal of the reseller's and nothing else."""
    faults = Faults()
    if asked.role not in (DealPartnerRole.DISTRIBUTION, DealPartnerRole.OTHER):
        faults.note(refused(ErrorCode.INVALID, "Your distributor takes part as DISTRIBUTION.", "role"))
    if problem := await _form_problem(tx, viewer, found, asked, faults):
        return problem
    await _take_over(tx, found, asked.partner_id, at)
    before = await parties(tx, found)
    made = await write(tx, viewer, found, replace(asked, role=DealPartnerRole.DISTRIBUTION), at)
    await tx.execute(_ACCEPTED, made.invitation_id, at)
    await append(tx, told(made.invitation_id, InvitationStatus.ACCEPTED, viewer.user_id))
    await finish(
        tx, viewer, found, facts.opportunity_updated(found.id, fields=["partners"], actor_id=viewer.user_id), at
    )
    await append(tx, *tidings(found.id, before, await parties(tx, found)))
    return made


async def problem_of(tx: Transaction, viewer: Viewer, found: StoredDeal, asked: Invitation) -> Refused | None:
    standing, faults = standing_in(viewer, found), Faults()
    if standing is Standing.ALONG:
        return refused(ErrorCode.FORBIDDEN, "Whoever leads the deal invites others to it.", "opportunityId")
    if standing is Standing.LEAD and not settings().partners_invite:
        message = "Ask your channel manager to invite them: in this programme the vendor does."
        return refused(ErrorCode.FORBIDDEN, message, "partnerId")
    faults.note(_lead_problem(standing, found, asked))
    return await _form_problem(tx, viewer, found, asked, faults)


async def _form_problem(
    tx: Transaction, viewer: Viewer, found: StoredDeal, asked: Invitation, faults: Faults
) -> Refused | None:
    """With `faults` that have been found before."""
    if found.status is not OpportunityStatus.OPEN:
        faults.note(refused(ErrorCode.INVALID, "The deal is closed; have it reopened first.", "opportunityId"))
    if asked.days is not None and not 1 <= asked.days <= MOST_DAYS:
        faults.note(refused(ErrorCode.INVALID, f"From 1 to {MOST_DAYS} days.", "expiresInDays"))
    faults.note(text_problem(asked.message, LONGEST_MESSAGE, "message"), await _names_nobody(tx, found, asked.message))
    faults.note(await _partner_problem(tx, viewer, found, asked.partner_id))
    return faults.refusal()


def _lead_problem(standing: Standing, found: StoredDeal, asked: Invitation) -> Refused | None:
    if asked.role is not DealPartnerRole.LEAD:
        return None
    if standing is not Standing.VENDOR:
        return refused(ErrorCode.FORBIDDEN, "Who leads a deal is for the vendor to say.", "role")
    if found.partner_id is not None:
        message = "A partner leads the deal already; transfer it by `updateOpportunity` instead."
        return refused(ErrorCode.INVALID, message, "role")
    return None


async def _partner_problem(tx: Transaction, viewer: Viewer, found: StoredDeal, partner_id: UUID) -> Refused | None:
    """By what the viewer may know: whom the vendor has asked, and who hasn't answered, no partner is told."""
    if await tx.fetchrow(_PARTNER, partner_id) is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such partner.", "partnerId")
    if partner_id == found.partner_id:
        return refused(ErrorCode.INVALID, "That partner leads the deal already.", "partnerId")
    inviter = None if viewer.is_vendor else viewer.organization_id
    known = {row["partner_id"]: row["status"] for row in await tx.fetch(_KNOWN, found.id, inviter)}
    if partner_id in known:
        accepted = known[partner_id] == InvitationStatus.ACCEPTED
        message = (
            "That partner takes part already." if accepted else "That partner has been asked; wait for its answer."
        )
        return refused(ErrorCode.CONFLICT, message, "partnerId")
    if len(known) >= MOST_PARTNERS:
        return refused(ErrorCode.INVALID, f"At most {MOST_PARTNERS} partners on a deal.", "partnerId")
    return None


async def _take_over(tx: Transaction, found: StoredDeal, partner_id: UUID, at: datetime) -> None:
    """End what somebody else has asked of the partner, of which whoever asks now knows nothing: it is asked once at a
    time."""
    hidden = await live(tx, found.id, partner_id)
    if hidden is None:
        return
    await become(tx, hidden, InvitationStatus.CANCELLED, at, None)
    if hidden["offer_id"] is not None:
        await tx.execute(_OFFER_OVER, hidden["offer_id"])


async def _names_nobody(tx: Transaction, found: StoredDeal, message: str | None) -> Refused | None:
    """The partner learns who the customer is once it has accepted."""
    if not message or "\0" in message:
        return None
    customer = await _customer(tx, found)
    said = f" {word_key(message)} "
    told_by = [word_key(one) for one in (customer["name"], customer["domain"]) if one]
    if any(f" {one} " in said for one in told_by):
        text = "It names the customer, whom a partner is told once it has accepted: say what is needed without that."
        return refused(ErrorCode.INVALID, text, "message")
    return None


async def _customer(tx: Transaction, found: StoredDeal) -> asyncpg.Record:
    row = await tx.fetchrow(_CUSTOMER, found.row["account_id"])
    assert row is not None
    return row


async def write(tx: Transaction, viewer: Viewer, found: StoredDeal, asked: Invitation, at: datetime) -> Invited:
    """That it may be written has been decided."""
    id, customer = new_id(), await _customer(tx, found)
    leads = asked.role is DealPartnerRole.LEAD
    await insert(
        tx,
        "deal_partner",
        {
            "id": id,
            "opportunity_id": found.id,
            "partner_id": asked.partner_id,
            "role": asked.role.value,
            "attribution": (asked.attribution or (Attribution.SOURCED if leads else Attribution.INFLUENCED)).value,
            "access": asked.access.value,
            "inviter_id": None if viewer.is_vendor else viewer.organization_id,
            "invited_at": at,
            "invited_by_id": viewer.user_id if viewer.user_id.int else None,
            "expires_at": at + timedelta(days=asked.days or settings().invitation_days),
            "message": asked.message,
            "industry": customer["industry"],
            "country": customer["country"],
            "offer_id": asked.offer_id,
        },
    )
    await append(tx, told(id, InvitationStatus.INVITED, viewer.user_id if viewer.user_id.int else None))
    return Invited(found.id, id)
