"""Taking the open deals of other versions over to a version: set by set, however many there are.

A deal finds its place by the key of its stage, if the new version has an open stage of that key; marks and activities
by the keys of stage and criterion or activity, and what finds no counterpart stays with the old version. Qualification
answers are kept by the key of their question and need no moving.

The deal changes its playbook and not its stage: it entered the stage when it did, so no transition is written. The
chain of a deal's transitions therefore holds by the stages' *keys*: where a deal was taken over, `to_stage` of one
transition and `from_stage` of the next are the same stage in two versions.
"""

from dataclasses import dataclass
from uuid import UUID

import orjson

from app.database import Transaction
from app.events.facts import opportunity_updated

# The rows come as they are once locked; a deal that is reopened after this stays on its version, as if reopened later.
_PLACE = """
CREATE TEMP TABLE playbook_move ON COMMIT DROP AS
WITH locked AS MATERIALIZED (
  SELECT o.id, o.playbook_id, o.stage_id FROM opportunity o
  WHERE o.status = 'OPEN' AND o.playbook_id IN (
    SELECT p.id FROM playbook p JOIN playbook new ON new.key = p.key WHERE new.id = $1 AND p.id <> $1)
  ORDER BY o.id FOR NO KEY UPDATE
)
SELECT l.id, l.playbook_id, s.key, n.id AS stage_id FROM locked l JOIN stage s ON s.id = l.stage_id
LEFT JOIN stage n ON n.playbook_id = $1 AND n.key = s.key AND n.kind = 'OPEN'
"""


def _carry(table: str, reference: str) -> str:
    return f"""
    UPDATE {table} t SET {reference}_id = nx.id
    FROM playbook_move m
    JOIN stage os ON os.playbook_id = m.playbook_id
    JOIN {reference} ox ON ox.stage_id = os.id
    JOIN stage ns ON ns.playbook_id = $1 AND ns.key = os.key
    JOIN {reference} nx ON nx.stage_id = ns.id AND nx.key = ox.key
    WHERE m.stage_id IS NOT NULL AND t.opportunity_id = m.id AND t.{reference}_id = ox.id
      AND NOT EXISTS (SELECT FROM {table} x WHERE x.opportunity_id = m.id AND x.{reference}_id = nx.id)
    """  # noqa: S608


_MARKS = _carry("criterion_mark", "criterion")
_ACTIVITIES = _carry("opportunity_activity", "activity")

_MOVE = """
WITH moved AS (
  UPDATE opportunity o SET playbook_id = $1, stage_id = m.stage_id, version = o.version + 1,
    updated_at = greatest(statement_timestamp(), o.updated_at + interval '1 microsecond')
  FROM playbook_move m WHERE m.stage_id IS NOT NULL AND o.id = m.id
  RETURNING o.id
), logged AS (
  INSERT INTO event (type, actor_id, opportunity_id, payload)
  SELECT $2::text, $3::uuid, id, $4::text::jsonb FROM moved ORDER BY id
)
SELECT count(*) AS moved FROM moved
"""

_UNPLACED = "SELECT id, key FROM playbook_move WHERE stage_id IS NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An open deal that stays on its version, since the new one has no open stage of this key."""

    opportunity_id: UUID
    stage_key: str


async def take_over(tx: Transaction, playbook_id: UUID, actor_id: UUID) -> tuple[int, tuple[Unplaced, ...]]:
    """How many open deals moved from other versions to the version `playbook_id`, and which could not."""
    await _place(tx, playbook_id)
    await tx.execute(_MARKS, playbook_id)
    await tx.execute(_ACTIVITIES, playbook_id)
    fact = opportunity_updated(playbook_id, fields=["playbook"], actor_id=actor_id)
    row = await tx.fetchrow(_MOVE, playbook_id, fact.type.value, actor_id, orjson.dumps(fact.payload).decode())
    left = await tx.fetch(_UNPLACED)
    return row["moved"] if row else 0, tuple(Unplaced(one["id"], one["key"]) for one in left)


async def _place(tx: Transaction, playbook_id: UUID) -> None:
    await tx.execute("DROP TABLE IF EXISTS pg_temp.playbook_move")
    await tx.execute(_PLACE, playbook_id)
    await tx.execute("ANALYZE playbook_move")
