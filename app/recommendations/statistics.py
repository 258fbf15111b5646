"""What all deals tell about stages, partners and advice: measured by jobs, read by `knowledge` and `facts`.

Percentiles over hundreds of thousands of transitions are nothing to do while somebody waits.
"""

from datetime import UTC, datetime

from app.database import Database, database
from app.deals.stalling import LEFT_FORWARDS, SECONDS_PER_DAY
from app.jobs import jobs

STEPS = 20
AGES = (0, 7, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)
"""Days in a stage at which fates are counted."""

_QUANTILES = "ARRAY[" + ", ".join(f"{step / STEPS:g}" for step in range(STEPS + 1)) + "]::float8[]"
_FORWARDS = ", ".join(f"'{kind}'" for kind in sorted(LEFT_FORWARDS))


def _spread(value: str) -> str:
    return f"jsonb_build_array(count(*), to_jsonb(percentile_cont({_QUANTILES}) WITHIN GROUP (ORDER BY {value})))"


_STAGES = f"""
WITH visit AS (
  SELECT p.key AS playbook, s.key AS stage, t.kind, t.opportunity_id,
    t.seconds_in_previous_stage / {SECONDS_PER_DAY}.0 AS days
  FROM stage_transition t JOIN stage s ON s.id = t.from_stage_id JOIN playbook p ON p.id = s.playbook_id
  WHERE t.seconds_in_previous_stage IS NOT NULL
), stays AS (
  SELECT playbook, stage, {_spread("days")} AS found FROM visit WHERE kind IN ({_FORWARDS}) GROUP BY playbook, stage
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

_PARTNERS = f"""
INSERT INTO partner_history (id, partner_id, currency, samples, points, computed_at)
SELECT gen_random_uuid(), partner_id, currency, count(*),
  to_jsonb(percentile_cont({_QUANTILES}) WITHIN GROUP (ORDER BY amount::float8)), statement_timestamp()
FROM opportunity WHERE partner_id IS NOT NULL AND amount IS NOT NULL GROUP BY partner_id, currency
ON CONFLICT (partner_id, currency) DO UPDATE
SET samples = excluded.samples, points = excluded.points, computed_at = excluded.computed_at
"""  # noqa: S608

# Each action counts once, by its last state. One that the deal shows to be done was acted on, whoever said so.
_COUNTS = """
  count(*) FILTER (WHERE became = 'ACCEPTED') AS accepted, count(*) FILTER (WHERE became = 'COMPLETED') AS completed,
  count(*) FILTER (WHERE became = 'DISMISSED') AS dismissed, count(*) FILTER (WHERE became = 'IGNORED') AS ignored
"""
_OUTCOMES = f"""
WITH ended AS (
  SELECT kind, stage_key, partner_id, CASE
    WHEN status = 'COMPLETED' OR fulfilled THEN 'COMPLETED'
    WHEN status = 'DISMISSED' THEN 'DISMISSED'
    WHEN response = 'ACCEPT' THEN 'ACCEPTED'
    ELSE 'IGNORED' END AS became
  FROM next_best_action WHERE shown_at IS NOT NULL AND (status <> 'PROPOSED' OR response IS NOT NULL)
)
INSERT INTO action_outcome (id, kind, stage_key, partner_id, accepted, completed, dismissed, ignored)
SELECT gen_random_uuid(), kind, stage_key, NULL, {_COUNTS} FROM ended GROUP BY kind, stage_key
UNION ALL
SELECT gen_random_uuid(), kind, '', partner_id, {_COUNTS} FROM ended WHERE partner_id IS NOT NULL
GROUP BY kind, partner_id
"""  # noqa: S608

# From the answer to the deal's next move forwards, or to its end or today, when it has not moved on.
_EFFECTS = f"""
WITH answered AS (
  SELECT a.kind, a.status, a.responded_at, o.closed_at, next.at AS advanced_at
  FROM next_best_action a JOIN opportunity o ON o.id = a.opportunity_id
  LEFT JOIN LATERAL (
    SELECT min(t.at) AS at FROM stage_transition t
    WHERE t.opportunity_id = a.opportunity_id AND t.at >= a.responded_at AND t.kind IN ({_FORWARDS})) next ON TRUE
  WHERE a.status IN ('COMPLETED', 'DISMISSED') AND a.responded_at IS NOT NULL
), waited AS (
  SELECT kind, status, advanced_at IS NOT NULL AS advanced,
    greatest(0, extract(epoch FROM coalesce(advanced_at, closed_at, $1::timestamptz) - responded_at)
      / {SECONDS_PER_DAY}) AS days
  FROM answered
)
INSERT INTO action_effect (id, kind, completed_advanced, completed_days, dismissed_advanced, dismissed_days)
SELECT gen_random_uuid(), kind,
  count(*) FILTER (WHERE status = 'COMPLETED' AND advanced),
  coalesce(sum(days) FILTER (WHERE status = 'COMPLETED'), 0),
  count(*) FILTER (WHERE status = 'DISMISSED' AND advanced),
  coalesce(sum(days) FILTER (WHERE status = 'DISMISSED'), 0)
FROM waited GROUP BY kind
"""  # noqa: S608

# Any constant will do; it keeps two workers from counting at the same time.
_LOCK = 0x57A6E9AB


async def measure_history(database: Database) -> None:
    """Of stages and partners, over all deals."""
    async with database.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await tx.execute(_STAGES)
        await tx.execute(_PARTNERS)


async def learn(database: Database, at: datetime) -> None:
    """From every answer so far; `at` is how long deals have waited that haven't moved on."""
    async with database.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await tx.execute("DELETE FROM action_outcome")
        await tx.execute(_OUTCOMES)
        await tx.execute("DELETE FROM action_effect")
        await tx.execute(_EFFECTS, at)


@jobs.periodic(cron="41 * * * *")
@jobs.task(name="measure_history", queueing_lock="measure_history")
async def measure_every_hour(timestamp: int) -> None:  # noqa: ARG001 # every periodic task is given its time
    await measure_history(database())


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="learn_from_answers", queueing_lock="learn_from_answers")
async def learn_often(timestamp: int) -> None:
    await learn(database(), datetime.fromtimestamp(timestamp, UTC))
