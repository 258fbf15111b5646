"""Throwing a draft away."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.database import Transaction, transaction
from app.events import append, wake
from app.events.facts import playbook_discarded
from app.identity.viewer import Viewer
from app.outcomes import Refused, refused
from app.playbooks import versions
from app.vocabulary import ErrorCode, PlaybookStatus

_USED = """
SELECT (SELECT count(*) FROM (
  SELECT o.id FROM opportunity o WHERE o.playbook_id = $1
  UNION SELECT t.opportunity_id FROM stage s JOIN stage_transition t ON t.to_stage_id = s.id OR t.from_stage_id = s.id
  WHERE s.playbook_id = $1) deal) AS deals
"""
_DELETE = "DELETE FROM playbook WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Discarded:
    playbook_id: UUID


async def discard(
    viewer: Viewer, playbook_id: UUID, *, expected_updated_at: datetime | None = None, tx: Transaction | None = None
) -> Discarded | Refused:
    """Remove a draft with all that is in it; its number is free for the next one. Not while deals are on it or have
    been: their past would go with it."""
    if denied := versions.forbidden(viewer):
        return denied
    if tx is not None:
        return await _discard(tx, viewer, playbook_id, expected_updated_at)
    async with transaction() as own:
        outcome = await _discard(own, viewer, playbook_id, expected_updated_at)
    wake()
    return outcome


async def _discard(
    tx: Transaction, viewer: Viewer, playbook_id: UUID, expected: datetime | None
) -> Discarded | Refused:
    known = await versions.lock_all(tx, playbook_id)
    draft = next((version for version in known if version.id == playbook_id), None)
    if draft is None:
        return versions.unknown("playbookId")
    if draft.status is not PlaybookStatus.DRAFT:
        called = f"Version {draft.version} of “{draft.key}”"
        message = f"{called} is {draft.status.lower()}, and only a draft can be discarded: archive it."
        return refused(ErrorCode.INVALID, message, "playbookId")
    if conflict := versions.stale(draft, expected):
        return conflict
    row = await tx.fetchrow(_USED, playbook_id)
    if row and row["deals"]:
        message = f"{row['deals']} deals are on the draft or have been: archive it, and their past stays."
        return refused(ErrorCode.INVALID, message, "playbookId")
    await tx.execute(_DELETE, playbook_id)
    fact = playbook_discarded(playbook_id, key=draft.key, version=draft.version, actor_id=viewer.user_id)
    await append(tx, fact)
    return Discarded(playbook_id)
