"""Protection after the approval: extended, ended early, taken up again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Unpack
from uuid import UUID

from app.database import Transaction
from app.deals.fields import insert
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.registrations import conflicts, rules
from app.registrations.policy_checks import LONGEST_DAYS
from app.registrations.recording import Stepped, Taken
from app.registrations.refusals import reason_problem
from app.registrations.reviewing import decided
from app.registrations.stepping import Circumstances, stepping
from app.registrations.stored import StoredRegistration
from app.vocabulary import ErrorCode, ExtensionStatus, RegistrationStatus, RegistrationStepKind

Kind = RegistrationStepKind

_PENDING = "SELECT id FROM registration_extension WHERE registration_id = $1 AND status = 'PENDING'"
_DECIDE = """
UPDATE registration_extension SET status = $2, decided_at = $3, decided_by_id = $4, decision = $5, days = $6
WHERE id = $1
"""
_ANOTHER = f"""
SELECT EXISTS (SELECT FROM deal_registration WHERE opportunity_id = $1 AND id <> $2
  AND status IN ({", ".join(f"'{status}'" for status in sorted(rules.ALIVE))})) AS found
"""  # noqa: S608 (words of the domain)


async def request_extension(
    viewer: Viewer,
    registration_id: UUID,
    reason: str | None,
    **circumstances: Unpack[Circumstances],
) -> Stepped | Refused:
    async with stepping(viewer, registration_id, Kind.REQUEST_EXTENSION, **circumstances) as step:
        if isinstance(step, Refused):
            return step
        found = step.found
        problem = reason_problem(reason, needed=True)
        if problem is not None:
            return problem
        asked = {"id": new_id(), "registration_id": found.id, "status": ExtensionStatus.PENDING.value}
        said = {"requested_at": step.at, "requested_by_id": viewer.user_id, "reason": reason}
        await insert(step.tx, "registration_extension", {**asked, **said})
        return await step.record(Taken(Kind.REQUEST_EXTENSION, step.status, reason=reason))


async def extend(
    viewer: Viewer,
    registration_id: UUID,
    *,
    accept: bool = True,
    days: int | None = None,
    reason: str | None = None,
    **circumstances: Unpack[Circumstances],
) -> Stepped | Refused:
    """Grant what the partner asked for, or decline it; granted unasked, too. `days`: the policy's by default."""
    kind = Kind.EXTEND if accept else Kind.DECLINE_EXTENSION
    async with stepping(viewer, registration_id, kind, **circumstances) as step:
        if isinstance(step, Refused):
            return step
        found = step.found
        faults = Faults()
        faults.note(reason_problem(reason, needed=not accept))
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            faults.note(refused(ErrorCode.INVALID, f"From 1 to {LONGEST_DAYS:,}.", "days"))
        if faults:
            return faults.refused()
        granted = (days or found.policy.extension_days) if accept else None
        await _decide(step.tx, viewer, found, granted, reason, step.at)
        values: Mapping[str, Any] = {}
        if granted is not None:
            assert found.protected_until is not None, "it is approved"
            values = {"protected_until": found.protected_until + timedelta(days=granted), "reminded": []}
        return await step.record(Taken(kind, step.status, values=values, reason=reason))


async def _decide(
    tx: Transaction, viewer: Viewer, found: StoredRegistration, granted: int | None, reason: str | None, at: datetime
) -> None:
    status = ExtensionStatus.DECLINED if granted is None else ExtensionStatus.GRANTED
    pending = await tx.fetchrow(_PENDING, found.id)
    if pending is not None:
        await tx.execute(_DECIDE, pending["id"], status.value, at, viewer.user_id, reason, granted)
        return
    made = {"id": new_id(), "registration_id": found.id, "status": status.value, "requested_at": at, "days": granted}
    await insert(
        tx,
        "registration_extension",
        {**made, "decided_at": at, "decided_by_id": viewer.user_id, "decision": reason},
    )


async def reinstate(
    viewer: Viewer,
    registration_id: UUID,
    reason: str | None,
    *,
    protected_until: datetime | None = None,
    **circumstances: Unpack[Circumstances],
) -> Stepped | Refused:
    """One that was expired or revoked is protected again, until the day that is named, else for as long as its policy
    has it; one that was rejected or withdrawn goes back to review."""
    async with stepping(viewer, registration_id, Kind.REINSTATE, **circumstances) as step:
        if isinstance(step, Refused):
            return step
        found = step.found
        faults = Faults()
        faults.note(reason_problem(reason, needed=True), await _deal_problem(step.tx, found))
        if protected_until is not None:
            faults.note(_until_problem(protected_until, step.status, step.at))
        if faults:
            return faults.refused()
        if step.status is RegistrationStatus.APPROVED and any(
            c.blocks for c in await conflicts.at_approval(step.tx, found)
        ):
            message = "Another one is approved for the customer, or comes first: revoke or reject that one before."
            return refused(ErrorCode.BLOCKED, message, "registrationId")
        values = _again(viewer, found, step.status, protected_until, step.at)
        return await step.record(Taken(Kind.REINSTATE, step.status, values=values, reason=reason))


def _until_problem(until: datetime, status: RegistrationStatus, at: datetime) -> Refused | None:
    if status is not RegistrationStatus.APPROVED:
        return refused(ErrorCode.INVALID, "It goes back to review; protection begins with approval.", "protectedUntil")
    if not at < until <= at + timedelta(days=LONGEST_DAYS):
        return refused(ErrorCode.INVALID, f"From now on, up to {LONGEST_DAYS:,} days ahead.", "protectedUntil")
    return None


async def _deal_problem(tx: Transaction, found: StoredRegistration) -> Refused | None:
    if found.opportunity_id is None:
        return None
    row = await tx.fetchrow(_ANOTHER, found.opportunity_id, found.id)
    if row is None or not row["found"]:
        return None
    return refused(ErrorCode.CONFLICT, "Its deal has another registration by now.", "registrationId")


def _again(
    viewer: Viewer, found: StoredRegistration, status: RegistrationStatus, until: datetime | None, at: datetime
) -> Mapping[str, Any]:
    if status is RegistrationStatus.APPROVED:
        days = timedelta(days=found.policy.days_for(found.tier))
        kept = found.row["decided_at"] is not None and found.protected_until
        later = kept if kept and kept > at and found.status is RegistrationStatus.REVOKED else at + days
        return {
            **decided(viewer, at),
            "protected_until": until or later,
            "reminded": [],
            "rejection_code": None,
        }
    return {
        "reviewer_id": viewer.user_id,
        "rejection_code": None,
        "decided_at": None,
        "decided_by_id": None,
        "submitted_at": found.row["submitted_at"] or at,
        "review_due_at": found.policy.due(at, found.row["region"]),
        "review_seconds_left": None,
        "escalated_at": None,
    }
