"""Precedence where several claim one customer: what is approved, then the first submission, unless the vendor
has decided otherwise before.

Everything here decides from plain data. Of any two registrations that conflict, one at most comes first, so that of all
that claim a customer exactly one can be approved without an override.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.vocabulary import ConflictDecision, RegistrationStatus


@dataclass(frozen=True, slots=True)
class Claim:
    """A registration. `submitted_at`: None: not yet, so that it comes last."""

    id: UUID
    status: RegistrationStatus
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Deal:
    """An open deal; `partner_id` None: the vendor's own."""

    id: UUID
    partner_id: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """`favours`: the registration that comes first, by the vendor's decision; None: it doesn't say."""

    kind: ConflictDecision
    favours: UUID | None = None


def yields_to(mine: Claim, other: Claim, decided: Decision | None) -> bool:
    """Whether `mine` can't be approved beside `other` without an override."""
    if decided is not None and decided.kind is ConflictDecision.NOT_THE_SAME:
        return False
    if other.status is RegistrationStatus.APPROVED:
        return True
    if decided is not None and decided.favours is not None:
        return decided.favours != mine.id
    if mine.submitted_at is None or other.submitted_at is None:
        return other.submitted_at is not None
    return (other.submitted_at, other.id) < (mine.submitted_at, mine.id)


def yields_to_deal(mine: Claim, partner_id: UUID, deal: Deal, decided: Decision | None) -> bool:
    """A partner's own deal is no reason to refuse it, and one that began after its submission comes too late."""
    if decided is not None or deal.partner_id == partner_id:
        return False
    return mine.submitted_at is None or deal.created_at <= mine.submitted_at
