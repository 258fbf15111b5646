"""Submitting a registration for review, and withdrawing it."""

from datetime import datetime
from typing import Any, Unpack
from uuid import UUID

from app.database import Transaction
from app.identity.viewer import Viewer
from app.outcomes import Faults, Refused, refused
from app.registrations import rules
from app.registrations.deciding import decide_later
from app.registrations.eligibility import eligible_problem
from app.registrations.fields import missing_problem
from app.registrations.recording import Stepped, Taken, record
from app.registrations.refusals import reason_problem
from app.registrations.stepping import Circumstances, stepping
from app.registrations.stored import StoredRegistration, registrations
from app.registrations.values import today_or_later
from app.vocabulary import ErrorCode, RegistrationStatus, RegistrationStepKind

Kind = RegistrationStepKind

# Colleagues who submit at the same time wait for each other, so that they don't both take the last place.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 7325))"
_OPEN = """
SELECT count(*) AS open FROM deal_registration r LEFT JOIN opportunity o ON o.id = r.opportunity_id
WHERE r.partner_id = $1 AND r.id <> $2 AND r.status = ANY ($3::text[]) AND coalesce(o.status, 'OPEN') = 'OPEN'
"""


async def submit(
    viewer: Viewer,
    registration_id: UUID,
    **circumstances: Unpack[Circumstances],
) -> Stepped | Refused:
    """Where its policy lets it be approved by itself, that happens later (`deciding`)."""
    async with stepping(viewer, registration_id, Kind.SUBMIT, **circumstances) as step:
        if isinstance(step, Refused):
            return step
        found = step.found
        faults = Faults()
        faults.note(
            missing_problem(found),
            _minimum_problem(found),
            today_or_later(found.row["expected_close_date"], step.at.date()),
            await _limit_problem(step.tx, found),
        )
        faults.note(None if faults else eligible_problem(found, step.at))
        if faults:
            return faults.refused()
        return await _submit(step.tx, viewer, found, step.status, step.at)


async def _submit(
    tx: Transaction, viewer: Viewer, found: StoredRegistration, status: RegistrationStatus, at: datetime
) -> Stepped | Refused:
    row = found.row
    left = row["review_seconds_left"] if found.status is RegistrationStatus.CHANGES_REQUESTED else None
    values: dict[str, Any] = {
        "submitted_by_id": viewer.user_id,
        "submitted_at": row["submitted_at"] or at,
        "submissions": row["submissions"] + 1,
        "review_due_at": found.policy.due(at, row["region"], left),
        "review_seconds_left": None,
        "escalated_at": None,
        "reason": None,
    }
    stepped = await record(tx, viewer, found, Taken(Kind.SUBMIT, status, values=values), at)
    submitted = (await registrations(tx, viewer, [found.id]))[found.id]
    await decide_later(tx, submitted)
    return stepped


def _minimum_problem(found: StoredRegistration) -> Refused | None:
    """An amount in another currency is for the reviewer to compare."""
    minimum, amount = found.policy.minimum, found.row["amount"]
    if minimum is None or amount is None or found.row["currency"] != minimum[1] or amount >= minimum[0]:
        return None
    return refused(ErrorCode.INVALID, f"Deals are registered from {minimum[0]} {minimum[1]} on.", "amount")


async def _limit_problem(tx: Transaction, found: StoredRegistration) -> Refused | None:
    """Of the partner's own registrations alone, whoever of its people submits."""
    most = found.policy.max_open_per_partner
    if most is None:
        return None
    await tx.fetch(_TURN, found.partner_id)
    row = await tx.fetchrow(_OPEN, found.partner_id, found.id, [status.value for status in rules.OPEN])
    if row is None or row["open"] < most:
        return None
    message = f"{most} registrations of your organisation are open, and no more may be; withdraw one first."
    return refused(ErrorCode.BLOCKED, message, "registrationId")


async def withdraw(
    viewer: Viewer,
    registration_id: UUID,
    reason: str | None,
    **circumstances: Unpack[Circumstances],
) -> Stepped | Refused:
    async with stepping(viewer, registration_id, Kind.WITHDRAW, **circumstances) as step:
        if isinstance(step, Refused):
            return step
        found = step.found
        problem = reason_problem(reason, needed=False)
        if problem is not None:
            return problem
        # Of one that was reviewed again, protection ends with it.
        protected = step.at if found.protected_until else None
        values = {"review_due_at": None, "review_seconds_left": None, "reason": reason, "protected_until": protected}
        return await step.record(Taken(Kind.WITHDRAW, step.status, values=values, reason=reason))
