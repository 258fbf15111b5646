"""Webhook endpoints of organisations, and what is delivered to them."""

from app.database import migrations
from tortoise.migrations import operations as ops
from app.models.columns import new_id
from app.vocabulary import WebhookDeliveryStatus
from orjson import loads
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index

# A queue in a table: what waits is a small part of it, and changes all the time.
DUE = 'CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint_id, due_at) WHERE due_at IS NOT NULL'
IN_ORDER = (
    'CREATE INDEX webhook_delivery_in_order ON webhook_delivery (endpoint_id, event_xid, event_seq, id)'
    ' WHERE due_at IS NOT NULL'
)
OLD = 'CREATE INDEX webhook_delivery_old ON webhook_delivery (at) WHERE due_at IS NULL'
TIDY = 'ALTER TABLE webhook_delivery SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000)'


class Migration(migrations.Migration):
    dependencies = [('models', '0064_pipeline_ledger')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('owner', fields.ForeignKeyField('models.User', source_field='owner_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('url', fields.TextField(unique=False)),
                ('description', fields.TextField(null=True, unique=False)),
                ('event_types', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('changed_fields', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('condition', fields.TextField(default='', db_default='', unique=False)),
                ('document', fields.TextField(null=True, unique=False)),
                ('ordered', fields.BooleanField(default=False, db_default=False)),
                ('enabled', fields.BooleanField(default=True, db_default=True)),
                ('disabled_reason', fields.TextField(null=True, unique=False)),
                ('secret', fields.BinaryField()),
                ('secret_changed_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('former_secret', fields.BinaryField(null=True)),
                ('former_secret_ends_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('failing_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('resting_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('slowdowns', fields.IntField(default=0, db_default=0)),
                ('version', fields.IntField(default=1, db_default=1)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('removed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'webhook_endpoint', 'app': 'models', 'indexes': [Index(fields=['organization_id', 'id'], name='webhook_endpoint_of_organization')], 'pk_attr': 'id', 'table_description': 'A URL that is told of events, as its `owner` sees them.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('endpoint', fields.ForeignKeyField('models.WebhookEndpoint', source_field='endpoint_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('type', fields.TextField(unique=False)),
                ('event_seq', fields.BigIntField(null=True)),
                ('event_xid', fields.BigIntField(null=True)),
                ('payload', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('status', fields.CharEnumField(default=WebhookDeliveryStatus.WAITING, description='WebhookDeliveryStatus', db_default='WAITING', enum_type=WebhookDeliveryStatus, max_length=40)),
                ('attempt', fields.IntField(default=0, db_default=0)),
                ('failures', fields.IntField(default=0, db_default=0)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('attempted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('status_code', fields.IntField(null=True)),
                ('error', fields.TextField(null=True, unique=False)),
                ('duration_ms', fields.IntField(null=True)),
                ('answer', fields.TextField(null=True, unique=False)),
            ],
            options={'table': 'webhook_delivery', 'app': 'models', 'indexes': [Index(fields=['endpoint_id', 'id'], name='webhook_delivery_of_endpoint')], 'pk_attr': 'id', 'table_description': 'Something that an endpoint is told once, however often that is tried: its id is the `webhook-id` of all tries.'},
            bases=['Model'],
        ),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (DUE, IN_ORDER, OLD, TIDY)),
    ]
