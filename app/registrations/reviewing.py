"""The vendor's review: begun, put back to the partner with questions, or ended by a rejection."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from app.database import Transaction
from app.deals.editing import within
from app.deals.fields import insert, text_problem
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.registrations import rules
from app.registrations.recording import Stepped, Taken, record
from app.registrations.refusals import LONGEST_REASON, reason_problem, refusal_of
from app.registrations.stored import StoredRegistration, locked
from app.registrations.values import NAMES
from app.vocabulary import ErrorCode, RegistrationStepKind, RejectionCode

Kind = RegistrationStepKind
MOST_REQUESTS = 50
NEEDS_WORDS = frozenset({RejectionCode.OTHER, RejectionCode.NOT_QUALIFIED, RejectionCode.INCOMPLETE})
"""Codes that say too little by themselves."""


async def start_review(
    viewer: Viewer,
    registration_id: UUID,
    *,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Stepped | Refused:
    """By who reviews it already, nothing changes; another takes the review over."""
    async with within(tx) as own:
        found = await locked(own, viewer, registration_id, expected_version)
        if isinstance(found, Refused):
            return found
        status = rules.decide(found.state(), Kind.START_REVIEW, found.actor(viewer))
        if isinstance(status, rules.Refusal):
            return refusal_of(found, status)
        if found.status is status and found.row["reviewer_id"] == viewer.user_id:
            return Stepped(found.id, opportunity_id=found.opportunity_id)
        taken = Taken(Kind.START_REVIEW, status, values={"reviewer_id": viewer.user_id})
        return await record(own, viewer, found, taken, at or datetime.now(UTC))


async def request_changes(
    viewer: Viewer,
    registration_id: UUID,
    requests: Sequence[tuple[str, str]],
    *,
    reason: str | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Stepped | Refused:
    """`requests`: pairs of a field, in the API's words, and what is to be changed of it. The clock rests until the
    partner submits it again."""
    when = at or datetime.now(UTC)
    async with within(tx) as own:
        found = await locked(own, viewer, registration_id, expected_version)
        if isinstance(found, Refused):
            return found
        status = rules.decide(found.state(), Kind.REQUEST_CHANGES, found.actor(viewer))
        if isinstance(status, rules.Refusal):
            return refusal_of(found, status)
        faults = Faults()
        faults.note(*_request_problems(found, requests), reason_problem(reason, needed=False))
        if faults:
            return faults.refused()
        await own.execute("DELETE FROM change_request WHERE registration_id = $1 AND resolved_at IS NULL", found.id)
        for field, message in requests:
            asked = {"id": new_id(), "registration_id": found.id, "field": field, "message": message.strip()}
            await insert(own, "change_request", {**asked, "requested_at": when, "requested_by_id": viewer.user_id})
        values = {
            "reviewer_id": found.row["reviewer_id"] or viewer.user_id,
            "review_seconds_left": found.policy.left(when, found.row["review_due_at"], found.row["region"]),
            "review_due_at": None,
            "reason": reason,
        }
        fields = sorted({field for field, _ in requests})
        taken = Taken(Kind.REQUEST_CHANGES, status, values=values, changed=fields, reason=reason)
        return await record(own, viewer, found, taken, when)


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
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Stepped | Refused:
    """`reason` is for the partner, `note` for the vendor's people alone. Protection that it had ends."""
    when = at or datetime.now(UTC)
    async with within(tx) as own:
        found = await locked(own, viewer, registration_id, expected_version)
        if isinstance(found, Refused):
            return found
        status = rules.decide(found.state(), Kind.REJECT, found.actor(viewer))
        if isinstance(status, rules.Refusal):
            return refusal_of(found, status)
        faults = Faults()
        faults.note(reason_problem(reason, needed=code in NEEDS_WORDS), text_problem(note, LONGEST_REASON, "note"))
        if faults:
            return faults.refused()
        values = {
            **decided(viewer, when),
            "rejection_code": code.value,
            "reason": reason,
            "protected_until": when if found.protected_until else None,
        }
        return await record(
            own, viewer, found, Taken(Kind.REJECT, status, values=values, reason=reason, note=note, code=code), when
        )


def decided(viewer: Viewer | None, at: datetime) -> dict[str, object]:
    return {
        "decided_at": at,
        "decided_by_id": viewer and viewer.user_id,
        "review_due_at": None,
        "review_seconds_left": None,
    }
