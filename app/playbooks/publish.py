"""Putting a draft into force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.database import Transaction, transaction
from app.deals.statistics import set_thresholds
from app.events import append, wake
from app.events.facts import playbook_archived, playbook_published
from app.identity.viewer import Viewer
from app.outcomes import Refused, UserError
from app.playbooks import documents, reading, versions
from app.playbooks.archive import ARCHIVE
from app.playbooks.availability import take_from
from app.playbooks.mapping import StageMapping, checked
from app.playbooks.moving import foresee, take_over
from app.playbooks.planning import Lapse, Placement, Plan, Unplaced
from app.playbooks.trial import tried
from app.playbooks.versions import Version
from app.vocabulary import ErrorCode, PlaybookStatus, Severity

_PUBLISH = """
UPDATE playbook SET status = 'PUBLISHED', published_at = clock_timestamp(),
  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond') WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class Published:
    """`archived_id`: the version that was in force until now. `unplaced`: open deals that stay on older versions, the
    first of them; `staying`: how many do. With `dry_run`, all of it is what would happen, and nothing has."""

    playbook_id: UUID
    moved: int
    unplaced: tuple[Unplaced, ...]
    archived_id: UUID | None
    staying: int = 0
    placements: tuple[Placement, ...] = ()
    lapses: tuple[Lapse, ...] = ()
    dry_run: bool = False


async def publish(
    viewer: Viewer,
    playbook_id: UUID,
    *,
    stage_mapping: StageMapping = (),
    dry_run: bool = False,
    expected_updated_at: datetime | None = None,
    tx: Transaction | None = None,
) -> Published | Refused:
    """Make a draft the version in force: the one before is archived, and open deals of all others move over (see
    `moving`); closed ones stay where they were closed. Refused while the review finds errors.

    A dry run is refused as the real one is, changes and locks nothing, and tells the same.
    """
    if denied := versions.forbidden(viewer):
        return denied
    ask = _try if dry_run else _publish
    if tx is not None:
        return await ask(tx, viewer, playbook_id, stage_mapping, expected_updated_at)
    async with transaction(one_moment=dry_run) as own:
        outcome = await ask(own, viewer, playbook_id, stage_mapping, expected_updated_at)
    if not dry_run:
        wake()
    return outcome


async def _try(
    tx: Transaction, _: Viewer, playbook_id: UUID, mapping: StageMapping, expected: datetime | None
) -> Published | Refused:
    ready = await _ready(tx, await versions.all_of(tx, playbook_id), playbook_id, mapping, expected)
    if isinstance(ready, Refused):
        return ready
    made = await foresee(tx, [one.id for one in ready.others], playbook_id, ready.mapping)
    return _published(made, ready, dry_run=True)


async def _publish(
    tx: Transaction, viewer: Viewer, playbook_id: UUID, mapping: StageMapping, expected: datetime | None
) -> Published | Refused:
    ready = await _ready(tx, await versions.lock_all(tx, playbook_id), playbook_id, mapping, expected)
    if isinstance(ready, Refused):
        return ready
    await _put_in_force(tx, viewer, ready)
    sources = [one.id for one in ready.others]
    made = await take_over(tx, sources, playbook_id, ready.mapping, viewer.user_id)
    return _published(made, ready, dry_run=False)


@dataclass(frozen=True, slots=True)
class _Ready:
    """All that publishing needs, checked. `before`: the version in force."""

    draft: Version
    others: Sequence[Version]
    before: Version | None
    mapping: Mapping[str, str]


async def _ready(
    tx: Transaction, known: Sequence[Version], playbook_id: UUID, mapping: StageMapping, expected: datetime | None
) -> _Ready | Refused:
    draft = next((version for version in known if version.id == playbook_id), None)
    if draft is None:
        return versions.unknown("playbookId")
    if draft.status is not PlaybookStatus.DRAFT:
        return versions.not_a_draft(draft, "published")
    if conflict := versions.stale(draft, expected):
        return conflict
    others = [version for version in known if version.id != playbook_id]
    meant = await checked(tx, mapping, [one.id for one in others], playbook_id)
    if isinstance(meant, Refused):
        return meant
    if faults := await _faults(tx, playbook_id):
        return Refused(faults)
    before = next((version for version in others if version.status is PlaybookStatus.PUBLISHED), None)
    return _Ready(draft, others, before, meant)


def _published(made: Plan, ready: _Ready, *, dry_run: bool) -> Published:
    return Published(
        playbook_id=ready.draft.id,
        moved=made.moved,
        unplaced=made.unplaced,
        archived_id=ready.before.id if ready.before else None,
        staying=made.staying,
        placements=made.placements,
        lapses=made.lapses,
        dry_run=dry_run,
    )


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


async def _put_in_force(tx: Transaction, viewer: Viewer, ready: _Ready) -> None:
    actor, draft, before = viewer.user_id, ready.draft, ready.before
    if before is not None:
        await tx.execute(ARCHIVE, before.id)
        await append(tx, playbook_archived(before.id, key=before.key, version=before.version, actor_id=actor))
    await tx.execute(_PUBLISH, draft.id)
    await take_from(tx, draft.id, [one.id for one in ready.others])
    await set_thresholds(tx, draft.id)
    await append(tx, playbook_published(draft.id, key=draft.key, version=draft.version, actor_id=actor))
