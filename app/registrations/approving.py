"""Approving a registration: once, with its deal, in one transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Unpack
from uuid import UUID

from app.database import Transaction
from app.deals.fields import text_problem
from app.identity.viewer import Viewer
from app.outcomes import Faults, Refused, refused
from app.registrations import conflicts
from app.registrations.deals import closed_problem, customer_problem, deal_problem
from app.registrations.making import make_deal
from app.registrations.recording import Stepped, Taken, record
from app.registrations.refusals import LONGEST_REASON, reason_problem
from app.registrations.reviewing import decided
from app.registrations.stepping import Circumstances, stepping
from app.registrations.stored import StoredRegistration
from app.vocabulary import ErrorCode, RegistrationStatus, RegistrationStepKind

Kind = RegistrationStepKind


async def approve(
    viewer: Viewer,
    registration_id: UUID,
    *,
    opportunity_id: UUID | None = None,
    override: bool = False,
    reason: str | None = None,
    note: str | None = None,
    **circumstances: Unpack[Circumstances],
) -> Stepped | Refused:
    """The deal is the one that is named, else the one that the registration names, else a new one in the first stage of
    its playbook. `override`: in spite of conflicts, with a `note` that says why. `reason` is for the partner, `note`
    for the vendor's people alone."""
    async with stepping(viewer, registration_id, Kind.APPROVE, also_deal=opportunity_id, **circumstances) as step:
        if isinstance(step, Refused):
            return step
        found = step.found
        faults = Faults()
        faults.note(reason_problem(reason, needed=False), text_problem(note, LONGEST_REASON, "note"))
        if override and (note is None or not note.strip()):
            faults.note(refused(ErrorCode.INVALID, "Say in `note` why it is approved nevertheless.", "note"))
        if opportunity_id not in (None, found.opportunity_id):
            key = found.policy.playbook_key
            faults.note(await deal_problem(step.tx, viewer, opportunity_id, found.partner_id, key))
        elif found.opportunity_id is not None:
            faults.note(await closed_problem(step.tx, found.opportunity_id))
        if faults:
            return faults.refused()
        attached = opportunity_id or found.opportunity_id
        another = await customer_problem(step.tx, attached, found.row) if attached is not None else None
        if another is not None and not override:
            return another
        met = await conflicts.at_approval(step.tx, found)
        blocking = [conflict for conflict in met if conflict.blocks]
        if blocking and not override:
            message = "It conflicts with others, see `conflicts`: resolve them, or override them with a note."
            return refused(ErrorCode.BLOCKED, message, "override")
        if blocking:
            await conflicts.note_override(step.tx, viewer, found.id, blocking)
        taken = Taken(Kind.APPROVE, step.status, reason=reason, note=note, overridden=bool(blocking or another))
        return await _approve(step.tx, viewer, found, taken, attached, step.at)


async def approve_by_itself(
    tx: Transaction, submitter: Viewer, found: StoredRegistration, at: datetime
) -> Stepped | Refused:
    """As its policy lets it. What has to be made for it is made by who submitted it; the approval is nobody's."""
    deal = found.opportunity_id
    another = await customer_problem(tx, deal, found.row) if deal is not None else None
    if another is not None:
        return another
    taken = Taken(Kind.APPROVE, RegistrationStatus.APPROVED, automatic=True)
    maker = replace(submitter, client=None)  # a program may submit, and what comes of it is its organisation's
    return await _approve(tx, maker, found, taken, found.opportunity_id, at)


async def _approve(
    tx: Transaction,
    viewer: Viewer,
    found: StoredRegistration,
    taken: Taken,
    deal: UUID | None,
    at: datetime,
) -> Stepped | Refused:
    if deal is None:
        made = await make_deal(tx, viewer, found, at)
        if isinstance(made, Refused):
            return made
        deal = made
    reviewer = None if taken.automatic else viewer
    values = {
        **decided(reviewer, at),
        **_protection(found, at),
        "opportunity_id": deal,
        "rejection_code": None,
        "reason": taken.reason,
    }
    return await record(tx, reviewer, found, replace(taken, values=values), at)


def _protection(found: StoredRegistration, at: datetime) -> Mapping[str, Any]:
    """Of one that was reviewed again, what is left of it; else anew."""
    if found.protected_until is not None and found.protected_until > at and found.row["approved_at"] is not None:
        return {"approved_at": found.row["approved_at"]}
    until = at + timedelta(days=found.policy.days_for(found.tier))
    return {"approved_at": at, "protected_until": until, "reminded": []}
