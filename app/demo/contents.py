"""Enablement content of the demo programme: the pieces in `library/`, a folder a playbook, a file a language.

A file begins with what it is (title, kind, summary, and for each stage that it helps in its rank there), then a line of
three hyphens, then the text.
"""

from datetime import datetime
from typing import Any

from app.demo.files import FOLDER, parsed
from app.demo.people import demo_id
from app.enablement.pieces import reader_of
from app.playbooks.spec import PlaybookSpec
from app.vocabulary import ContentKind, LifecyclePhase

Row = dict[str, Any]
LIBRARY = FOLDER / "library"


def content_rows(specs: list[PlaybookSpec], at: datetime) -> tuple[list[Row], list[Row]]:
    """Rows of `content` and of `stage_content`."""
    contents, links = [], []
    for spec in specs:
        for path in sorted((LIBRARY / spec.key).glob("*.md")):
            key, language = path.stem.rsplit(".", 1)
            head, _, body = path.read_text(encoding="utf-8").partition("\n---\n")
            said = parsed(head)
            row = _row(said, f"{spec.key}-{key}", language, body, at)
            contents.append(row)
            links += [_link(row, spec, stage, position) for stage, position in said["stages"].items()]
    return contents, links


def _row(said: Row, key: str, language: str, body: str, at: datetime) -> Row:
    kind = ContentKind(said["kind"])
    return {
        "id": demo_id(f"content/{key}/{language}"),
        "key": key,
        "title": said["title"],
        "kind": kind.value,
        "summary": said["summary"],
        "body": body,
        "url": None,
        "language": language,
        "lifecycle_phase": LifecyclePhase(said.get("phase", "SELL")).value,
        "reader": said.get("reader", reader_of(kind).value),
        "audience": said.get("audience", []),
        "industries": said.get("industries", []),
        "version": 1,
        "archived": False,
        "created_at": at,
        "updated_at": at,
    }


def _link(row: Row, spec: PlaybookSpec, stage: str, position: int) -> Row:
    stage_id = demo_id(f"{spec.key}/stage/{stage}")
    return {
        "id": demo_id(f"link/{row['id']}/{stage_id}"),
        "stage_id": stage_id,
        "content_id": row["id"],
        "position": position,
    }
