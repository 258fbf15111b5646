"""The history of marks: what somebody said of a criterion, once it counts no more."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import Transaction
from app.deals import rules
from app.deals.confirming import standing_of
from app.deals.store import StoredDeal
from app.identity.viewer import Viewer

_KEEP = """
INSERT INTO former_mark (id, opportunity_id, stage_key, criterion_key, met, marked_at, marked_by_id, evidence,
  ended_at, ended_by_id, transition_id)
SELECT gen_random_uuid(), m.opportunity_id, s.key, c.key, m.met, m.marked_at, m.marked_by_id, m.evidence, $3, $4, $5
FROM criterion_mark m JOIN criterion c ON c.id = m.criterion_id JOIN stage s ON s.id = c.stage_id
WHERE m.opportunity_id = $1 AND m.criterion_id = ANY ($2::uuid[])
"""
_DROP = "DELETE FROM criterion_mark WHERE opportunity_id = $1 AND criterion_id = ANY ($2::uuid[])"


async def keep_former(tx: Transaction, found: StoredDeal, criterion_id: UUID, viewer: Viewer, at: datetime) -> None:
    """To be called before the mark is written anew."""
    if criterion_id in found.marks:
        await tx.execute(_KEEP, found.id, [criterion_id], at, viewer.user_id, None)


async def keep_all_former(tx: Transaction, found: StoredDeal, viewer: Viewer, at: datetime) -> None:
    """Whoever made them: nobody's word on a criterion counts any more."""
    if found.marks:
        await tx.execute(_KEEP, found.id, list(found.marks), at, viewer.user_id, None)
        await tx.execute(_DROP, found.id, list(found.marks))


def asked_anew(found: StoredDeal, target: rules.Stage, viewer: Viewer) -> Sequence[UUID]:
    """Criteria whose marks end when the deal is sent back to `target`; `rules.asked_anew` says which. What the viewer
    couldn't confirm isn't ended by them either: it stays confirmed, with the fields that it locks."""
    standing = standing_of(viewer)
    return [
        criterion.id
        for criterion in rules.asked_anew(found.play.stages, target)
        if criterion.id in found.marks and rules.may_confirm(standing, criterion.confirmed_by)
    ]


async def ask_anew(
    tx: Transaction, found: StoredDeal, ids: Sequence[UUID], transition_id: UUID, viewer: Viewer, at: datetime
) -> None:
    """End the marks of these criteria, by the move that sent the deal back."""
    await tx.execute(_KEEP, found.id, ids, at, viewer.user_id, transition_id)
    await tx.execute(_DROP, found.id, ids)
