"""Which stages a piece of content belongs to: those of published and draft versions; archived ones keep their links."""

from collections.abc import Sequence
from uuid import UUID

import orjson

from app.database import Transaction
from app.enablement.pieces import LinkSpec
from app.models.columns import new_id
from app.outcomes import UserError
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

_SIBLINGS = """
SELECT l.stage_id, min(l.position) AS position FROM stage_content l JOIN content c ON c.id = l.content_id
JOIN stage s ON s.id = l.stage_id JOIN playbook p ON p.id = s.playbook_id
WHERE c.key = $1 AND p.status IN ('PUBLISHED', 'DRAFT') GROUP BY l.stage_id
"""

_LAST = """
SELECT r.stage_id, coalesce(
  (SELECT l.position FROM stage_content l WHERE l.stage_id = r.stage_id AND l.content_id = $2),
  (SELECT min(l.position) FROM stage_content l JOIN content c ON c.id = l.content_id
    WHERE l.stage_id = r.stage_id AND c.key = $3),
  (SELECT max(l.position) + 1 FROM stage_content l WHERE l.stage_id = r.stage_id), 0) AS position
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


async def resolve(
    tx: Transaction, key: str, content_id: UUID | None, links: Sequence[LinkSpec]
) -> tuple[Places, tuple[UserError, ...]]:
    """Where the links lead, and which lead nowhere. A stage that is named twice takes the first position.

    Without a position a piece stays where it stands; a new one stands where its other languages do, or else last.
    """
    rows = await tx.fetch(_FIND, [link.playbook_key for link in links], [link.stage_key for link in links])
    places: dict[UUID, int | None] = {}
    faults = []
    for n, link in enumerate(links):
        found = [
            row["id"] for row in rows if (row["playbook_key"], row["stage_key"]) == (link.playbook_key, link.stage_key)
        ]
        for stage_id in found:
            places.setdefault(stage_id, link.position)
        if not found:
            message = f"No published or draft version of “{link.playbook_key}” has a stage “{link.stage_key}”."
            faults.append(UserError(ErrorCode.INVALID, message, ("stages", str(n))))
    unsaid = [stage_id for stage_id, position in places.items() if position is None]
    last = (
        {row["stage_id"]: row["position"] for row in await tx.fetch(_LAST, unsaid, content_id, key)} if unsaid else {}
    )
    return {id: last[id] if position is None else position for id, position in places.items()}, tuple(faults)


async def current(tx: Transaction, content_id: UUID) -> Places:
    return {row["stage_id"]: row["position"] for row in await tx.fetch(_CURRENT, content_id)}


async def of_translations(tx: Transaction, key: str) -> Places:
    """Where other languages of the piece are linked."""
    return {row["stage_id"]: row["position"] for row in await tx.fetch(_SIBLINGS, key)}


async def link(tx: Transaction, content_id: UUID, places: Places) -> None:
    """Link the piece to these stages and to no others. A draft whose links change counts as changed."""
    rows = [{"id": new_id(), "stage_id": stage_id, "position": position} for stage_id, position in places.items()]
    await tx.execute(_WRITE, content_id, orjson.dumps(rows, default=str).decode())
