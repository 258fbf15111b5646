"""`advanceStage` in bare asyncpg: read what the decision needs, then write deal, move and event, commit included."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.models.columns import new_id

READ = """
SELECT o.id, o.version, o.name, o.amount, o.currency, o.expected_close_date, o.status, o.partner_id, o.owner_id,
  o.playbook_id, o.stage_id, o.entered_stage_at, o.next_step, o.notes, p.key AS playbook_key, p.updated_at,
  s.key AS stage_key, a.name AS account_name, a.industry, a.country, a.employees, g.name AS partner_name, g.tier,
  u.name AS owner_name,
  (SELECT jsonb_agg(jsonb_build_array(m.criterion_id, m.met, m.marked_at, m.marked_by_id, m.evidence))
   FROM criterion_mark m WHERE m.opportunity_id = o.id) AS marks,
  (SELECT jsonb_agg(jsonb_build_array(x.activity_id, x.status, x.completed_at, x.completed_by_id, x.note))
   FROM opportunity_activity x WHERE x.opportunity_id = o.id) AS activities,
  (SELECT jsonb_agg(jsonb_build_array(q.question_key, q.answer, q.answered_at, q.answered_by_id))
   FROM qualification_answer q WHERE q.opportunity_id = o.id) AS answers
FROM opportunity o JOIN playbook p ON p.id = o.playbook_id JOIN stage s ON s.id = o.stage_id
JOIN account a ON a.id = o.account_id LEFT JOIN organization g ON g.id = o.partner_id
LEFT JOIN user_account u ON u.id = o.owner_id
WHERE o.id = $1
"""

WRITE = """
WITH target AS (
  SELECT s.id, s.key, s.kind FROM stage s WHERE s.playbook_id = $2 AND s.key = $3
), moved AS (
  UPDATE opportunity o SET stage_id = t.id, status = t.kind, entered_stage_at = $4::timestamptz, closed_at = NULL,
    close_reason = NULL, version = version + 1, updated_at = $4 FROM target t
  WHERE o.id = $1 AND o.version = $5 RETURNING o.id, o.version, o.status, t.id AS stage_id, t.key
), written AS (
  INSERT INTO stage_transition (id, opportunity_id, seq, from_stage_id, to_stage_id, kind, at, actor_id, reason,
    automatic, overridden, seconds_in_previous_stage)
  SELECT $6, id, 1 + coalesce((SELECT max(x.seq) FROM stage_transition x WHERE x.opportunity_id = moved.id), 0),
    $7, stage_id, $8, $4, $9, $10, FALSE, FALSE, $11 FROM moved RETURNING id
), logged AS (
  INSERT INTO event (type, actor_id, subject_type, subject_id, opportunity_id, payload)
  SELECT 'OPPORTUNITY_STAGE_CHANGED', $9, 'stage_transition', id, $1, $12::text::jsonb FROM written
) SELECT * FROM moved
"""


class Mover:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def move(self, asked: dict[str, Any]) -> bytes:
        """`asked`: `opportunityId` (a plain UUID), `toStageKey`, `kind`, `actor`, and a `reason`."""
        now, transition = datetime.now(UTC), new_id()
        deal = await self._connection.fetchrow(READ, asked["opportunityId"])
        for column in ("marks", "activities", "answers"):
            orjson.loads(deal[column] or "[]")
        event = {
            "kind": asked["kind"],
            "fromStageKey": deal["stage_key"],
            "toStageKey": asked["toStageKey"],
            "playbookKey": deal["playbook_key"],
            "partnerId": str(deal["partner_id"]),
            "automatic": False,
        }
        moved = await self._connection.fetchrow(
            WRITE,
            deal["id"],
            deal["playbook_id"],
            asked["toStageKey"],
            now,
            deal["version"],
            transition,
            deal["stage_id"],
            asked["kind"],
            UUID(asked["actor"]),
            asked.get("reason"),
            int((now - deal["entered_stage_at"]).total_seconds()),
            orjson.dumps(event).decode(),
        )
        opportunity = {
            "id": f"opp_{moved['id']}",
            "version": moved["version"],
            "status": moved["status"],
            "stage": {"id": f"stg_{moved['stage_id']}", "key": moved["key"]},
            "enteredStageAt": now,
        }
        made = {"id": f"trn_{transition}", "kind": asked["kind"], "at": now}
        answer = {"opportunity": opportunity, "transition": made, "blockers": [], "userErrors": []}
        return orjson.dumps({"data": {"advanceStage": answer}})
