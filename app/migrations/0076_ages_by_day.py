"""Open deals of everybody by the day on which they came to their stage."""

from tortoise.migrations import operations as ops

from app.database import migrations

# For whoever folds waits; what isn't folded yet is left out.
HOLD = f'SELECT pg_advisory_xact_lock({0x57A6E9AD})'
DAYS = """
INSERT INTO age_rollup (level, partner_id, owner_id, stage_id, week, deals)
SELECT 2, uuid_nil, uuid_nil, stage_id, day, sum(sign) FROM (
  SELECT 1 AS sign, stage_id, floor(extract(epoch FROM entered_stage_at) / 86400)::integer AS day
  FROM opportunity WHERE status = 'OPEN'
  UNION ALL SELECT -sign, stage_id, floor(extract(epoch FROM entered_stage_at) / 86400)::integer
  FROM rollup_change WHERE status = 'OPEN') signed,
  (SELECT '00000000-0000-0000-0000-000000000000'::uuid AS uuid_nil) n
GROUP BY uuid_nil, stage_id, day HAVING sum(sign) <> 0
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0075_predictions')]

    initial = False

    operations = [ops.RunSQL(one, ops.RunSQL.noop) for one in (HOLD, DAYS)]
