"""Ending protection early, and what becomes of the deal."""

from datetime import datetime
from uuid import UUID

from app.database import Transaction
from app.deals.advance import advance
from app.deals.apart import undone_if_refused
from app.deals.editing import within
from app.deals.fields import text_problem
from app.deals.handover import wait_for_advice
from app.deals.parties import wait_for_leavers
from app.deals.update import update
from app.identity.viewer import Viewer
from app.outcomes import Faults, Refused, UserError
from app.registrations.recording import Stepped, Taken
from app.registrations.refusals import LONGEST_REASON, reason_problem
from app.registrations.reviewing import decided
from app.registrations.stepping import Step, stepping
from app.registrations.stored import StoredRegistration, deal_of
from app.vocabulary import RegistrationStepKind, RejectionCode, RevokedDeal

Kind = RegistrationStepKind

_LOST = """
SELECT s.key FROM opportunity o JOIN stage s ON s.playbook_id = o.playbook_id AND s.kind = 'LOST'
WHERE o.id = $1 AND o.status = 'OPEN' ORDER BY s.position LIMIT 1
"""


async def revoke(
    viewer: Viewer,
    registration_id: UUID,
    code: RejectionCode,
    reason: str | None,
    *,
    deal: RevokedDeal = RevokedDeal.KEEP,
    note: str | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Stepped | Refused:
    """The partner keeps the deal without protection, or it is closed as lost, or becomes the vendor's own. One that is
    closed already stays as it is."""
    async with within(tx) as own:
        if deal is RevokedDeal.TAKE_BACK:
            await _wait_to_take(own, viewer, registration_id)
        async with stepping(
            viewer, registration_id, Kind.REVOKE, expected_version=expected_version, at=at, tx=own
        ) as step:
            return step if isinstance(step, Refused) else await _revoke(step, code, reason, deal, note)


async def _revoke(
    step: Step, code: RejectionCode, reason: str | None, deal: RevokedDeal, note: str | None
) -> Stepped | Refused:
    faults = Faults()
    faults.note(reason_problem(reason, needed=True), text_problem(note, LONGEST_REASON, "note"))
    if faults:
        return faults.refused()
    ended = {"rejection_code": code.value, "reason": reason, "protected_until": step.at}
    values = {**decided(step.viewer, step.at), **ended}
    taken = Taken(Kind.REVOKE, step.status, values=values, reason=reason, note=note, code=code)

    async def end(tx: Transaction) -> Stepped | Refused:
        stepped = await step.record(taken)
        return await _settle(tx, step.viewer, step.found, deal, reason or "", step.at) or stepped

    return await undone_if_refused(step.tx, end)


async def _wait_to_take(tx: Transaction, viewer: Viewer, registration_id: UUID) -> None:
    """What a transfer waits for, it waits for before the deal is locked."""
    await wait_for_leavers(tx)
    deal = await deal_of(tx, viewer, registration_id)
    if deal is not None:
        await wait_for_advice(tx, deal)


async def _settle(
    tx: Transaction, viewer: Viewer, found: StoredRegistration, deal: RevokedDeal, reason: str, at: datetime
) -> Refused | None:
    if found.opportunity_id is None:
        return None
    lost = await tx.fetchrow(_LOST, found.opportunity_id)
    if lost is None or deal is RevokedDeal.KEEP:
        return None
    if deal is RevokedDeal.CLOSE:
        outcome: object = await advance(viewer, found.opportunity_id, lost["key"], reason=reason, at=at, tx=tx)
    else:
        outcome = await update(viewer, found.opportunity_id, {"partner_id": None}, at=at, tx=tx)
    if not isinstance(outcome, Refused):
        return None
    return Refused(tuple(UserError(error.code, error.message, ("deal",)) for error in outcome.errors))
