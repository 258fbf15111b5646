"""Roll-ups of deals and of their stays, and the triggers that note what changes of deals."""

from app.database import migrations
from tortoise.migrations import operations as ops
from app.models.columns import ExactNumericField
from app.vocabulary import OpportunityStatus
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

# As the tables' owner: whoever changes a deal has no right to say what is counted.
_NOTE = '''
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $note$
BEGIN
  {body};
  RETURN NULL;
END $note$
'''
_COLUMNS = (
    'partner_id', 'owner_id', 'stage_id', 'status', 'amount', 'currency', 'expected_close_date', 'closed_at',
    'entered_stage_at', 'forecast_category',
)
_INTO = f'INSERT INTO rollup_change (opportunity_id, sign, {", ".join(_COLUMNS)})'


def _as(row, sign):
    return ', '.join([f'{row}.id', str(sign), *(f'{row}.{column}' for column in _COLUMNS)])


def _all(row):
    return ', '.join(f'{row}.{column}' for column in _COLUMNS)


FUNCTIONS = (
    _NOTE.format(name='count_new_deals', body=f'{_INTO} SELECT {_as("f", 1)} FROM fresh f'),
    _NOTE.format(name='count_gone_deals', body=f'{_INTO} SELECT {_as("g", -1)} FROM gone g'),
    _NOTE.format(name='count_changed_deal', body=f'{_INTO} VALUES ({_as("OLD", -1)}), ({_as("NEW", 1)})'),
)
TRIGGERS = (
    'CREATE TRIGGER opportunity_counted_new AFTER INSERT ON opportunity REFERENCING NEW TABLE AS fresh'
    ' FOR EACH STATEMENT EXECUTE FUNCTION count_new_deals()',
    'CREATE TRIGGER opportunity_counted_gone AFTER DELETE ON opportunity REFERENCING OLD TABLE AS gone'
    ' FOR EACH STATEMENT EXECUTE FUNCTION count_gone_deals()',
    f'CREATE TRIGGER opportunity_counted AFTER UPDATE OF {", ".join(_COLUMNS)} ON opportunity FOR EACH ROW'
    f' WHEN (({_all("OLD")}) IS DISTINCT FROM ({_all("NEW")})) EXECUTE FUNCTION count_changed_deal()',
)
# What is noted is folded within seconds: the table is small, and is to stay so.
STORAGE = (
    'ALTER TABLE rollup_change SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)',
    'ALTER TABLE stay_due SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)',
    'ALTER TABLE deal_rollup SET (fillfactor = 80)',
    'ALTER TABLE age_rollup SET (fillfactor = 80)',
)


class Migration(migrations.Migration):
    dependencies = [('models', '0066_tasks')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='AgeRollup',
            fields=[
                ('seq', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('level', fields.SmallIntField()),
                ('partner_id', fields.UUIDField()),
                ('owner_id', fields.UUIDField()),
                ('stage_id', fields.UUIDField()),
                ('week', fields.IntField()),
                ('deals', fields.BigIntField()),
            ],
            options={'table': 'age_rollup', 'app': 'models', 'pk_attr': 'seq', 'table_description': 'How many open deals came to a stage in a week: the number of weeks of seven days since 1970-01-01, in UTC.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DealRollup',
            fields=[
                ('seq', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('level', fields.SmallIntField()),
                ('partner_id', fields.UUIDField()),
                ('owner_id', fields.UUIDField()),
                ('stage_id', fields.UUIDField()),
                ('status', fields.CharEnumField(description='OpportunityStatus', enum_type=OpportunityStatus, max_length=40)),
                ('currency', fields.CharField(max_length=3)),
                ('month', fields.DateField()),
                ('category', fields.CharField(max_length=40)),
                ('deals', fields.BigIntField()),
                ('amount', ExactNumericField(generated=False, null=False, unique=False)),
            ],
            options={'table': 'deal_rollup', 'app': 'models', 'pk_attr': 'seq', 'table_description': 'How many deals stand in a stage, and what they are worth.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DealStay',
            fields=[
                ('seq', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('opportunity_id', fields.UUIDField()),
                ('partner_id', fields.UUIDField()),
                ('owner_id', fields.UUIDField()),
                ('stage_id', fields.UUIDField()),
                ('entered_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('outcome', fields.CharField(max_length=40)),
                ('seconds', fields.BigIntField(null=True)),
                ('month', fields.DateField(null=True)),
                ('fate', fields.CharField(null=True, max_length=40)),
                ('went_back', fields.BooleanField(default=False, db_default=False)),
                ('status', fields.CharEnumField(description='OpportunityStatus', enum_type=OpportunityStatus, max_length=40)),
            ],
            options={'table': 'deal_stay', 'app': 'models', 'indexes': [Index(fields=['opportunity_id'], name='deal_stay_of_deal'), Index(fields=['stage_id', 'entered_at'], name='deal_stay_of_stage')], 'pk_attr': 'seq', 'table_description': "A deal's stay in an open stage, or an open stage that it skipped: within seconds after the change."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FunnelRollup',
            fields=[
                ('seq', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('level', fields.SmallIntField()),
                ('partner_id', fields.UUIDField()),
                ('owner_id', fields.UUIDField()),
                ('stage_id', fields.UUIDField()),
                ('month', fields.DateField()),
                ('fate', fields.CharField(max_length=40)),
                ('went_back', fields.BooleanField()),
                ('status', fields.CharEnumField(description='OpportunityStatus', enum_type=OpportunityStatus, max_length=40)),
                ('deals', fields.BigIntField()),
            ],
            options={'table': 'funnel_rollup', 'app': 'models', 'pk_attr': 'seq', 'table_description': 'How many deals that first came to a stage in a month ended there how, and what became of them since. Columns as'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RollupChange',
            fields=[
                ('seq', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('opportunity_id', fields.UUIDField()),
                ('sign', fields.SmallIntField()),
                ('partner_id', fields.UUIDField(null=True)),
                ('owner_id', fields.UUIDField(null=True)),
                ('stage_id', fields.UUIDField()),
                ('status', fields.CharEnumField(description='OpportunityStatus', enum_type=OpportunityStatus, max_length=40)),
                ('amount', ExactNumericField(null=True, generated=False, unique=False)),
                ('currency', fields.CharField(null=True, max_length=3)),
                ('expected_close_date', fields.DateField(null=True)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('entered_stage_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('forecast_category', fields.CharField(null=True, max_length=40)),
            ],
            options={'table': 'rollup_change', 'app': 'models', 'pk_attr': 'seq', 'table_description': "A deal as it came (`sign` 1) or as it was until then (-1), which the roll-ups above don't contain yet. Written by"},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RollupCheck',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=63)),
                ('wrong', fields.BigIntField()),
                ('compared_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'rollup_check', 'app': 'models', 'pk_attr': 'name', 'table_description': 'The last comparison of a roll-up with the deals. `wrong`: how many of its rows differed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StayDue',
            fields=[
                ('seq', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('opportunity_id', fields.UUIDField()),
            ],
            options={'table': 'stay_due', 'app': 'models', 'pk_attr': 'seq', 'table_description': 'A deal whose stays are to be looked at again. As often as it changed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StayRollup',
            fields=[
                ('seq', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('level', fields.SmallIntField()),
                ('partner_id', fields.UUIDField()),
                ('owner_id', fields.UUIDField()),
                ('stage_id', fields.UUIDField()),
                ('entered_on', fields.DateField()),
                ('outcome', fields.CharField(max_length=40)),
                ('days', fields.IntField()),
                ('stays', fields.BigIntField()),
                ('seconds', ExactNumericField(generated=False, null=False, unique=False)),
            ],
            options={'table': 'stay_rollup', 'app': 'models', 'pk_attr': 'seq', 'table_description': 'How many stays in a stage ended how, after how long.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='AgeRollup',
            constraint=UniqueConstraint(fields=('level', 'partner_id', 'owner_id', 'stage_id', 'week'), name='age_rollup_unique'),
        ),
        ops.AddConstraint(
            model_name='DealRollup',
            constraint=UniqueConstraint(fields=('level', 'partner_id', 'owner_id', 'stage_id', 'status', 'currency', 'month', 'category'), name='deal_rollup_unique'),
        ),
        ops.AddConstraint(
            model_name='FunnelRollup',
            constraint=UniqueConstraint(fields=('level', 'partner_id', 'owner_id', 'stage_id', 'month', 'fate', 'went_back', 'status'), name='funnel_rollup_unique'),
        ),
        ops.AddConstraint(
            model_name='StayRollup',
            constraint=UniqueConstraint(fields=('level', 'partner_id', 'owner_id', 'stage_id', 'entered_on', 'outcome', 'days'), name='stay_rollup_unique'),
        ),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (*STORAGE, *FUNCTIONS, *TRIGGERS)),
    ]
