"""Deals of an account that has changed: their conditions see the account, so the change is one of theirs as well.

The deals that the editor sees follow at once, in the editor's transaction. The others (a colleague's, another partner's
with the same customer, and those beyond `AT_ONCE`) follow in a job, which is enqueued by that transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.database import Transaction, transaction
from app.deals.moves import move_on
from app.deals.store import StoredDeal, deals
from app.events import append, facts, wake
from app.identity.viewer import Viewer
from app.jobs import defer, jobs
from app.vocabulary import OrganizationKind, Role

AT_ONCE = 100
FOLLOW = "follow_account"
BEGINNING = UUID(int=0)

_OPEN = """
SELECT id FROM opportunity WHERE account_id = $1 AND status = 'OPEN' AND id > $2 AND NOT id = ANY ($3::uuid[])
ORDER BY id LIMIT $4
"""
_COUNT = "UPDATE opportunity SET version = version + 1, updated_at = $2 WHERE id = ANY ($1::uuid[])"


async def follow(tx: Transaction, viewer: Viewer, account_id: UUID, before: Mapping[str, Any], at: datetime) -> None:
    """`before`: what conditions saw of the account until the change, by column."""
    ids = await _open(tx, account_id, BEGINNING, ())
    followed = await _follow(tx, viewer, ids, before, at)
    if not viewer.is_vendor or len(ids) == AT_ONCE:
        await defer(
            tx, FOLLOW, account_id=account_id, actor_id=viewer.user_id, before=before, after=BEGINNING, but=followed
        )


@jobs.task(name=FOLLOW)
async def follow_later(account_id: str, actor_id: str, before: dict[str, Any], after: str, but: list[str]) -> None:
    """A part of those that are left, in a transaction that enqueues the next part."""
    done = [UUID(id) for id in but]
    async with transaction() as tx:
        ids = await _open(tx, UUID(account_id), UUID(after), done)
        await _follow(tx, _everywhere(UUID(actor_id)), ids, before, datetime.now(UTC))
        if len(ids) == AT_ONCE:
            await defer(tx, FOLLOW, account_id=account_id, actor_id=actor_id, before=before, after=ids[-1], but=but)
    wake()


def _everywhere(actor_id: UUID) -> Viewer:
    """Whoever changed the account, with the eyes of the house: what follows from the change is no choice of theirs."""
    return Viewer(actor_id, UUID(int=0), OrganizationKind.VENDOR, Role.CHANNEL_MANAGER)


async def _open(tx: Transaction, account_id: UUID, after: UUID, but: Sequence[UUID]) -> list[UUID]:
    return [row["id"] for row in await tx.fetch(_OPEN, account_id, after, list(but), AT_ONCE)]


async def _follow(
    tx: Transaction, viewer: Viewer, ids: Sequence[UUID], before: Mapping[str, Any], at: datetime
) -> list[UUID]:
    """Those of `ids` that the viewer sees. Of these, the deals advance whose last unmet criterion the change met."""
    found = await deals(tx, viewer, ids, lock=True)
    if not found:
        return []
    await tx.execute(_COUNT, list(found), at)
    changed = (facts.opportunity_updated(id, fields=["account"], actor_id=viewer.user_id) for id in found)
    await append(tx, *changed)
    for deal in found.values():
        await move_on(tx, viewer, _as_it_was(deal, before), deal.id, at)
    return list(found)


def _as_it_was(deal: StoredDeal, before: Mapping[str, Any]) -> StoredDeal:
    named = {"account_name" if fact == "name" else fact: value for fact, value in before.items()}
    return replace(deal, row={**deal.row, **named}, settled={})
