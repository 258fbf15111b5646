"""The stages that a piece of content belongs to: those of published and draft versions; archived ones keep their links.

Of the languages of a piece, the one in the programme's default language is the original, else the first there was. A
translation stands where its original does: it takes its position in every stage that both are linked to, and follows
when the original is linked anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from app.database import Transaction
from app.enablement.pieces import ContentSpec, LinkSpec
from app.models.columns import new_id
from app.outcomes import UserError
from app.settings import settings
from app.vocabulary import ErrorCode

# The lock keeps a draft's author from removing the stage before it is linked.
_FIND = """
SELECT p.key AS playbook_key, s.key AS stage_key, s.id FROM stage s JOIN playbook p ON p.id = s.playbook_id
WHERE p.status IN ('PUBLISHED', 'DRAFT') AND p.key = ANY ($1::text[]) AND s.key = ANY ($2::text[])
ORDER BY s.id FOR KEY SHARE OF s
"""

_CURRENT = """
SELECT l.stage_id, l.position FROM stage_content l JOIN stage s ON s.id = l.stage_id
JOIN playbook p ON p.id = s.playbook_id
WHERE l.content_id = $1 AND p.status IN ('PUBLISHED', 'DRAFT')
"""

_LANGUAGES = """
SELECT id, language FROM content WHERE key = $1 ORDER BY archived, (language = $2) DESC, created_at, id FOR KEY SHARE
"""

_OF_ORIGINAL = """
SELECT DISTINCT ON (l.stage_id) l.stage_id, l.position
FROM stage_content l JOIN unnest($1::uuid[]) WITH ORDINALITY AS c(id, n) ON c.id = l.content_id
JOIN stage s ON s.id = l.stage_id JOIN playbook p ON p.id = s.playbook_id
WHERE p.status IN ('PUBLISHED', 'DRAFT') ORDER BY l.stage_id, c.n
"""

_FREE = """
SELECT r.stage_id,
  (SELECT l.position FROM stage_content l WHERE l.stage_id = r.stage_id AND l.content_id = $2) AS own,
  coalesce((SELECT max(l.position) + 1 FROM stage_content l WHERE l.stage_id = r.stage_id), 0) AS last
FROM unnest($1::uuid[]) AS r(stage_id)
"""

_WRITE = """
WITH said AS (
  SELECT * FROM jsonb_to_recordset($2::text::jsonb) AS r(id uuid, stage_id uuid, position int)
), removed AS (
  DELETE FROM stage_content l USING stage s JOIN playbook p ON p.id = s.playbook_id
  WHERE l.content_id = $1 AND s.id = l.stage_id AND p.status IN ('PUBLISHED', 'DRAFT')
    AND l.stage_id NOT IN (SELECT stage_id FROM said)
  RETURNING l.stage_id
), linked AS (
  INSERT INTO stage_content (id, stage_id, content_id, position) SELECT id, stage_id, $1, position FROM said
  ON CONFLICT (stage_id, content_id) DO UPDATE SET position = excluded.position
)
UPDATE playbook p SET updated_at = greatest(clock_timestamp(), p.updated_at + interval '1 microsecond')
WHERE p.status = 'DRAFT' AND p.id IN (
  SELECT s.playbook_id FROM stage s WHERE s.id IN (SELECT stage_id FROM removed UNION SELECT stage_id FROM said))
"""

Places = dict[UUID, int]
"""Position by stage."""


@dataclass(frozen=True, slots=True)
class Others:
    """The other languages of a piece, the original first, then by age; `places`: where they are linked, by the
    original's word before that of any other."""

    ids: Sequence[UUID]
    places: Places
    is_original: bool
    """Whether the piece itself is the original, not one of these."""


async def others_of(tx: Transaction, spec: ContentSpec, content_id: UUID | None) -> Others:
    """Of a piece that is stored, or (without an id) about to be."""
    programme = settings().default_language
    rows = await tx.fetch(_LANGUAGES, spec.key, programme)
    ids = [row["id"] for row in rows if row["id"] != content_id]
    linked = await tx.fetch(_OF_ORIGINAL, ids) if ids else []
    becomes = content_id is None and spec.language == programme
    return Others(
        ids,
        {row["stage_id"]: row["position"] for row in linked},
        is_original=not rows or rows[0]["id"] == content_id or (becomes and rows[0]["language"] != programme),
    )


async def resolve(
    tx: Transaction, others: Others, content_id: UUID | None, links: Sequence[LinkSpec]
) -> tuple[Places, tuple[UserError, ...]]:
    """Where the links lead, and which lead nowhere. A stage that is named twice takes the first position.

    A translation takes its original's position. Without a position a piece stays where it stands; a new one stands
    where its other languages do, or else last.
    """
    rows = await tx.fetch(_FIND, [link.playbook_key for link in links], [link.stage_key for link in links])
    wanted: dict[UUID, int | None] = {}
    faults = []
    for n, link in enumerate(links):
        found = [
            row["id"] for row in rows if (row["playbook_key"], row["stage_key"]) == (link.playbook_key, link.stage_key)
        ]
        for stage_id in found:
            wanted.setdefault(stage_id, link.position)
        if not found:
            message = f"No published or draft version of “{link.playbook_key}” has a stage “{link.stage_key}”."
            faults.append(UserError(ErrorCode.INVALID, message, ("stages", str(n))))
    free = {row["stage_id"]: row for row in await tx.fetch(_FREE, list(wanted), content_id)} if wanted else {}
    places = {}
    for stage_id, said in wanted.items():
        theirs, own, last = others.places.get(stage_id), free[stage_id]["own"], free[stage_id]["last"]
        order = (said, own, theirs, last) if others.is_original else (theirs, said, own, last)
        places[stage_id] = next(place for place in order if place is not None)
    return places, tuple(faults)


async def current(tx: Transaction, content_id: UUID) -> Places:
    return {row["stage_id"]: row["position"] for row in await tx.fetch(_CURRENT, content_id)}


async def link(tx: Transaction, content_id: UUID, places: Places) -> None:
    """Link the piece to these stages and to no others. A draft whose links change counts as changed."""
    rows = [{"id": new_id(), "stage_id": stage_id, "position": position} for stage_id, position in places.items()]
    await tx.execute(_WRITE, content_id, orjson.dumps(rows, default=str).decode())
