"""The answer of a partner that was asked to take part in a deal."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.cosell.inviting import LONGEST_REASON
from app.cosell.offering import go_on, taken
from app.cosell.stored import become, latest, live, others_along
from app.database import Transaction
from app.database.connection import as_house
from app.deals.editing import Changed, finish, within
from app.deals.fields import text_problem
from app.deals.handover import hand_over, parties, tidings, wait_for_advice
from app.deals.store import StoredDeal, deal
from app.events import append, facts
from app.identity.system_viewer import SYSTEM_VIEWER
from app.identity.viewer import Viewer
from app.outcomes import Faults, Refused, refused
from app.vocabulary import (
    DealPartnerRole,
    DeclineCode,
    ErrorCode,
    InvitationStatus,
    OpportunitySource,
    OpportunityStatus,
    Permission,
)

_SOURCE = "UPDATE opportunity SET source = $2 WHERE id = $1"
_FORMER_SOURCE = "UPDATE deal_partner SET former_source = $2 WHERE id = $1"
_OTHER_LEADS = """
SELECT * FROM deal_partner WHERE opportunity_id = $1 AND role = 'LEAD' AND status = 'INVITED' AND id <> $2
ORDER BY id FOR NO KEY UPDATE
"""
_ENDED = {
    InvitationStatus.ACCEPTED: "Your organisation has accepted already.",
    InvitationStatus.DECLINED: "Your organisation has declined; have it invited again.",
    InvitationStatus.EXPIRED: "The invitation has expired; have your organisation invited again.",
    InvitationStatus.CANCELLED: "The invitation was withdrawn.",
    InvitationStatus.LEFT: "Your organisation has left the deal; have it invited again.",
    InvitationStatus.REMOVED: "Your organisation takes part no more; have it invited again.",
}


async def respond(
    viewer: Viewer,
    opportunity_id: UUID,
    *,
    accept: bool,
    code: DeclineCode | None = None,
    reason: str | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Changed | Refused:
    """For the viewer's organisation. Who accepts sees the deal from then on; who accepts to lead it is given it, and
    nobody else is: of several that accept at once, one."""
    when = at or datetime.now(UTC)
    if not viewer.may(Permission.SHARE_OPPORTUNITY):
        return refused(ErrorCode.FORBIDDEN, "Your role may not answer for your organisation.")
    if problem := _problem(accept, code, reason):
        return problem
    async with within(tx) as own, as_house(own):
        if accept:
            await wait_for_advice(own, opportunity_id)
        found = await deal(own, SYSTEM_VIEWER, opportunity_id, lock=True)
        row = None if viewer.is_vendor else await live(own, opportunity_id, viewer.organization_id)
        if found is None or row is None or row["status"] != InvitationStatus.INVITED:
            return await _nothing_asked(own, viewer, opportunity_id)
        if row["expires_at"] is not None and row["expires_at"] <= when:
            return refused(ErrorCode.INVALID, _ENDED[InvitationStatus.EXPIRED], "opportunityId")
        answer = {"responded_at": when, "responded_by_id": viewer.user_id, "reason": reason}
        if not accept:
            declined = {**answer, "decline_code": (code or DeclineCode.OTHER).value}
            await become(own, row, InvitationStatus.DECLINED, when, viewer.user_id, **declined)
            await go_on(own, row, when)
            return Changed(opportunity_id, left=True)
        if found.status is not OpportunityStatus.OPEN:
            return refused(ErrorCode.INVALID, "The deal is closed by now.", "opportunityId")
        return await accepted(own, viewer, found, row, answer, when)


def _problem(accept: bool, code: DeclineCode | None, reason: str | None) -> Refused | None:
    faults = Faults()
    if accept and code is not None:
        faults.note(refused(ErrorCode.INVALID, "A code is for declining.", "declineCode"))
    if not accept and code is None and not (reason or "").strip():
        faults.note(refused(ErrorCode.INVALID, "Say by a code or a reason why you decline.", "declineCode"))
    faults.note(text_problem(reason, LONGEST_REASON, "reason"))
    return faults.refusal()


async def _nothing_asked(tx: Transaction, viewer: Viewer, opportunity_id: UUID) -> Refused:
    """Whether there is such a deal, nobody learns who wasn't asked."""
    row = None if viewer.is_vendor else await latest(tx, opportunity_id, viewer.organization_id)
    if row is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such invitation.", "opportunityId")
    return refused(ErrorCode.CONFLICT, _ENDED[InvitationStatus(row["status"])], "opportunityId")


async def accepted(
    tx: Transaction, viewer: Viewer, found: StoredDeal, row: asyncpg.Record, answer: dict[str, Any], at: datetime
) -> Changed | Refused:
    """The deal and the invitation are locked, and the partner may take part."""
    leads = row["role"] == DealPartnerRole.LEAD
    if leads and found.partner_id is not None:
        return refused(ErrorCode.CONFLICT, "Another partner was faster, and leads the deal now.", "opportunityId")
    before = await parties(tx, found)
    await become(tx, row, InvitationStatus.ACCEPTED, at, viewer.user_id, **answer)
    if leads:
        return await _lead(tx, viewer, found, row, at)
    fields = ["partners"]
    if await _counts_as_co_sold(tx, found, row):
        fields.append("source")
    event = facts.opportunity_updated(found.id, fields=fields, actor_id=viewer.user_id)
    changed = await finish(tx, viewer, found, event, at)
    await append(tx, *tidings(found.id, before, await parties(tx, found)))
    return changed


async def _counts_as_co_sold(tx: Transaction, found: StoredDeal, row: asyncpg.Record) -> bool:
    if found.row["source"] == OpportunitySource.CO_SELL:
        return False
    await tx.execute(_FORMER_SOURCE, row["id"], found.row["source"])
    await tx.execute(_SOURCE, found.id, OpportunitySource.CO_SELL.value)
    return True


async def _lead(tx: Transaction, viewer: Viewer, found: StoredDeal, row: asyncpg.Record, at: datetime) -> Changed:
    before = await parties(tx, found)
    # It has been written that the partner takes part; until it leads, it saw nothing.
    before = before._replace(along=[one for one in before.along if one != row["partner_id"]])
    await taken(tx, row)  # first: whoever is just being asked next is among the others then
    for other in await tx.fetch(_OTHER_LEADS, found.id, row["id"]):
        await become(tx, other, InvitationStatus.CANCELLED, at, None)
    given = await hand_over(tx, viewer, found, row["partner_id"], None, at)
    handed = await deal(tx, SYSTEM_VIEWER, found.id)
    assert handed is not None, "the deal is locked"
    event = facts.opportunity_updated(found.id, fields=["owner", "partner", "partners"], actor_id=viewer.user_id)
    changed = await finish(tx, viewer, handed, event, at)
    await append(tx, *tidings(found.id, before, await parties(tx, handed)))
    return Changed(changed.opportunity_id, changed.transition_id, None, notice=given.notice)


async def back_to_its_source(tx: Transaction, found: StoredDeal) -> bool:
    """Whether the deal, which nobody sells along any more, counts as what it was before."""
    former = await tx.fetchrow(_FORMER, found.id)
    if former is None or found.row["source"] != OpportunitySource.CO_SELL or await others_along(tx, found.id):
        return False
    await tx.execute(_SOURCE, found.id, former["former_source"])
    return True


_FORMER = """
SELECT former_source FROM deal_partner WHERE opportunity_id = $1 AND former_source IS NOT NULL
ORDER BY responded_at DESC, id DESC LIMIT 1
"""
