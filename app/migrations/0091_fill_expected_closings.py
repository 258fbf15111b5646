"""How much is open by the day on which it is expected to close, of the deals that are there."""

from tortoise.migrations import operations as ops

from app.database import migrations

# For whoever folds waits; what isn't folded yet is left out.
HOLD = f'SELECT pg_advisory_xact_lock({0x57A6E9AD})'
_BOTH = ', '.join(('stage_id', 'status', 'amount', 'currency', 'expected_close_date', 'created_at', 'forecast_category'))
_DAY = "(coalesce(d.expected_close_date, (d.created_at AT TIME ZONE 'UTC')::date) - '1970-01-01'::date)"
_KEY = 'days, dated, first_day, stage_id, currency, by_hand'
FILL = f"""
INSERT INTO expected_rollup ({_KEY}, deals, amount, squares, amount_days, square_days)
SELECT {_KEY}, sum(sign), sum(sign * amount), sum(sign * amount * amount), sum(sign * amount * (day - first_day)),
  sum(sign * amount * amount * (day - first_day))
FROM (
  SELECT e.days, d.expected_close_date IS NOT NULL AS dated, {_DAY} AS day,
    floor({_DAY}::float8 / e.days)::integer * e.days AS first_day, d.stage_id, coalesce(d.currency, '') AS currency,
    d.forecast_category IS NOT NULL AS by_hand, d.sign, d.amount
  FROM (SELECT 1 AS sign, {_BOTH} FROM opportunity UNION ALL SELECT -sign, {_BOTH} FROM rollup_change) d
  CROSS JOIN (VALUES (1::smallint), (7::smallint)) AS e(days)
  WHERE d.status = 'OPEN' AND d.amount > 0 AND d.forecast_category IS DISTINCT FROM 'OMITTED') keyed
GROUP BY {_KEY} HAVING sum(sign) <> 0 OR sum(sign * amount) <> 0 OR sum(sign * amount * amount) <> 0
  OR sum(sign * amount * (day - first_day)) <> 0 OR sum(sign * amount * amount * (day - first_day)) <> 0
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0090_note_expected_closings')]

    initial = False

    operations = [ops.RunSQL(one, ops.RunSQL.noop) for one in (HOLD, FILL)]
