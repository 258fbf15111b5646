"""Ending protection early, and what becomes of the deal."""

from datetime import UTC, datetime
from uuid import UUID

from app.database import Transaction
from app.deals.advance import advance
from app.deals.editing import within
from app.deals.fields import text_problem
from app.deals.handover import wait_for_advice
from app.deals.parties import wait_for_leavers
from app.deals.update import update
from app.identity.viewer import Viewer
from app.outcomes import Faults, Refused, UserError
from app.registrations import rules
from app.registrations.recording import Stepped, Taken, record
from app.registrations.refusals import LONGEST_REASON, reason_problem, refusal_of
from app.registrations.reviewing import decided
from app.registrations.stored import StoredRegistration, deal_of, locked
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
    when = at or datetime.now(UTC)
    async with within(tx) as own:
        if deal is RevokedDeal.TAKE_BACK:
            await _wait_to_take(own, viewer, registration_id)
        found = await locked(own, viewer, registration_id, expected_version)
        if isinstance(found, Refused):
            return found
        status = rules.decide(found.state(), Kind.REVOKE, found.actor(viewer))
        if isinstance(status, rules.Refusal):
            return refusal_of(found, status)
        faults = Faults()
        faults.note(reason_problem(reason, needed=True), text_problem(note, LONGEST_REASON, "note"))
        if faults:
            return faults.refused()
        values = {**decided(viewer, when), "rejection_code": code.value, "reason": reason, "protected_until": when}
        taken = Taken(Kind.REVOKE, status, values=values, reason=reason, note=note, code=code)
        try:
            async with own.connection.transaction():
                stepped = await record(own, viewer, found, taken, when)
                problem = await _settle(own, viewer, found, deal, reason or "", when)
                if problem is not None:
                    raise _Undone(problem)
        except _Undone as undone:
            return undone.refused
        return stepped


async def _wait_to_take(tx: Transaction, viewer: Viewer, registration_id: UUID) -> None:
    """What a transfer waits for, it waits for before the deal is locked."""
    await wait_for_leavers(tx)
    deal = await deal_of(tx, viewer, registration_id)
    if deal is not None:
        await wait_for_advice(tx, deal)


class _Undone(Exception):
    """What becomes of the deal is refused, so that nothing is done at all."""

    def __init__(self, refused: Refused) -> None:
        super().__init__("refused")
        self.refused = refused


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
