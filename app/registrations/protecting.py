"""Protection after the approval: extended, ended early, taken up again."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.database import Transaction
from app.deals.editing import within
from app.deals.fields import insert
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.registrations import conflicts, rules
from app.registrations.policy_checks import LONGEST_DAYS
from app.registrations.recording import Stepped, Taken, record
from app.registrations.refusals import reason_problem, refusal_of
from app.registrations.reviewing import decided
from app.registrations.stored import StoredRegistration, locked
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
    *,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Stepped | Refused:
    when = at or datetime.now(UTC)
    async with within(tx) as own:
        found = await locked(own, viewer, registration_id, expected_version)
        if isinstance(found, Refused):
            return found
        status = rules.decide(found.state(), Kind.REQUEST_EXTENSION, found.actor(viewer))
        if isinstance(status, rules.Refusal):
            return refusal_of(found, status)
        problem = reason_problem(reason, needed=True)
        if problem is not None:
            return problem
        asked = {"id": new_id(), "registration_id": found.id, "status": ExtensionStatus.PENDING.value}
        said = {"requested_at": when, "requested_by_id": viewer.user_id, "reason": reason}
        await insert(own, "registration_extension", {**asked, **said})
        return await record(own, viewer, found, Taken(Kind.REQUEST_EXTENSION, status, reason=reason), when)


async def extend(
    viewer: Viewer,
    registration_id: UUID,
    *,
    accept: bool = True,
    days: int | None = None,
    reason: str | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Stepped | Refused:
    """Grant what the partner asked for, or decline it; granted unasked, too. `days`: the policy's by default."""
    when, kind = at or datetime.now(UTC), Kind.EXTEND if accept else Kind.DECLINE_EXTENSION
    async with within(tx) as own:
        found = await locked(own, viewer, registration_id, expected_version)
        if isinstance(found, Refused):
            return found
        status = rules.decide(found.state(), kind, found.actor(viewer))
        if isinstance(status, rules.Refusal):
            return refusal_of(found, status)
        faults = Faults()
        faults.note(reason_problem(reason, needed=not accept))
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            faults.note(refused(ErrorCode.INVALID, f"From 1 to {LONGEST_DAYS:,}.", "days"))
        if faults:
            return faults.refused()
        granted = (days or found.policy.extension_days) if accept else None
        await _decide(own, viewer, found, granted, reason, when)
        values: Mapping[str, Any] = {}
        if granted is not None:
            assert found.protected_until is not None, "it is approved"
            values = {"protected_until": found.protected_until + timedelta(days=granted), "reminded": []}
        return await record(own, viewer, found, Taken(kind, status, values=values, reason=reason), when)


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
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Stepped | Refused:
    """One that was expired or revoked is protected again, until the day that is named, else for as long as its policy
    has it; one that was rejected or withdrawn goes back to review."""
    when = at or datetime.now(UTC)
    async with within(tx) as own:
        found = await locked(own, viewer, registration_id, expected_version)
        if isinstance(found, Refused):
            return found
        status = rules.decide(found.state(), Kind.REINSTATE, found.actor(viewer))
        if isinstance(status, rules.Refusal):
            return refusal_of(found, status)
        faults = Faults()
        faults.note(reason_problem(reason, needed=True), await _deal_problem(own, found))
        if protected_until is not None:
            faults.note(_until_problem(protected_until, status, when))
        if faults:
            return faults.refused()
        if status is RegistrationStatus.APPROVED and any(c.blocks for c in await conflicts.at_approval(own, found)):
            message = "Another one is approved for the customer, or comes first: revoke or reject that one before."
            return refused(ErrorCode.BLOCKED, message, "registrationId")
        values = _again(viewer, found, status, protected_until, when)
        return await record(own, viewer, found, Taken(Kind.REINSTATE, status, values=values, reason=reason), when)


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
