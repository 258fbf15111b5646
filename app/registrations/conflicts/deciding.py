"""The vendor's decision on a conflict. It leaves no trace in the registration, which its partner reads: neither in its
version nor in its history."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from app import audit
from app.database import Transaction
from app.deals.editing import within
from app.deals.fields import change, text_problem
from app.identity.system_viewer import SYSTEM_VIEWER
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.registrations import rules
from app.registrations.conflicts import claimed, take_turn
from app.registrations.conflicts.finding import Conflict, conflicts_of
from app.registrations.conflicts.keys import renew
from app.registrations.deals import deal_problem
from app.registrations.recording import Stepped, repeat
from app.registrations.refusals import LONGEST_REASON
from app.registrations.stored import StoredRegistration, locked
from app.vocabulary import ConflictDecision, ErrorCode, RegistrationStatus

_WRITE = """
INSERT INTO decided_conflict (id, registration_id, other_registration_id, opportunity_id, decision, about, note,
  decided_at, decided_by_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT ({key}) DO UPDATE SET decision = excluded.decision, about = excluded.about, note = excluded.note,
  decided_at = excluded.decided_at, decided_by_id = excluded.decided_by_id
"""
_WITH_REGISTRATION = _WRITE.format(key="registration_id, other_registration_id")
_WITH_DEAL = _WRITE.format(key="registration_id, opportunity_id")


async def resolve(
    viewer: Viewer,
    registration_id: UUID,
    decision: ConflictDecision,
    *,
    other_registration_id: UUID | None = None,
    opportunity_id: UUID | None = None,
    note: str | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Stepped | Refused:
    """Of the conflict with that registration, or with that deal. HAS_PRIORITY: `registration_id` comes first, unless
    the other is approved.
    ATTACHED: it is about the other's deal, which has to be its own partner's, and open."""
    when = at or datetime.now(UTC)
    if (other_registration_id is None) == (opportunity_id is None):
        return refused(ErrorCode.INVALID, "Name the other registration or the opportunity, one of the two.")
    async with within(tx) as own:
        found = await locked(own, viewer, registration_id, expected_version, also_deal=opportunity_id)
        if isinstance(found, Refused):
            return found
        faults = Faults()
        faults.note(text_problem(note, LONGEST_REASON, "note"))
        if found.status not in rules.OPEN:
            message = f"The registration is {found.status} now, where it conflicts with nothing."
            faults.note(refused(ErrorCode.INVALID, message, "registrationId"))
        if faults:
            return faults.refused()
        met = await _standing(own, found, other_registration_id, opportunity_id)
        if met is None:
            path = "otherRegistrationId" if opportunity_id is None else "opportunityId"
            return refused(ErrorCode.NOT_FOUND, "There is no such conflict (any more); see `conflicts`.", path)
        if decision is ConflictDecision.HAS_PRIORITY and await _is_approved(own, met):
            message = "The other one is approved: revoke it first, or override the conflict when you approve this one."
            return refused(ErrorCode.CONFLICT, message, "decision")
        if decision is ConflictDecision.ATTACHED:
            problem = await _attach(own, viewer, found, met, when)
            if problem is not None:
                return problem
        await _write(own, viewer, found, met, decision, note, when)
        return Stepped(found.id, opportunity_id=found.opportunity_id)


async def _standing(
    tx: Transaction, found: StoredRegistration, other: UUID | None, deal: UUID | None
) -> Conflict | None:
    await take_turn(tx)
    await renew(tx)
    (met,) = await conflicts_of(tx, SYSTEM_VIEWER, [claimed(found)])
    for conflict in met:
        if (other is not None and conflict.registration_id == other) or (
            deal is not None and conflict.opportunity_id == deal
        ):
            return conflict
    return None


async def _is_approved(tx: Transaction, met: Conflict) -> bool:
    """Nobody approves one meanwhile."""
    row = await tx.fetchrow("SELECT status FROM deal_registration WHERE id = $1", met.registration_id)
    return row is not None and row["status"] == RegistrationStatus.APPROVED


async def _attach(
    tx: Transaction, viewer: Viewer, found: StoredRegistration, met: Conflict, at: datetime
) -> Refused | None:
    if met.opportunity_id is None:
        return refused(ErrorCode.INVALID, "The other registration has no opportunity to attach it to.", "decision")
    if found.opportunity_id not in (None, met.opportunity_id):
        return refused(ErrorCode.CONFLICT, "The registration is of another opportunity already.", "decision")
    problem = await deal_problem(tx, viewer, met.opportunity_id, found.partner_id, found.policy.playbook_key)
    if problem is not None:
        return problem
    await change(tx, "deal_registration", found.id, {"opportunity_id": met.opportunity_id}, "version = version + 1")
    await repeat(tx, viewer, {**found.row, "opportunity_id": met.opportunity_id}, at)
    return None


async def _write(
    tx: Transaction,
    viewer: Viewer,
    found: StoredRegistration,
    met: Conflict,
    decision: ConflictDecision,
    note: str | None,
    at: datetime,
) -> None:
    deal = met.opportunity_id if met.registration_id is None else None
    statement = _WITH_DEAL if met.registration_id is None else _WITH_REGISTRATION
    values: Sequence[object] = (new_id(), found.id, met.registration_id, deal, decision.value, met.about, note, at)
    await tx.execute(statement, *values, viewer.user_id)
    other = f"opp_{deal}" if met.registration_id is None else f"reg_{met.registration_id}"
    detail = {"decision": decision.value, "with": other}
    await audit.add(tx, audit.Entry("REGISTRATION_CONFLICT_DECIDED", viewer.user_id, f"reg_{found.id}", detail))
