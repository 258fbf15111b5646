from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.database import migrations
from app.models.columns import new_id
from guidance.actions import ActionKind


class Migration(migrations.Migration):
    dependencies = [('models', '0005_account_partner')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ActionBenchmark',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('kind', fields.CharEnumField(description='ActionKind', enum_type=ActionKind, max_length=40)),
                ('stage_key', fields.TextField(unique=False)),
                ('rate', fields.FloatField()),
                ('effect', fields.FloatField(null=True)),
                ('measured_on', fields.DateField()),
            ],
            options={'table': 'action_benchmark', 'app': 'models', 'constraints': [UniqueConstraint(fields=('kind', 'stage_key'), name='action_benchmark_unique')], 'pk_attr': 'id', 'table_description': "What partners' advice may rest on of all partners' answers: how likely a kind is acted on in a stage, or in any"},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BenchmarkDay',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('name', fields.TextField(unique=False)),
                ('measured_on', fields.DateField()),
            ],
            options={'table': 'benchmark_day', 'app': 'models', 'constraints': [UniqueConstraint(fields=('name',), name='benchmark_day_name_unique')], 'pk_attr': 'id', 'table_description': 'The day for which figures over many partners were last measured, by their name.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StageBenchmark',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('playbook_key', fields.TextField(unique=False)),
                ('stage_key', fields.TextField(unique=False)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('stays', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('remaining', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('fates', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('measured_on', fields.DateField()),
            ],
            options={'table': 'stage_benchmark', 'app': 'models', 'indexes': [Index(fields=['playbook_key', 'stage_key'], name='stage_benchmark_of_stage')], 'pk_attr': 'id', 'table_description': 'What partners may be told of earlier deals in a stage, over all versions of its playbook: figures without counts'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Stage',
            name='own_stall_days',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddConstraint(
            model_name='ActionBenchmark',
            constraint=UniqueConstraint(fields=('kind', 'stage_key'), name='action_benchmark_unique'),
        ),
        ops.AddConstraint(
            model_name='BenchmarkDay',
            constraint=UniqueConstraint(fields=('name',), name='benchmark_day_name_unique'),
        ),
        # What was told of others' deals, with counts: taken out of stored advice, which is then made anew when read.
        ops.RunSQL("""
            UPDATE next_best_action n SET evidence = (
              SELECT coalesce(jsonb_agg(e), '[]') FROM jsonb_array_elements(n.evidence) AS e WHERE NOT (
                e ->> 'source' LIKE 'history of %' OR e ->> 'source' LIKE '% deals of the partner'))
            WHERE partner_id IS NOT NULL AND EXISTS (
              SELECT FROM jsonb_array_elements(n.evidence) AS e
              WHERE e ->> 'source' LIKE 'history of %' OR e ->> 'source' LIKE '% deals of the partner')
        """),
        ops.RunSQL("UPDATE recommendation SET fresh_until = now() WHERE fresh_until > now()"),
    ]
