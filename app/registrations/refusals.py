"""Refusals of steps, as the API tells them."""

from app.deals.fields import text_problem
from app.outcomes import Refused, outdated, refused
from app.registrations import rules
from app.registrations.stored import StoredRegistration
from app.vocabulary import ErrorCode

LONGEST_REASON = 2_000


def refusal_of(found: StoredRegistration, why: rules.Refusal) -> Refused:
    """What somebody else may do is forbidden; for the rest, the registration is shown as it stands."""
    if why.forbidden:
        return refused(ErrorCode.FORBIDDEN, why.message, "registrationId")
    return outdated(found.id, why.message, "registrationId")


def reason_problem(reason: str | None, *, needed: bool) -> Refused | None:
    if needed and (reason is None or not reason.strip()):
        return refused(ErrorCode.INVALID, "Say why, in words for whoever reads it later.", "reason")
    return text_problem(reason, LONGEST_REASON, "reason")
