"""Putting a draft into force, and taking a playbook out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.database import Transaction, transaction
from app.deals.statistics import set_thresholds
from app.events import append, wake
from app.events.facts import playbook_archived, playbook_published
from app.identity.viewer import Viewer
from app.outcomes import Refused, UserError, refused
from app.playbooks import documents, reading, versions
from app.playbooks.moving import Unplaced, take_over
from app.playbooks.trial import tried
from app.playbooks.versions import Version
from app.vocabulary import ErrorCode, PlaybookStatus, Severity

__all__ = ["Archived", "Published", "Unplaced", "archive", "publish"]

_ARCHIVE = """
UPDATE playbook SET status = 'ARCHIVED',
  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond') WHERE id = $1
"""
_PUBLISH = """
WITH published AS (
  UPDATE playbook SET status = 'PUBLISHED', published_at = clock_timestamp(),
    updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond') WHERE id = $1
)
UPDATE stage SET published = TRUE WHERE playbook_id = $1
"""
_OPEN_DEALS = "SELECT count(*) AS n FROM opportunity WHERE playbook_id = $1 AND status = 'OPEN'"


@dataclass(frozen=True, slots=True)
class Published:
    """`archived_id`: the version that was in force until now. `unplaced`: open deals that stay on older versions."""

    playbook_id: UUID
    moved: int
    unplaced: tuple[Unplaced, ...]
    archived_id: UUID | None


@dataclass(frozen=True, slots=True)
class Archived:
    playbook_id: UUID


async def publish(
    viewer: Viewer,
    playbook_id: UUID,
    *,
    expected_updated_at: datetime | None = None,
    tx: Transaction | None = None,
) -> Published | Refused:
    """Make a draft the version in force: the one before is archived, and open deals of all others move over (see
    `moving`); closed ones stay where they were closed. Refused while the review finds errors."""
    if denied := versions.forbidden(viewer):
        return denied
    if tx is not None:
        return await _publish(tx, viewer, playbook_id, expected_updated_at)
    async with transaction() as own:
        outcome = await _publish(own, viewer, playbook_id, expected_updated_at)
    wake()
    return outcome


async def _publish(
    tx: Transaction, viewer: Viewer, playbook_id: UUID, expected: datetime | None
) -> Published | Refused:
    known = await versions.lock_all(tx, playbook_id)
    draft = next((version for version in known if version.id == playbook_id), None)
    if draft is None:
        return versions.unknown("playbookId")
    if draft.status is not PlaybookStatus.DRAFT:
        return versions.not_a_draft(draft, "published")
    if conflict := versions.stale(draft, expected):
        return conflict
    if faults := await _faults(tx, playbook_id):
        return Refused(faults)
    others = [version for version in known if version.id != playbook_id]
    archived_id = await _put_in_force(tx, viewer, draft, others)
    moved, unplaced = await take_over(tx, playbook_id, viewer.user_id)
    return Published(playbook_id, moved, unplaced, archived_id)


async def _faults(tx: Transaction, playbook_id: UUID) -> tuple[UserError, ...]:
    stored = await documents.read(tx, playbook_id)
    assert stored is not None
    # Links point at content that is there; and translations may make more of them than a person would name.
    stages = [{**stage, "contents": ()} for stage in stored["stages"]]
    checked = await tried({**stored, "stages": stages})
    unsound = checked if isinstance(checked, tuple) else ()
    places = {stage["key"]: str(n) for n, stage in enumerate(stages)}
    issues = (await reading.issues(tx, [playbook_id], datetime.now(UTC)))[playbook_id]
    return unsound + tuple(
        UserError(
            ErrorCode.INVALID,
            f"{issue.message} {issue.suggestion}",
            ("stages", places[issue.stage_key]) if issue.stage_key else ("playbookId",),
        )
        for issue in issues
        if issue.severity is Severity.ERROR
    )


async def _put_in_force(tx: Transaction, viewer: Viewer, draft: Version, others: Sequence[Version]) -> UUID | None:
    actor = viewer.user_id
    before = next((version for version in others if version.status is PlaybookStatus.PUBLISHED), None)
    if before is not None:
        await tx.execute(_ARCHIVE, before.id)
        await append(tx, playbook_archived(before.id, key=before.key, version=before.version, actor_id=actor))
    await tx.execute(_PUBLISH, draft.id)
    await set_thresholds(tx, draft.id)
    await append(tx, playbook_published(draft.id, key=draft.key, version=draft.version, actor_id=actor))
    return before.id if before else None


async def archive(viewer: Viewer, playbook_id: UUID, *, tx: Transaction | None = None) -> Archived | Refused:
    """Take a version out of use, a draft or the one in force. Refused while open deals are on it."""
    if denied := versions.forbidden(viewer):
        return denied
    if tx is not None:
        return await _archive(tx, viewer, playbook_id)
    async with transaction() as own:
        outcome = await _archive(own, viewer, playbook_id)
    wake()
    return outcome


async def _archive(tx: Transaction, viewer: Viewer, playbook_id: UUID) -> Archived | Refused:
    known = await versions.lock_all(tx, playbook_id)
    version = next((version for version in known if version.id == playbook_id), None)
    if version is None:
        return versions.unknown("playbookId")
    called = f"Version {version.version} of “{version.key}”"
    if version.status is PlaybookStatus.ARCHIVED:
        return refused(ErrorCode.INVALID, f"{called} is archived already.", "playbookId")
    row = await tx.fetchrow(_OPEN_DEALS, playbook_id)
    if row and row["n"]:
        deals = "open deal is" if row["n"] == 1 else "open deals are"
        message = f"{called} can't be archived: {row['n']} {deals} on it. Close them, or publish a new version instead."
        return refused(ErrorCode.INVALID, message, "playbookId")
    await tx.execute(_ARCHIVE, playbook_id)
    fact = playbook_archived(playbook_id, key=version.key, version=version.version, actor_id=viewer.user_id)
    await append(tx, fact)
    return Archived(playbook_id)
