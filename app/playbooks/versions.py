"""The versions of a playbook, locked while one of them changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.database import Transaction
from app.identity.viewer import Viewer
from app.outcomes import Refused, outdated, refused
from app.vocabulary import ErrorCode, Permission, PlaybookStatus

_COLUMNS = "id, key, version, name, status, updated_at"
_ONE = f"SELECT {_COLUMNS} FROM playbook WHERE id = $1 FOR NO KEY UPDATE"  # noqa: S608

# FOR UPDATE, since a deal's foreign key holds a weaker lock: so it waits for deals that are being made just now.
_ALL = f"SELECT {_COLUMNS} FROM playbook WHERE key = (SELECT key FROM playbook WHERE id = $1) ORDER BY version"  # noqa: S608
_LOCK_ALL = f"{_ALL} FOR UPDATE"


@dataclass(frozen=True, slots=True)
class PlaybookSaved:
    playbook_id: UUID


@dataclass(frozen=True, slots=True)
class Version:
    id: UUID
    key: str
    version: int
    name: str
    status: PlaybookStatus
    updated_at: datetime


async def lock(tx: Transaction, playbook_id: UUID) -> Version | None:
    """One version, against others who would change it; deals go on entering its stages meanwhile."""
    row = await tx.fetchrow(_ONE, playbook_id)
    return None if row is None else Version(**{**row, "status": PlaybookStatus(row["status"])})


async def lock_all(tx: Transaction, playbook_id: UUID) -> Sequence[Version]:
    """All versions of its key, oldest first, also against new deals; empty when there is no such playbook."""
    return await _versions(tx, _LOCK_ALL, playbook_id)


async def all_of(tx: Transaction, playbook_id: UUID) -> Sequence[Version]:
    """As `lock_all`, and nothing is locked."""
    return await _versions(tx, _ALL, playbook_id)


async def _versions(tx: Transaction, statement: str, playbook_id: UUID) -> Sequence[Version]:
    rows = await tx.fetch(statement, playbook_id)
    return [Version(**{**row, "status": PlaybookStatus(row["status"])}) for row in rows]


def forbidden(viewer: Viewer) -> Refused | None:
    if viewer.may(Permission.MANAGE_PLAYBOOKS):
        return None
    return refused(ErrorCode.FORBIDDEN, "Only the vendor's channel team manages playbooks; ask them for the change.")


def unknown(*path: str) -> Refused:
    return refused(ErrorCode.NOT_FOUND, "There is no such playbook.", *path)


def not_a_draft(version: Version, doing: str) -> Refused:
    return refused(
        ErrorCode.INVALID,
        f"Version {version.version} of “{version.key}” is {version.status.lower()}, and only a draft can be {doing}: "
        "create a draft copy of it.",
        "playbookId",
    )


def stale(version: Version, expected: datetime | None) -> Refused | None:
    """`expected`: the `updated_at` that the change was made on; None: any."""
    if expected is None or expected == version.updated_at:
        return None
    return outdated(
        version.id,
        f"“{version.name}” changed at {version.updated_at.isoformat()}; read it again and retry.",
        "expectedUpdatedAt",
    )
