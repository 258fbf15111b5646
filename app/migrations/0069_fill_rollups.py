"""Roll-ups of the deals that are there already. Servers go on meanwhile: what they change is noted, and left out here.

Stays are worked out by the worker.
"""

from tortoise.migrations import operations as ops

from app.database import migrations

_NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
_LEVELS = '(VALUES (0::smallint), (1::smallint)) AS l(level)'
_WHOSE = 'level, partner_id, owner_id, stage_id'
_COLUMNS = 'partner_id, owner_id, stage_id, status, amount, currency, expected_close_date, closed_at, entered_stage_at, forecast_category'
_KEY = f"""
  l.level, CASE WHEN l.level = 1 THEN coalesce(d.partner_id, {_NOBODY}) ELSE {_NOBODY} END AS partner_id,
  CASE WHEN l.level = 1 THEN coalesce(d.owner_id, {_NOBODY}) ELSE {_NOBODY} END AS owner_id, d.stage_id
"""
_MONTH = """
  coalesce(CASE WHEN d.status = 'OPEN'
    THEN d.expected_close_date - (extract(day FROM d.expected_close_date)::integer - 1)
    ELSE (d.closed_at AT TIME ZONE 'UTC')::date - (extract(day FROM (d.closed_at AT TIME ZONE 'UTC')::date)::integer - 1)
  END, '0001-01-01'::date) AS month
"""
_BOTH = f"""
  (SELECT 1 AS sign, {_COLUMNS} FROM opportunity UNION ALL SELECT -sign, {_COLUMNS} FROM rollup_change) d
"""
DEALS = f"""
INSERT INTO deal_rollup ({_WHOSE}, status, currency, month, category, deals, amount)
SELECT {_WHOSE}, status, currency, month, category, sum(sign), sum(sign * coalesce(amount, 0)) FROM (
  SELECT {_KEY}, d.status, coalesce(d.currency, '') AS currency, {_MONTH}, coalesce(d.forecast_category, '') AS category, d.sign, d.amount
  FROM {_BOTH} CROSS JOIN {_LEVELS}) keyed
GROUP BY {_WHOSE}, status, currency, month, category HAVING sum(sign) <> 0 OR sum(sign * coalesce(amount, 0)) <> 0
"""
AGES = f"""
INSERT INTO age_rollup ({_WHOSE}, week, deals)
SELECT {_WHOSE}, week, sum(sign) FROM (
  SELECT {_KEY}, floor(extract(epoch FROM d.entered_stage_at) / 604800)::integer AS week, d.sign
  FROM {_BOTH} CROSS JOIN {_LEVELS} WHERE d.status = 'OPEN') keyed
GROUP BY {_WHOSE}, week HAVING sum(sign) <> 0
"""
DUE = 'INSERT INTO stay_due (opportunity_id) SELECT id FROM opportunity ORDER BY id'


class Migration(migrations.Migration):
    dependencies = [('models', '0068_noted_moves')]

    initial = False

    operations = [ops.RunSQL(one, ops.RunSQL.noop) for one in (DEALS, AGES, DUE)]
