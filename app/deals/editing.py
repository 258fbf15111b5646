"""Shared steps of deal edits: permission, version, one transaction, waking of readers after it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.database import Transaction, transaction
from app.deals.moves import move_on
from app.deals.store import StoredDeal, deal
from app.events import NewEvent, append, wake
from app.identity.viewer import Viewer
from app.outcomes import Refused, outdated, refused
from app.vocabulary import ErrorCode, Permission

READ_ONLY = "You may read this deal and not change it: have somebody who leads it give you access to edit."


@dataclass(frozen=True, slots=True)
class Changed:
    """`transition_id` when the change let the deal advance by itself. `handover_id` when it went to another partner.
    `left`: whoever changed it doesn't see it any more. `notice`: what else came of it, in sentences."""

    opportunity_id: UUID
    transition_id: UUID | None = None
    handover_id: UUID | None = None
    left: bool = False
    notice: str | None = None


@asynccontextmanager
async def within(tx: Transaction | None) -> AsyncIterator[Transaction]:
    """The caller's transaction, or one of its own, after which readers of the log are woken."""
    if tx is not None:
        yield tx
        return
    async with transaction() as own:
        yield own
    wake()


async def editable(
    tx: Transaction, viewer: Viewer, opportunity_id: UUID, expected_version: int | None, needed: Permission
) -> StoredDeal | Refused:
    """The deal, locked until the transaction ends, for who may change it."""
    return await _locked(tx, viewer, opportunity_id, expected_version, needed, edited=True)


async def changeable(
    tx: Transaction, viewer: Viewer, opportunity_id: UUID, expected_version: int | None, needed: Permission
) -> StoredDeal | Refused:
    """As `editable`, also for who may read it alone: of who takes part in it, they change what is theirs."""
    return await _locked(tx, viewer, opportunity_id, expected_version, needed, edited=False)


async def _locked(
    tx: Transaction,
    viewer: Viewer,
    opportunity_id: UUID,
    expected_version: int | None,
    needed: Permission,
    *,
    edited: bool,
) -> StoredDeal | Refused:
    found = await deal(tx, viewer, opportunity_id, lock=True)
    if found is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such deal.", "opportunityId")
    if not viewer.may(needed):
        return refused(ErrorCode.FORBIDDEN, "Your role may not change this deal.")
    if edited and not found.may_edit:
        return refused(ErrorCode.FORBIDDEN, READ_ONLY, "opportunityId")
    if expected_version is not None and expected_version != found.version:
        message = f"The deal is at version {found.version} now; read it again and retry."
        return outdated(found.id, message, "expectedVersion")
    return found


async def finish(tx: Transaction, viewer: Viewer, before: StoredDeal, event: NewEvent, at: datetime) -> Changed:
    """Count the change that was written, log it, and let the deal advance by itself if this change is what lets it.
    `before`: the deal as `editable` gave it."""
    await tx.execute("UPDATE opportunity SET version = version + 1, updated_at = $2 WHERE id = $1", before.id, at)
    await append(tx, event)
    return Changed(before.id, await move_on(tx, viewer, before, before.id, at))
