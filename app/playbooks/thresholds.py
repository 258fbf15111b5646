"""The rule of `app.deals.stalling`, kept in the column that queries compare with."""

from uuid import UUID

from app.database import Transaction
from app.deals.stalling import ENOUGH_STAYS, LEAST_DAYS, LEFT_FORWARDS, PERCENTILE, SECONDS_PER_DAY

_SET = f"""
UPDATE stage s SET stall_after_days = CASE
  WHEN measured.stays >= {ENOUGH_STAYS} THEN greatest({LEAST_DAYS}, measured.usual) ELSE x.target_days END
FROM playbook p JOIN stage x ON x.playbook_id = p.id
LEFT JOIN (
  SELECT fs.key, count(*) AS stays, percentile_cont({PERCENTILE})
    WITHIN GROUP (ORDER BY t.seconds_in_previous_stage / {SECONDS_PER_DAY}.0) AS usual
  FROM stage_transition t JOIN stage fs ON fs.id = t.from_stage_id JOIN playbook fp ON fp.id = fs.playbook_id
  WHERE fp.key = (SELECT key FROM playbook WHERE id = $1)
    AND t.kind IN ({", ".join(f"'{kind}'" for kind in sorted(LEFT_FORWARDS))})
    AND t.seconds_in_previous_stage IS NOT NULL
  GROUP BY fs.key
) measured ON measured.key = x.key
WHERE p.id = $1 AND s.id = x.id
"""  # noqa: S608 (the texts are constants)


async def set_thresholds(tx: Transaction, playbook_id: UUID) -> None:
    """Of every stage, from the stays in all versions of the playbook."""
    await tx.execute(_SET, playbook_id)
