"""How much is open by the day on which it is expected to close, and a column for what of it is noted of changes."""

from tortoise import fields
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.database import migrations
from app.models.columns import ExactNumericField

_SUMS = ('amount', 'squares', 'amount_days', 'square_days')
# PostgreSQL makes a float8 of a numeric by way of its text: once, when it is written, and not when it is read.
FLOATS = 'ALTER TABLE expected_rollup ' + ', '.join(
    f'ADD COLUMN {name}_float float8 GENERATED ALWAYS AS ({name}::float8) STORED' for name in _SUMS
)
STORAGE = 'ALTER TABLE expected_rollup SET (fillfactor = 80)'


class Migration(migrations.Migration):
    dependencies = [('models', '0088_webhook_replays')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='ExpectedRollup',
            fields=[
                ('seq', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('days', fields.SmallIntField()),
                ('dated', fields.BooleanField()),
                ('first_day', fields.IntField()),
                ('stage_id', fields.UUIDField()),
                ('currency', fields.CharField(max_length=3)),
                ('by_hand', fields.BooleanField()),
                ('deals', fields.BigIntField()),
                ('amount', ExactNumericField(generated=False, null=False, unique=False)),
                ('squares', ExactNumericField(generated=False, null=False, unique=False)),
                ('amount_days', ExactNumericField(generated=False, null=False, unique=False)),
                ('square_days', ExactNumericField(generated=False, null=False, unique=False)),
            ],
            options={'table': 'expected_rollup', 'app': 'models', 'pk_attr': 'seq', 'table_description': 'How much is open, by the day on which it is expected to close: of all deals with an amount that forecasts count.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='ExpectedRollup',
            constraint=UniqueConstraint(fields=('days', 'dated', 'first_day', 'stage_id', 'currency', 'by_hand'), name='expected_rollup_unique'),
        ),
        ops.AddField(
            model_name='RollupChange', name='created_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)
        ),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (FLOATS, STORAGE)),
    ]
