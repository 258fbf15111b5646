"""Tasks, and the addresses of calendars."""

from app.database import migrations
from tortoise.migrations import operations as ops
from app.models.columns import new_id
from app.vocabulary import TaskSource, TaskStatus
from guidance.actions import Urgency
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('models', '0065_webhooks')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('secret_hash', fields.BinaryField()),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('read_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'calendar_feed', 'app': 'models', 'constraints': [UniqueConstraint(fields=('user_id',), name='calendar_feed_of_user'), UniqueConstraint(fields=('secret_hash',), name='calendar_feed_unique')], 'pk_attr': 'id', 'table_description': "A user's calendar of tasks, read by whoever knows its address. `secret_hash`: SHA-256 of the"},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Task',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('registration', fields.ForeignKeyField('models.DealRegistration', source_field='registration_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('activity', fields.ForeignKeyField('models.Activity', source_field='activity_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('action', fields.ForeignKeyField('models.NextBestAction', source_field='action_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('from_organization', fields.ForeignKeyField('models.Organization', source_field='from_organization_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('assignee', fields.ForeignKeyField('models.User', source_field='assignee_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('created_by', fields.ForeignKeyField('models.User', source_field='created_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('source', fields.CharEnumField(default=TaskSource.PERSON, description='TaskSource', db_default=TaskSource.PERSON, enum_type=TaskSource, max_length=40)),
                ('status', fields.CharEnumField(default=TaskStatus.OPEN, description='TaskStatus', db_default=TaskStatus.OPEN, enum_type=TaskStatus, max_length=40)),
                ('urgency', fields.CharEnumField(default=Urgency.NORMAL, description='Urgency', db_default=Urgency.NORMAL, enum_type=Urgency, max_length=40)),
                ('title', fields.TextField(unique=False)),
                ('description', fields.TextField(null=True, unique=False)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('overdue_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('completed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('completed_by', fields.ForeignKeyField('models.User', source_field='completed_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('effect_key', fields.TextField(null=True, unique=False)),
                ('version', fields.IntField(default=1, db_default=1)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'task', 'app': 'models', 'constraints': [UniqueConstraint(fields=('effect_key',), name='task_effect_unique'), UniqueConstraint(fields=('due_at', 'id'), name='task_becoming_overdue', condition="status IN ('OPEN', 'IN_PROGRESS') AND overdue_at IS NULL")], 'indexes': [Index(fields=['assignee_id', 'status', 'due_at', 'id'], name='task_of_assignee'), Index(fields=['organization_id', 'status', 'due_at', 'id'], name='task_of_organization'), Index(fields=['due_at', 'id'], name='task_by_due'), Index(fields=['opportunity_id', 'due_at', 'id'], name='task_of_opportunity'), Index(fields=['registration_id', 'due_at', 'id'], name='task_of_registration'), Index(fields=['action_id'], name='task_of_action')], 'pk_attr': 'id', 'table_description': 'Something that somebody has to do, of a deal, of a registration or of neither.'},
            bases=['Model'],
        ),
        *(
            ops.AddConstraint(model_name=model, constraint=constraint)
            for model, constraint in (
                ('CalendarFeed', UniqueConstraint(fields=('user_id',), name='calendar_feed_of_user')),
                ('CalendarFeed', UniqueConstraint(fields=('secret_hash',), name='calendar_feed_unique')),
                ('Task', UniqueConstraint(fields=('effect_key',), name='task_effect_unique')),
                ('Task', UniqueConstraint(fields=('due_at', 'id'), name='task_becoming_overdue', condition="status IN ('OPEN', 'IN_PROGRESS') AND overdue_at IS NULL")),
            )
        ),
    ]
