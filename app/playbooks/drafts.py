"""Making playbooks and working on their drafts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.database import Transaction, transaction
from app.deals.statistics import set_thresholds
from app.events import append, wake
from app.events.facts import playbook_created, playbook_updated
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Refused, UserError, refused
from app.playbooks import availability, documents, usage, versions
from app.playbooks.as_written import NO_LANGUAGE, as_written
from app.playbooks.availability import Availability
from app.playbooks.documents import Document, DraftSpec
from app.playbooks.keeping import with_kept
from app.playbooks.links import Linked, keep_archived, resolve
from app.playbooks.registering import ensure_policy
from app.playbooks.templates import template, templates
from app.playbooks.trial import tried
from app.playbooks.versions import PlaybookSaved
from app.playbooks.writing import write
from app.vocabulary import ErrorCode, PlaybookStatus, StageKind


@dataclass(frozen=True, slots=True)
class FromTemplate:
    key: str


@dataclass(frozen=True, slots=True)
class CopyOf:
    playbook_id: UUID


SKELETON: tuple[Document, ...] = (
    {"key": "qualification", "name": "Qualification", "win_probability": 0.1, "forecast_category": "PIPELINE"},
    {"key": "won", "name": "Won", "kind": "WON", "win_probability": 1, "forecast_category": "CLOSED"},
    {"key": "lost", "name": "Lost", "kind": "LOST", "win_probability": 0, "forecast_category": "OMITTED"},
)
"""What a playbook made from nothing begins with: it has to have an open, a won and a lost stage at any time."""

PARTS = frozenset(DraftSpec.model_fields) - {"key"}

_VERSIONS = "SELECT id, version, status FROM playbook WHERE key = $1 ORDER BY version FOR NO KEY UPDATE"
_INSERT = """
INSERT INTO playbook (id, key, version, name, status) VALUES ($1, $2, $3, $4, 'DRAFT')
ON CONFLICT DO NOTHING RETURNING id
"""


async def create_playbook(
    viewer: Viewer,
    source: FromTemplate | CopyOf | None,
    *,
    key: str | None = None,
    name: str | None = None,
    industry: str | None = None,
    tx: Transaction | None = None,
) -> PlaybookSaved | Refused:
    """A draft: of a starter, as a copy with criteria, activities and content links, or (None) with three bare stages.

    `key`, `name` and `industry` replace the source's; from nothing, key and name are needed. A copy under the key of
    its source becomes the next version; any other playbook needs a key of its own. A key has one draft at a time.
    """
    if denied := versions.forbidden(viewer):
        return denied
    given = {"key": key, "name": name, "industry": industry}
    if tx is not None:
        return await _create(tx, viewer, source, given)
    async with transaction() as own:
        outcome = await _create(own, viewer, source, given)
    wake()
    return outcome


async def _create(
    tx: Transaction, viewer: Viewer, source: FromTemplate | CopyOf | None, given: Mapping[str, str | None]
) -> PlaybookSaved | Refused:
    origin = await _origin(tx, source)
    if isinstance(origin, Refused):
        return origin
    chosen = {part: value for part, value in given.items() if value is not None}
    if faults := _head_faults(origin, chosen):
        return Refused(faults)
    named = {part: value.strip() for part, value in chosen.items()}
    document = {**origin, **as_written(origin, named, NO_LANGUAGE)}
    extends = isinstance(source, CopyOf) and document["key"] == origin["key"]
    playbook_id = await _begin(tx, document, extends=extends)
    if isinstance(playbook_id, Refused):
        return playbook_id
    links, _ = await resolve(tx, document["stages"])
    await write(tx, playbook_id, document, links)
    if isinstance(source, FromTemplate):
        await ensure_policy(tx, document["key"])
    if isinstance(source, CopyOf):
        await availability.take_from(tx, source.playbook_id, [playbook_id])
    return await _announce(tx, viewer, playbook_id)


async def _origin(tx: Transaction, source: FromTemplate | CopyOf | None) -> dict[str, Any] | Refused:
    match source:
        case FromTemplate(key):
            starter = template(key)
            if starter is None:
                known = ", ".join(each.key for each in templates())
                return refused(ErrorCode.NOT_FOUND, f"There is no such template; there are {known}.", "templateKey")
            return {**starter.spec.model_dump(mode="json"), "review_due_at": None}
        case CopyOf(playbook_id):
            stored = await documents.read(tx, playbook_id)
            return versions.unknown("copyOf") if stored is None else {**stored, "review_due_at": None}
        case None:
            bare = DraftSpec.model_validate({"key": "bare", "name": "Bare", "stages": SKELETON}).model_dump(mode="json")
            return {part: value for part, value in bare.items() if part not in ("key", "name")}


def _head_faults(origin: Document, chosen: Mapping[str, str]) -> tuple[UserError, ...]:
    """Only of what was asked for: a copy of a draft that was measured from an import may still be an unsound one."""
    head = {part: "given" for part in ("key", "name") if part in origin}
    found = documents.checked({**head, **chosen, "stages": SKELETON})
    return found if isinstance(found, tuple) else ()


async def _begin(tx: Transaction, document: Document, *, extends: bool) -> UUID | Refused:
    key: str = document["key"]
    existing = await tx.fetch(_VERSIONS, key)
    draft = next((row for row in existing if row["status"] == PlaybookStatus.DRAFT), None)
    if draft is not None:
        message = f"Version {draft['version']} of “{key}” is a draft already: go on with it, or publish or archive it."
        return refused(ErrorCode.CONFLICT, message, "key")
    if existing and not extends:
        message = f"There is a playbook “{key}” already: choose another key, or copy that one."
        return refused(ErrorCode.CONFLICT, message, "key")
    number = max((row["version"] for row in existing), default=0) + 1
    made = await tx.fetchrow(_INSERT, new_id(), key, number, document["name"])
    if made is None:
        return refused(ErrorCode.CONFLICT, f"Somebody else has just made a draft of “{key}”: go on with theirs.", "key")
    playbook_id: UUID = made["id"]
    return playbook_id


async def _announce(tx: Transaction, viewer: Viewer, playbook_id: UUID) -> PlaybookSaved:
    await set_thresholds(tx, playbook_id)
    row = await tx.fetchrow("SELECT key, version FROM playbook WHERE id = $1", playbook_id)
    assert row is not None
    await append(tx, playbook_created(playbook_id, key=row["key"], version=row["version"], actor_id=viewer.user_id))
    return PlaybookSaved(playbook_id)


async def update_playbook(
    viewer: Viewer,
    playbook_id: UUID,
    changes: Document,
    *,
    available: Availability | None = None,
    expected_updated_at: datetime | None = None,
    tx: Transaction | None = None,
) -> PlaybookSaved | Refused:
    """Replace the parts that `changes` has, each as a whole: what a list or a stage doesn't say is empty afterwards.

    `changes`: any of name, industry, description, qualification_framework, review_due_at, questions, stages, in the
    words of `documents`. Stages, criteria, activities and questions keep their ids as long as they keep their keys; a
    stage that says nothing of its aliases keeps those as well, and what says nothing of translations those of texts
    that don't change. `available`: whom the draft is for once it is published. Only a draft changes; without a
    difference nothing does.
    """
    if denied := versions.forbidden(viewer):
        return denied
    if tx is not None:
        return await _update(tx, viewer, playbook_id, changes, available, expected_updated_at)
    async with transaction() as own:
        outcome = await _update(own, viewer, playbook_id, changes, available, expected_updated_at)
    wake()
    return outcome


async def _update(
    tx: Transaction,
    viewer: Viewer,
    playbook_id: UUID,
    changes: Document,
    available: Availability | None,
    expected: datetime | None,
) -> PlaybookSaved | Refused:
    version = await versions.lock(tx, playbook_id)
    if version is None:
        return versions.unknown("playbookId")
    if version.status is not PlaybookStatus.DRAFT:
        return versions.not_a_draft(version, "changed")
    if conflict := versions.stale(version, expected):
        return conflict
    if strangers := sorted(set(changes) - PARTS):
        return Refused(tuple(_stranger(name) for name in strangers))
    stored = await documents.read(tx, playbook_id)
    assert stored is not None
    changes = as_written(stored, with_kept(stored, changes), viewer.language)
    spec = await tried({**stored, **changes})
    if isinstance(spec, tuple):
        return Refused(await _with_unknown_content(tx, changes, spec))
    document = spec.model_dump(mode="json") | {"review_due_at": spec.review_due_at}
    links, faults = await resolve(tx, document["stages"])
    await keep_archived(tx, playbook_id, links)
    kinds = {stage["key"]: StageKind(stage["kind"]) for stage in stored["stages"]}
    faults += await usage.faults(tx, playbook_id, kinds, spec.stages)
    if available is not None:
        faults += await availability.faults_of(tx, available)
    if faults:
        return Refused(tuple(faults))
    limited = available is not None and await availability.write(tx, [playbook_id], available)
    differs = _differs(stored, document, links)
    if differs:
        await write(tx, playbook_id, document, links)
        await set_thresholds(tx, playbook_id)
    if differs or limited:
        fact = playbook_updated(playbook_id, key=version.key, version=version.version, actor_id=viewer.user_id)
        await append(tx, fact)
    return PlaybookSaved(playbook_id)


def _stranger(name: str) -> UserError:
    return UserError(ErrorCode.INVALID, f"“{name}” is not a part of a playbook that can be changed.", (name,))


async def _with_unknown_content(
    tx: Transaction, changes: Document, faults: tuple[UserError, ...]
) -> tuple[UserError, ...]:
    """All problems at once: content is looked for even in a document that has others."""
    stages = changes.get("stages")
    entries = stages if isinstance(stages, list | tuple) else ()
    named = [{"key": str(n), "contents": _references(entry)} for n, entry in enumerate(entries)]
    _, unknown = await resolve(tx, named)
    known = {fault.path for fault in faults}
    return (*faults, *(fault for fault in unknown if fault.path not in known))


def _references(stage: object) -> list[str]:
    contents = stage.get("contents") if isinstance(stage, Mapping) else None
    listed = contents if isinstance(contents, list | tuple) else ()
    return [one if isinstance(one, str) and one.isprintable() else "" for one in listed]


def _differs(stored: Document, document: Document, links: Linked) -> bool:
    """`stored` names contents by id, in order; so `document` is compared with its links resolved."""
    stages = [
        {**stage, "contents": [str(content_id) for content_id, _ in links[stage["key"]]]}
        for stage in document["stages"]
    ]
    return {**document, "stages": stages} != stored
