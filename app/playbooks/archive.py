"""Taking a playbook out of use."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.database import Transaction, transaction
from app.events import append, wake
from app.events.facts import playbook_archived
from app.identity.viewer import Viewer
from app.outcomes import Refused, refused
from app.playbooks import versions
from app.vocabulary import ErrorCode, PlaybookStatus

ARCHIVE = """
UPDATE playbook SET status = 'ARCHIVED',
  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond') WHERE id = $1
"""
_OPEN_DEALS = "SELECT count(*) AS n FROM opportunity WHERE playbook_id = $1 AND status = 'OPEN'"


@dataclass(frozen=True, slots=True)
class Archived:
    """`staying`: open deals that go on on this version."""

    playbook_id: UUID
    staying: int = 0


async def archive(
    viewer: Viewer, playbook_id: UUID, *, expected_updated_at: datetime | None = None, tx: Transaction | None = None
) -> Archived | Refused:
    """Take a version out of use, a draft or the one in force: no deal begins on it any more. Those that are on it go
    on, until they are moved one by one or a new version takes them over."""
    if denied := versions.forbidden(viewer):
        return denied
    if tx is not None:
        return await _archive(tx, viewer, playbook_id, expected_updated_at)
    async with transaction() as own:
        outcome = await _archive(own, viewer, playbook_id, expected_updated_at)
    wake()
    return outcome


async def _archive(tx: Transaction, viewer: Viewer, playbook_id: UUID, expected: datetime | None) -> Archived | Refused:
    known = await versions.lock_all(tx, playbook_id)
    version = next((version for version in known if version.id == playbook_id), None)
    if version is None:
        return versions.unknown("playbookId")
    if version.status is PlaybookStatus.ARCHIVED:
        called = f"Version {version.version} of “{version.key}”"
        return refused(ErrorCode.INVALID, f"{called} is archived already.", "playbookId")
    if conflict := versions.stale(version, expected):
        return conflict
    await tx.execute(ARCHIVE, playbook_id)
    fact = playbook_archived(playbook_id, key=version.key, version=version.version, actor_id=viewer.user_id)
    await append(tx, fact)
    row = await tx.fetchrow(_OPEN_DEALS, playbook_id)
    return Archived(playbook_id, row["n"] if row else 0)
