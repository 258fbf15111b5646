"""Durations and outcomes per stage over all deals, exact and live, for deals that the vendor sells itself. For partners
see `app.deals.benchmarks`."""

from datetime import datetime

from app.database import Transaction
from app.deals import survival
from app.deals.stalling import SECONDS_PER_DAY

STEPS = 20
AGES = (0, 7, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)
"""Days in a stage at which fates are counted."""

QUANTILES = "ARRAY[" + ", ".join(f"{step / STEPS:g}" for step in range(STEPS + 1)) + "]::float8[]"
RUNNING = f"""
SELECT p.key AS playbook, s.key AS stage, o.id AS deal, o.partner_id AS partner,
  greatest(0, extract(epoch FROM $1::timestamptz - o.entered_stage_at))::float8 / {SECONDS_PER_DAY} AS days
FROM opportunity o JOIN stage s ON s.id = o.stage_id JOIN playbook p ON p.id = s.playbook_id
WHERE o.status = 'OPEN' AND s.kind = 'OPEN'
"""  # noqa: S608 (the texts are constants)
"""The stays that aren't over, at `$1`."""


def _spread(value: str) -> str:
    return f"jsonb_build_array(count(*), to_jsonb(percentile_cont({QUANTILES}) WITHIN GROUP (ORDER BY {value})))"


_STAYS = f"""
SELECT playbook, stage, days, TRUE AS ended FROM visit
UNION ALL SELECT playbook, stage, days, FALSE FROM ({RUNNING}) running
"""  # noqa: S608
_STAGES = f"""
WITH visit AS (
  SELECT p.key AS playbook, s.key AS stage, t.kind, t.opportunity_id,
    t.seconds_in_previous_stage::float8 / {SECONDS_PER_DAY} AS days
  FROM stage_transition t JOIN stage s ON s.id = t.from_stage_id JOIN playbook p ON p.id = s.playbook_id
  WHERE t.seconds_in_previous_stage IS NOT NULL AND s.kind = 'OPEN'
), stays AS (
  SELECT playbook, stage, jsonb_build_array(ends, points) AS found FROM ({survival.points("playbook, stage", _STAYS)}) s
), remaining AS (
  SELECT p.key AS playbook, s.key AS stage,
    {_spread(f"extract(epoch FROM o.closed_at - t.at) / {SECONDS_PER_DAY}")} AS found
  FROM opportunity o JOIN stage_transition t ON t.opportunity_id = o.id JOIN stage s ON s.id = t.to_stage_id
  JOIN playbook p ON p.id = s.playbook_id
  WHERE o.status = 'WON' AND s.kind = 'OPEN' AND t.at <= o.closed_at GROUP BY p.key, s.key
), longest AS (
  SELECT v.playbook, v.stage, max(v.days) AS days, o.status FROM visit v JOIN opportunity o ON o.id = v.opportunity_id
  WHERE o.status <> 'OPEN' GROUP BY v.playbook, v.stage, o.id
), fates AS (
  SELECT playbook, stage, jsonb_agg(jsonb_build_array(age, closed, won) ORDER BY age) AS found FROM (
    SELECT l.playbook, l.stage, a.age, count(*) AS closed, count(*) FILTER (WHERE l.status = 'WON') AS won
    FROM longest l JOIN unnest(ARRAY[{", ".join(map(str, AGES))}]) AS a(age) ON l.days >= a.age
    GROUP BY l.playbook, l.stage, a.age) counted
  GROUP BY playbook, stage
), known AS (
  SELECT playbook, stage FROM visit UNION SELECT playbook, stage FROM remaining
)
INSERT INTO stage_history (id, playbook_key, stage_key, stays, remaining, fates, computed_at)
SELECT gen_random_uuid(), k.playbook, k.stage, coalesce(stays.found, '[0, []]'), coalesce(remaining.found, '[0, []]'),
  coalesce(fates.found, '[]'), statement_timestamp()
FROM known k LEFT JOIN stays USING (playbook, stage) LEFT JOIN remaining USING (playbook, stage)
LEFT JOIN fates USING (playbook, stage)
ON CONFLICT (playbook_key, stage_key) DO UPDATE
SET stays = excluded.stays, remaining = excluded.remaining, fates = excluded.fates, computed_at = excluded.computed_at
"""  # noqa: S608 (the texts are constants)


async def measure_exactly(tx: Transaction, at: datetime) -> None:
    """`at`: how long deals have been where they still are."""
    await tx.execute(_STAGES, at)
