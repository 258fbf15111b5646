"""Writing a piece of enablement content, found by its key and language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.database import Transaction, transaction
from app.enablement import stages
from app.enablement.pieces import ContentInput, ContentSpec, StageLink, checked
from app.events import append, wake
from app.events.facts import content_changed
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Refused, outdated, refused
from app.playbooks.documents import camel_path
from app.vocabulary import ErrorCode, Permission

__all__ = ["ContentInput", "ContentSaved", "StageLink", "upsert_content"]

FIELDS = ("title", "kind", "summary", "body", "url", "lifecycle_phase", "reader", "audience", "industries", "archived")

_READ = f"SELECT id, version, {', '.join(FIELDS)} FROM content WHERE key = $1 AND language = $2 FOR NO KEY UPDATE"  # noqa: S608
_INSERT = f"""
INSERT INTO content (id, key, language, {", ".join(FIELDS)})
VALUES ($1, $2, $3, {", ".join(f"${n}" for n in range(4, 4 + len(FIELDS)))}) ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608
_RAISED = """version = version + 1,
  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond')"""
_TOUCH = f"UPDATE content SET {_RAISED} WHERE id = $1 RETURNING version"  # noqa: S608
_UPDATE = f"""
UPDATE content SET {_RAISED},
  {", ".join(f"{name} = ${n}" for n, name in enumerate(FIELDS, start=2))} WHERE id = $1
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class ContentSaved:
    content_id: UUID
    created: bool


async def upsert_content(
    viewer: Viewer, content: ContentInput, *, tx: Transaction | None = None
) -> ContentSaved | Refused:
    """Create or replace the piece of this key and language; without a difference nothing changes.

    `expected_version` 0: it must be a new piece. A new translation without `stages` is linked like its other languages;
    with them, a translation takes its original's position, and an original takes its translations along.
    """
    if not viewer.may(Permission.MANAGE_CONTENT):
        return refused(ErrorCode.FORBIDDEN, "Only the vendor's channel team manages content; ask them for the change.")
    spec = checked(content)
    if isinstance(spec, tuple):
        return Refused(spec)
    if tx is not None:
        return await _write(tx, viewer, spec)
    async with transaction() as own:
        outcome = await _write(own, viewer, spec)
    wake()
    return outcome


async def _write(tx: Transaction, viewer: Viewer, spec: ContentSpec) -> ContentSaved | Refused:
    stored = await tx.fetchrow(_READ, spec.key, spec.language)
    if conflict := _conflict(stored, spec):
        return conflict
    others = await stages.others_of(tx, spec, stored["id"] if stored else None)
    places, faults = await stages.resolve(tx, others, stored["id"] if stored else None, spec.stages or ())
    if faults:
        return Refused(faults)
    if stored is None:
        made = await tx.fetchrow(_INSERT, new_id(), spec.key, spec.language, *_values(spec).values())
        if made is None:  # somebody else was faster: it is theirs that changes now
            return await _write(tx, viewer, spec)
        await stages.link(tx, made["id"], others.places if spec.stages is None else places)
        await _announce(tx, viewer, spec.key, made["id"], 1, {*FIELDS, "stages"})
        await _take_along(tx, viewer, spec, others, places)
        return ContentSaved(made["id"], created=True)
    content_id: UUID = stored["id"]
    changed = {name for name, value in _values(spec).items() if stored[name] != value}
    if spec.stages is not None and places != await stages.current(tx, content_id):
        await stages.link(tx, content_id, places)
        changed.add("stages")
    await _take_along(tx, viewer, spec, others, places)
    if changed:
        await tx.execute(_UPDATE, content_id, *_values(spec).values())
        await _announce(tx, viewer, spec.key, content_id, stored["version"] + 1, changed)
    return ContentSaved(content_id, created=False)


async def _take_along(
    tx: Transaction, viewer: Viewer, spec: ContentSpec, others: stages.Others, places: stages.Places
) -> None:
    """Link the translations of an original as it is linked itself."""
    if spec.stages is None or not others.is_original:
        return
    for content_id in others.ids:
        if places != await stages.current(tx, content_id):
            await stages.link(tx, content_id, places)
            touched = await tx.fetchrow(_TOUCH, content_id)
            assert touched is not None
            await _announce(tx, viewer, spec.key, content_id, touched["version"], {"stages"})


def _conflict(stored: asyncpg.Record | None, spec: ContentSpec) -> Refused | None:
    version = stored["version"] if stored else 0
    if spec.expected_version in (None, version):
        return None
    called = f"“{spec.key}” in “{spec.language}”"
    if stored is None:
        return refused(ErrorCode.CONFLICT, f"There is no {called}; read it again and retry.", "expectedVersion")
    return outdated(stored["id"], f"{called} is at version {version} now; read it again and retry.", "expectedVersion")


def _values(spec: ContentSpec) -> Mapping[str, Any]:
    values = spec.model_dump(mode="json", include=set(FIELDS))
    return {name: values[name] for name in FIELDS}


async def _announce(tx: Transaction, viewer: Viewer, key: str, id: UUID, version: int, changed: set[str]) -> None:
    await append(tx, content_changed(id, key=key, version=version, fields=camel_path(changed), actor_id=viewer.user_id))
