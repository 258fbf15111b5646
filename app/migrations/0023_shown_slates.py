from orjson import loads
from tortoise import fields

from app.database import migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.models.columns import new_id

# An effect is now a factor, and was a value: what was measured in the old sense is measured anew.
FORGET = """
UPDATE action_benchmark SET effect = NULL;
DELETE FROM benchmark_day WHERE name = 'answers'
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0022_consumers')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='ShownSlate',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('digest', fields.TextField(unique=False)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('served', fields.IntField()),
                ('playbook_key', fields.TextField(unique=False)),
                ('stage_key', fields.TextField(unique=False)),
                ('candidates', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'shown_slate', 'app': 'models', 'indexes': [Index(fields=['at'], name='shown_slate_at')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddConstraint(model_name='ShownSlate', constraint=UniqueConstraint(fields=('opportunity_id', 'digest'), name='shown_slate_once')),
        ops.RunSQL(FORGET, ops.RunSQL.noop),
    ]
