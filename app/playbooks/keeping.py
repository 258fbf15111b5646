"""Values that a stage, criterion, activity or question keeps where a change omits them, so that no client loses what it
doesn't know of. Translations stay with their texts (`as_written`); everything else that is omitted is cleared."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.playbooks.documents import PHASES, Document

KEPT = frozenset({"aliases", "confirmed_by"})
PARTS = {"criteria": tuple(PHASES.values()), "activities": ("activities",)}
"""Lists of a stage within which a key means one thing."""


def with_kept(stored: Document, changes: Document) -> Document:
    """`changes`, with what its entries keep of the stored ones of the same keys."""
    kept = {name: changes[name] for name in ("stages", "questions") if isinstance(changes.get(name), list | tuple)}
    if "stages" in kept:
        before = _by_key(stored["stages"])
        kept["stages"] = [_stage(before, stage) for stage in kept["stages"]]
    if "questions" in kept:
        asked = _by_key(stored["questions"])
        kept["questions"] = [_entry(asked, question) for question in kept["questions"]]
    return {**changes, **kept}


def _stage(before: Mapping[str, Document], stage: Any) -> Any:
    known = before.get(key_of(stage))
    if known is None:
        return stage
    found = _entry(before, stage)
    for lists in PARTS.values():
        parts = _by_key([part for name in lists for part in known[name]])
        for name in lists:
            if isinstance(found.get(name), list | tuple):
                found[name] = [_entry(parts, part) for part in found[name]]
    return found


def _entry(before: Mapping[str, Document], entry: Any) -> Any:
    known = before.get(key_of(entry))
    if known is None:
        return entry
    kept = {name: known[name] for name in KEPT if name in known and entry.get(name) is None}
    return {**entry, **kept}


def key_of(entry: Any) -> str:
    key = entry.get("key") if isinstance(entry, Mapping) else None
    return key.strip() if isinstance(key, str) else ""


def _by_key(entries: Sequence[Document]) -> Mapping[str, Document]:
    return {entry["key"]: entry for entry in entries}
