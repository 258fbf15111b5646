"""Automations, their runs, and when somebody last did something in a deal."""

from app.database import migrations
from tortoise.migrations import operations as ops
from app.models.columns import new_id
from app.vocabulary import AutomationStepKind, Role, RunStatus
from orjson import loads
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

# Deals that are there begin to be silent with their last change.
PULSES = """
INSERT INTO deal_pulse (id, opportunity_id, last_at)
SELECT gen_random_uuid(), id, updated_at FROM opportunity WHERE status = 'OPEN'
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0079_transactions_of_changes')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='Automation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('key', fields.TextField(unique=False)),
                ('name', fields.TextField(unique=False)),
                ('description', fields.TextField(null=True, unique=False)),
                ('enabled', fields.BooleanField(default=False, db_default=False)),
                ('version', fields.IntField(default=1, db_default=1)),
                ('role', fields.CharEnumField(description='Role', enum_type=Role, max_length=40)),
                ('playbook_key', fields.TextField(null=True, unique=False)),
                ('events', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('days_in_stage', fields.IntField(null=True)),
                ('days_before_close', fields.IntField(null=True)),
                ('days_silent', fields.IntField(null=True)),
                ('schedule', fields.TextField(null=True, unique=False)),
                ('time_zone', fields.TextField(default='UTC', db_default='UTC', unique=False)),
                ('condition', fields.TextField(default='', db_default='', unique=False)),
                ('steps', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('active_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('looked_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('looked_id', fields.UUIDField(null=True)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('updated_by', fields.ForeignKeyField('models.User', source_field='updated_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'automation', 'app': 'models', 'constraints': [UniqueConstraint(fields=('key',), name='automation_key_unique')], 'indexes': [Index(fields=['enabled', 'key'], name='automation_enabled')], 'pk_attr': 'id', 'table_description': 'What happens by itself when something has happened. A user of the same id stands for it wherever it has done'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AutomationCause',
            fields=[
                ('xid', fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ('depth', fields.IntField()),
                ('at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'automation_cause', 'app': 'models', 'indexes': [Index(fields=['at'], name='automation_cause_at')], 'pk_attr': 'xid', 'table_description': "A transaction that an automation's step has written events in, and how deep in a chain it was."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AutomationRun',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('automation', fields.ForeignKeyField('models.Automation', source_field='automation_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('version', fields.IntField()),
                ('moment', fields.TextField(unique=False)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('registration', fields.ForeignKeyField('models.DealRegistration', source_field='registration_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('event_seq', fields.BigIntField(null=True)),
                ('depth', fields.IntField(default=0, db_default=0)),
                ('status', fields.CharEnumField(description='RunStatus', enum_type=RunStatus, max_length=40)),
                ('error', fields.TextField(null=True, unique=False)),
                ('started_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'automation_run', 'app': 'models', 'constraints': [UniqueConstraint(fields=('automation_id', 'version', 'moment'), name='automation_run_once')], 'indexes': [Index(fields=['automation_id', 'started_at', 'id'], name='automation_run_of_automation'), Index(fields=['opportunity_id', 'started_at', 'id'], name='automation_run_of_opportunity'), Index(fields=['started_at', 'id'], name='automation_run_started')], 'pk_attr': 'id', 'table_description': "What an automation did because of an event, or of a deal's moment: once, by the unique `moment`."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DealPulse',
            fields=[
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('last_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'deal_pulse', 'app': 'models', 'constraints': [UniqueConstraint(fields=('opportunity_id',), name='deal_pulse_of_deal')], 'indexes': [Index(fields=['last_at', 'opportunity_id'], name='deal_pulse_last')], 'pk_attr': 'id', 'table_description': 'When somebody last did something in a deal: a change, a comment, a task, an answer to advice. What automations'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StepRun',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('run', fields.ForeignKeyField('models.AutomationRun', source_field='run_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('position', fields.IntField()),
                ('kind', fields.CharEnumField(description='AutomationStepKind', enum_type=AutomationStepKind, max_length=40)),
                ('step', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('status', fields.CharEnumField(default=RunStatus.WAITING, description='RunStatus', db_default=RunStatus.WAITING, enum_type=RunStatus, max_length=40)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('attempts', fields.IntField(default=0, db_default=0)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('outcome', fields.TextField(null=True, unique=False)),
                ('error', fields.TextField(null=True, unique=False)),
            ],
            options={'table': 'automation_step_run', 'app': 'models', 'constraints': [UniqueConstraint(fields=('run_id', 'position'), name='automation_step_once'), UniqueConstraint(fields=('due_at', 'id'), name='automation_step_waiting', condition="status = 'WAITING'")], 'pk_attr': 'id', 'table_description': "A step of a run, as it stood in the automation's version. `attempts`: those begun. `outcome`: what came of it,"},
            bases=['Model'],
        ),
        *(
            ops.AddConstraint(model_name=model, constraint=constraint)
            for model, constraint in (
                ('Automation', UniqueConstraint(fields=('key',), name='automation_key_unique')),
                ('AutomationRun', UniqueConstraint(fields=('automation_id', 'version', 'moment'), name='automation_run_once')),
                ('StepRun', UniqueConstraint(fields=('run_id', 'position'), name='automation_step_once')),
                ('StepRun', UniqueConstraint(fields=('due_at', 'id'), name='automation_step_waiting', condition="status = 'WAITING'")),
                ('DealPulse', UniqueConstraint(fields=('opportunity_id',), name='deal_pulse_of_deal')),
            )
        ),
        ops.RunSQL(PULSES, ops.RunSQL.noop),
    ]
