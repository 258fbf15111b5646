"""The nightly job that computes, from earlier deals, after how many days in a stage a deal counts as stalled.

Measured for partners by `app.deals.benchmarks`: over all partners where that may be told, else over a partner's own
deals. For deals that the vendor sells itself: over all deals, exactly.
"""

from datetime import UTC, datetime
from uuid import UUID

from app.database import Database, Transaction, database
from app.deals.benchmarks.stages import measure_stages
from app.deals.histories import STEPS, measure_exactly
from app.deals.stalling import ENOUGH_STAYS, LEAST_DAYS, PERCENTILE
from app.jobs import jobs

_AT = round(PERCENTILE * STEPS)
"""Place of the threshold among the quantiles."""

# The rule of `app.deals.stalling`. $1: of this playbook's stages alone.
_SET = f"""
WITH known AS (
  SELECT playbook_key, stage_key, partner_id, greatest({LEAST_DAYS}, (stays ->> {_AT})::float8) AS days
  FROM stage_benchmark WHERE jsonb_typeof(stays) = 'array'
), own AS (
  SELECT playbook_key, stage_key, jsonb_object_agg(owner, days) AS days FROM (
    SELECT playbook_key, stage_key, partner_id::text AS owner, days FROM known WHERE partner_id IS NOT NULL
    UNION ALL
    SELECT playbook_key, stage_key, '', greatest({LEAST_DAYS}, (stays -> 1 ->> {_AT})::float8) FROM stage_history
    WHERE (stays ->> 0)::int >= {ENOUGH_STAYS} AND playbook_key IN (
      SELECT p.key FROM opportunity o JOIN playbook p ON p.id = o.playbook_id WHERE o.partner_id IS NULL)) owned
  GROUP BY playbook_key, stage_key
), wanted AS (
  SELECT s.id, coalesce(k.days, s.target_days) AS days, own.days AS own_days
  FROM stage s JOIN playbook p ON p.id = s.playbook_id
  LEFT JOIN known k ON k.playbook_key = p.key AND k.stage_key = s.key AND k.partner_id IS NULL
  LEFT JOIN own ON own.playbook_key = p.key AND own.stage_key = s.key
  WHERE $1::uuid IS NULL OR s.playbook_id = $1
)
UPDATE stage SET stall_after_days = wanted.days, own_stall_days = wanted.own_days FROM wanted
WHERE wanted.id = stage.id AND (stage.stall_after_days, stage.own_stall_days)
  IS DISTINCT FROM (wanted.days, wanted.own_days)
RETURNING stage.id
"""  # noqa: S608 (the texts are constants)

# Any constant will do; it keeps two workers from measuring at the same time.
_LOCK = 0x57A6E9AC


async def measure_stage_history(tx: Transaction, at: datetime) -> None:
    """What deals tell of their stages: exactly for the vendor, and for partners once a day."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    await measure_exactly(tx, at)
    await measure_stages(tx, at)


async def set_thresholds(tx: Transaction, playbook_id: UUID | None = None) -> int:
    """Of every stage, of one playbook version or of all, from the stays in all versions; how many have changed."""
    return len(await tx.fetch(_SET, playbook_id))


async def refresh_stall_thresholds(database: Database, at: datetime | None = None) -> int:
    """How many stages' thresholds have changed. Those of partners change once a day at most."""
    async with database.transaction() as tx:
        await measure_stage_history(tx, at or datetime.now(UTC))
        return await set_thresholds(tx)


@jobs.periodic(cron="17 3 * * *")
@jobs.task(name="refresh_stall_thresholds", queueing_lock="refresh_stall_thresholds")
async def refresh_every_night(timestamp: int) -> None:
    await refresh_stall_thresholds(database(), datetime.fromtimestamp(timestamp, UTC))
