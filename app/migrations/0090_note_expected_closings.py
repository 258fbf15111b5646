"""What is noted of changes of deals has the moment in which the deal was made."""

from tortoise.migrations import operations as ops

from app.database import migrations

# Of deals that are gone already, any moment will do: it goes as it came.
CREATED = """
UPDATE rollup_change c SET created_at = coalesce((SELECT o.created_at FROM opportunity o WHERE o.id = c.opportunity_id),
  c.entered_stage_at)
"""
_COLUMNS = (
    'partner_id', 'owner_id', 'stage_id', 'status', 'amount', 'currency', 'expected_close_date', 'created_at',
    'closed_at', 'entered_stage_at', 'forecast_category',
)
_INTO = f'INSERT INTO rollup_change (opportunity_id, sign, {", ".join(_COLUMNS)})'
_NOTE = '''
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $note$
BEGIN
  {body};
  RETURN NULL;
END $note$
'''


def _as(row, sign):
    return ', '.join([f'{row}.id', str(sign), *(f'{row}.{column}' for column in _COLUMNS)])


def _all(row):
    return ', '.join(f'{row}.{column}' for column in _COLUMNS)


FUNCTIONS = (
    _NOTE.format(name='count_new_deals', body=f'{_INTO} SELECT {_as("f", 1)} FROM fresh f'),
    _NOTE.format(name='count_gone_deals', body=f'{_INTO} SELECT {_as("g", -1)} FROM gone g'),
    _NOTE.format(name='count_changed_deal', body=f'{_INTO} VALUES ({_as("OLD", -1)}), ({_as("NEW", 1)})'),
)
TRIGGER = (
    f'CREATE OR REPLACE TRIGGER opportunity_counted AFTER UPDATE OF {", ".join(_COLUMNS)} ON opportunity FOR EACH ROW'
    f' WHEN (({_all("OLD")}) IS DISTINCT FROM ({_all("NEW")})) EXECUTE FUNCTION count_changed_deal()'
)


class Migration(migrations.Migration):
    dependencies = [('models', '0089_expected_closings')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (*FUNCTIONS, TRIGGER, CREATED)),
    ]
