"""Conflicts of registrations: what they are, the question before one is registered, and the vendor's decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app.database import database
from app.registrations.conflicts.finding import Conflict
from app.registrations.conflicts.reading import MOST, conflicts_by_id
from schema.engine.declare import Requester, to_one
from schema.enums import ConflictDecision, ConflictKind
from schema.identity.types import Account, User

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity
    from schema.registration.types import DealRegistration

__all__ = ["MOST", "RegistrationConflict", "conflicts"]


@strawberry.type(
    description="A registration or open opportunity that is about the same customer, or one that may be the same."
)
class RegistrationConflict:
    registration_id: strawberry.Private[UUID | None]
    opportunity_id: strawberry.Private[UUID | None]
    account_id: strawberry.Private[UUID | None]
    decided_by_id: strawberry.Private[UUID | None]
    kind: ConflictKind = strawberry.field(description="The kind of conflict.")
    score: float = strawberry.field(description="The likeness of the two customers, from 0 to 1.")
    reasons: list[str] = strawberry.field(
        description="The reasons in sentences, such as “The same domain, example.com.”. Untrusted: escape them."
    )
    registration: Annotated["DealRegistration", strawberry.lazy("schema.registration.types")] | None = to_one(
        "The other registration; null for an opportunity without one."
    )
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] | None = to_one(
        "The other opportunity; null for a registration without one."
    )
    account: Account | None = to_one("The customer of the other opportunity, if it has no registration.")
    blocks: bool = strawberry.field(
        description="Whether the registration can't be approved without an override until this is decided: the other "
        "came first, or was approved."
    )
    decision: ConflictDecision | None = strawberry.field(
        description="The vendor's decision; null while there is none, and for partners."
    )
    decided_at: datetime | None = strawberry.field(description="The date and time of the decision; null for partners.")
    decided_by: User | None = to_one("The user who decided; null for partners.")
    note: str | None = strawberry.field(description="The vendor's remark; null for partners. Untrusted: escape it.")

    @classmethod
    def of(cls, found: Conflict) -> "RegistrationConflict":
        decided = found.decided
        return cls(
            registration_id=found.registration_id,
            opportunity_id=found.opportunity_id,
            account_id=found.account_id,
            decided_by_id=decided.by if decided else None,
            kind=ConflictKind(found.kind),
            score=found.score,
            reasons=list(found.reasons),
            blocks=found.blocks,
            decision=ConflictDecision(decided.decision) if decided else None,
            decided_at=decided.at if decided else None,
            note=decided.note if decided else None,
        )


async def conflicts(
    requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]
) -> Mapping[UUID, list[RegistrationConflict]]:
    found = await conflicts_by_id(database(), requester.viewer, keys)
    return {id: [RegistrationConflict.of(one) for one in met] for id, met in found.items()}
