"""What the history of all deals says about the stages, measured once a night."""

from app.database import Database, database
from app.deals.stalling import ENOUGH_STAYS, LEAST_DAYS, LEFT_FORWARDS, PERCENTILE, SECONDS_PER_DAY
from app.jobs import jobs

# The rule of `app.deals.stalling`, for all playbooks at once.
_REFRESH = f"""
WITH measured AS (
  SELECT p.key AS playbook, s.key AS stage, count(*) AS stays,
    percentile_cont({PERCENTILE}) WITHIN GROUP (ORDER BY t.seconds_in_previous_stage / {SECONDS_PER_DAY}.0) AS usual
  FROM stage_transition t JOIN stage s ON s.id = t.from_stage_id JOIN playbook p ON p.id = s.playbook_id
  WHERE t.kind IN ({", ".join(f"'{kind}'" for kind in sorted(LEFT_FORWARDS))})
    AND t.seconds_in_previous_stage IS NOT NULL
  GROUP BY p.key, s.key
), wanted AS (
  SELECT s.id, CASE WHEN m.stays >= {ENOUGH_STAYS} THEN greatest({LEAST_DAYS}, m.usual) ELSE s.target_days END AS days
  FROM stage s JOIN playbook p ON p.id = s.playbook_id
  LEFT JOIN measured m ON m.playbook = p.key AND m.stage = s.key
)
UPDATE stage SET stall_after_days = wanted.days FROM wanted
WHERE wanted.id = stage.id AND stage.stall_after_days IS DISTINCT FROM wanted.days
RETURNING stage.id
"""  # noqa: S608 (the texts are constants)


async def refresh_stall_thresholds(database: Database) -> int:
    """Of every stage, from the stays in all versions of its playbook; how many have changed."""
    return len(await database.fetch(_REFRESH))


@jobs.periodic(cron="17 3 * * *")
@jobs.task(name="refresh_stall_thresholds", queueing_lock="refresh_stall_thresholds")
async def refresh_every_night(timestamp: int) -> None:  # noqa: ARG001 # every periodic task is given its time
    await refresh_stall_thresholds(database())
