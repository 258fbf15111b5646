from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app.database import migrations
from app.models.columns import new_id


class Migration(migrations.Migration):
    dependencies = [('models', '0009_readers')]

    initial = False

    operations = [
        ops.CreateModel(
            name='FormerMark',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('stage_key', fields.TextField(unique=False)),
                ('criterion_key', fields.TextField(unique=False)),
                ('met', fields.BooleanField()),
                ('marked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('marked_by', fields.ForeignKeyField('models.User', source_field='marked_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('evidence', fields.TextField(null=True, unique=False)),
                ('ended_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_by', fields.ForeignKeyField('models.User', source_field='ended_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('transition', fields.ForeignKeyField('models.StageTransition', source_field='transition_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'former_mark', 'app': 'models', 'indexes': [Index(fields=['opportunity_id', 'ended_at', 'id'], name='former_mark_newest')], 'pk_attr': 'id', 'table_description': 'A mark that counts no more: somebody replaced it, or the deal was sent back by `transition`. Stage and criterion'},
            bases=['Model'],
        ),
    ]
