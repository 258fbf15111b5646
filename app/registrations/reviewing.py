"""The vendor's review: begun, put back to the partner with questions, or ended by a rejection."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Unpack
from uuid import UUID

from app.deals.fields import text_problem
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.registrations.recording import Stepped, Taken
from app.registrations.refusals import LONGEST_REASON, reason_problem
from app.registrations.stepping import Circumstances, stepping
from app.registrations.stored import StoredRegistration
from app.registrations.values import NAMES
from app.vocabulary import ErrorCode, RegistrationStepKind, RejectionCode

Kind = RegistrationStepKind
MOST_REQUESTS = 50
NEEDS_WORDS = frozenset({RejectionCode.OTHER, RejectionCode.NOT_QUALIFIED, RejectionCode.INCOMPLETE})
"""Codes that say too little by themselves."""
_ASK = """
INSERT INTO change_request (id, registration_id, field, message, place, requested_at, requested_by_id)
SELECT n.id, $4::uuid, n.field, n.message, n.place, $5::timestamptz, $6::uuid
FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS n (id, field, message, place)
"""


async def start_review(
    viewer: Viewer,
    registration_id: UUID,
    **circumstances: Unpack[Circumstances],
) -> Stepped | Refused:
    """By who reviews it already, nothing changes; another takes the review over."""
    async with stepping(viewer, registration_id, Kind.START_REVIEW, **circumstances) as step:
        if isinstance(step, Refused):
            return step
        found = step.found
        if found.status is step.status and found.row["reviewer_id"] == viewer.user_id:
            return Stepped(found.id, opportunity_id=found.opportunity_id)
        taken = Taken(Kind.START_REVIEW, step.status, values={"reviewer_id": viewer.user_id})
        return await step.record(taken)


async def request_changes(
    viewer: Viewer,
    registration_id: UUID,
    requests: Sequence[tuple[str, str]],
    *,
    reason: str | None = None,
    **circumstances: Unpack[Circumstances],
) -> Stepped | Refused:
    """`requests`: pairs of a field, in the API's words, and what is to be changed of it. The clock rests until the
    partner submits it again."""
    async with stepping(viewer, registration_id, Kind.REQUEST_CHANGES, **circumstances) as step:
        if isinstance(step, Refused):
            return step
        found = step.found
        faults = Faults()
        faults.note(*_request_problems(found, requests), reason_problem(reason, needed=False))
        if faults:
            return faults.refused()
        await step.tx.execute("DELETE FROM change_request WHERE registration_id = $1 AND resolved_at IS NULL", found.id)
        ids = [new_id() for _ in requests]
        fields, messages = [field for field, _ in requests], [message.strip() for _, message in requests]
        await step.tx.execute(_ASK, ids, fields, messages, found.id, step.at, viewer.user_id)
        values = {
            "reviewer_id": found.row["reviewer_id"] or viewer.user_id,
            "review_seconds_left": found.policy.left(step.at, found.row["review_due_at"], found.row["region"]),
            "review_due_at": None,
            "reason": reason,
        }
        changed = sorted({*fields})
        taken = Taken(Kind.REQUEST_CHANGES, step.status, values=values, changed=changed, reason=reason)
        return await step.record(taken)


def _request_problems(found: StoredRegistration, requests: Sequence[tuple[str, str]]) -> Iterable[Refused | None]:
    if not requests:
        yield refused(ErrorCode.INVALID, "Name at least one field, and say what is to be changed.", "requests")
    if len(requests) > MOST_REQUESTS:
        yield refused(ErrorCode.INVALID, f"At most {MOST_REQUESTS} fields.", "requests")
    known = {*NAMES, *(f"answers.{question.key}" for question in found.policy.questions)}
    for place, (field, message) in enumerate(requests[:MOST_REQUESTS]):
        if field not in known:
            listed = ", ".join(sorted(known))
            yield refused(ErrorCode.INVALID, f"The fields are: {listed}.", "requests", str(place), "field")
        yield text_problem(message, LONGEST_REASON, "requests", str(place), "message", least=1)


async def reject(
    viewer: Viewer,
    registration_id: UUID,
    code: RejectionCode,
    reason: str | None,
    *,
    note: str | None = None,
    **circumstances: Unpack[Circumstances],
) -> Stepped | Refused:
    """`reason` is for the partner, `note` for the vendor's people alone. Protection that it had ends."""
    async with stepping(viewer, registration_id, Kind.REJECT, **circumstances) as step:
        if isinstance(step, Refused):
            return step
        found = step.found
        faults = Faults()
        faults.note(reason_problem(reason, needed=code in NEEDS_WORDS), text_problem(note, LONGEST_REASON, "note"))
        if faults:
            return faults.refused()
        values = {
            **decided(viewer, step.at),
            "rejection_code": code.value,
            "reason": reason,
            "protected_until": step.at if found.protected_until else None,
        }
        return await step.record(Taken(Kind.REJECT, step.status, values=values, reason=reason, note=note, code=code))


def decided(viewer: Viewer | None, at: datetime) -> dict[str, object]:
    return {
        "decided_at": at,
        "decided_by_id": viewer and viewer.user_id,
        "review_due_at": None,
        "review_seconds_left": None,
    }
