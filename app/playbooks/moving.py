"""Taking the open deals of other versions over to a version: set by set, however many there are.

Where each goes is `planning`'s matter. Marks and activities go along to what stands for theirs (`carrying`); what finds
nothing stays with the old version. Qualification answers are kept by the key of their question and need no moving.

The deal changes its playbook, and its stage's name and key at most: it entered the stage when it did, so no transition
is written. The chain of a deal's transitions therefore holds by the stages' keys, but for what a new version has
mapped: where a deal was taken over, `to_stage` of one transition and `from_stage` of the next are the same stage in
two versions.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import orjson

from app.database import Transaction
from app.events.facts import opportunity_updated
from app.events.log import Reader
from app.playbooks.carried import carrying_statement, dumped, pairs_as_rows
from app.playbooks.planning import Plan, plan

# What is said of tens of thousands of deals is sorted in memory, for the rest of the transaction.
_ROOM = "SET LOCAL work_mem = '64MB'"
_OPEN = """
(SELECT o.id, o.playbook_id, o.stage_id FROM opportunity o
 WHERE o.status = 'OPEN' AND o.playbook_id = ANY ('{{{}}}'::uuid[]))
"""

# The rows come as they are once locked; a deal that is reopened after this stays on its version, as if reopened later.
_LOCK = """
CREATE TEMP TABLE playbook_move ON COMMIT DROP AS
SELECT o.id, o.playbook_id, o.stage_id FROM opportunity o
WHERE o.status = 'OPEN' AND o.playbook_id = ANY ($1::uuid[])
ORDER BY o.id FOR NO KEY UPDATE
"""


_OF_THOSE = "t.opportunity_id IN (SELECT m.id FROM playbook_move m WHERE m.stage_id = ANY ($2::uuid[]))"
_MARKS = carrying_statement("criterion_mark", "criterion", _OF_THOSE)
_ACTIVITIES = carrying_statement("opportunity_activity", "activity", _OF_THOSE)

_MOVE = """
WITH place AS (
  SELECT * FROM jsonb_to_recordset($2::text::jsonb) AS p(old_id uuid, new_id uuid, renamed bool)
), moved AS (
  UPDATE opportunity o SET playbook_id = $1, stage_id = p.new_id, version = o.version + 1,
    updated_at = greatest(statement_timestamp(), o.updated_at + interval '1 microsecond')
  FROM playbook_move m JOIN place p ON p.old_id = m.stage_id WHERE o.id = m.id
  RETURNING o.id, p.renamed
)
INSERT INTO event (type, actor_id, subject_type, subject_id, opportunity_id, payload)
SELECT $3::text, $4::uuid, 'opportunity', id, id, CASE WHEN renamed THEN $6 ELSE $5 END::text::jsonb
FROM moved ORDER BY id
"""


async def foresee(db: Reader, sources: Sequence[UUID], playbook_id: UUID, mapping: Mapping[str, str]) -> Plan:
    """What `take_over` would do; nothing is changed or locked."""
    return await plan(db, _OPEN.format(",".join(map(str, sources))), sources, playbook_id, mapping)


async def take_over(
    tx: Transaction, sources: Sequence[UUID], playbook_id: UUID, mapping: Mapping[str, str], actor_id: UUID
) -> Plan:
    """Move the open deals of the versions `sources` to the version `playbook_id`; what has happened to them."""
    await tx.execute(_ROOM)
    await tx.execute("DROP TABLE IF EXISTS pg_temp.playbook_move")
    await tx.execute(_LOCK, list(sources))
    await tx.execute("ANALYZE playbook_move")
    made = await plan(tx, "playbook_move", sources, playbook_id, mapping)
    placed = list(made.places)
    await tx.execute(_MARKS, pairs_as_rows(made.criteria), placed)
    await tx.execute(_ACTIVITIES, pairs_as_rows(made.activities), placed)
    renamed = {one.from_stage_id for one in made.placements if one.from_key != one.to_key}
    places = [{"old_id": old, "new_id": new, "renamed": old in renamed} for old, new in made.places.items()]
    facts = [
        opportunity_updated(playbook_id, fields=fields, actor_id=actor_id)
        for fields in (["playbook"], ["playbook", "stage"])
    ]
    payloads = [orjson.dumps(fact.payload).decode() for fact in facts]
    await tx.execute(_MOVE, playbook_id, dumped(places), facts[0].type.value, actor_id, *payloads)
    return made
