"""The same changes to many deals, each on its own: what can't be done to one of them keeps none of the others back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.deals.apart import apart
from app.deals.update import update
from app.identity.viewer import Viewer
from app.outcomes import Refused, UserError, refused
from app.vocabulary import ErrorCode

MOST = 200
_BUSY = refused(
    ErrorCode.CONFLICT, "The deal is being changed by somebody else; read it again and retry.", "opportunityId"
)


@dataclass(frozen=True, slots=True)
class DealChanged:
    """What became of one deal. `errors`: why nothing did; `left` and `notice` as of `Changed`."""

    opportunity_id: UUID
    errors: tuple[UserError, ...] = ()
    left: bool = False
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class DealsChanged:
    """In the order in which they were named."""

    deals: tuple[DealChanged, ...]


async def update_all(
    viewer: Viewer, opportunity_ids: Sequence[UUID], changes: Mapping[str, Any], *, reason: str | None = None
) -> DealsChanged | Refused:
    """`changes` as `app.deals.update` takes them. Each deal is changed in a transaction of its own or, where the whole
    is made once (`app.idempotency`), in a part of that one; in the order of their ids, so that two who change the same
    deals don't wait for each other in a circle."""
    if not 0 < len(opportunity_ids) <= MOST:
        return refused(ErrorCode.INVALID, f"Name 1 to {MOST} deals.", "opportunityIds")
    if len({*opportunity_ids}) < len(opportunity_ids):
        return refused(ErrorCode.INVALID, "Name each deal once.", "opportunityIds")
    found = {id: await _one(viewer, id, changes, reason) for id in sorted(opportunity_ids)}
    return DealsChanged(tuple(found[id] for id in opportunity_ids))


async def _one(viewer: Viewer, id: UUID, changes: Mapping[str, Any], reason: str | None) -> DealChanged:
    outcome = await apart(lambda tx: update(viewer, id, changes, reason=reason, tx=tx), _BUSY)
    if isinstance(outcome, Refused):
        return DealChanged(id, outcome.errors)
    return DealChanged(id, left=outcome.left, notice=outcome.notice)
