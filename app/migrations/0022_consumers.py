from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.database import migrations
from app.models.columns import new_id


class Migration(migrations.Migration):
    dependencies = [('models', '0021_kept_reasons')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ConsumerCursor',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=100)),
                ('xid', fields.BigIntField()),
                ('seq', fields.BigIntField()),
                ('moved_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('unfinished', fields.IntField(default=0, db_default=0)),
            ],
            options={'table': 'consumer_cursor', 'app': 'models', 'pk_attr': 'name', 'table_description': 'Every event up to `(xid, seq)` has been handled, or stands in `delayed_event`.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DelayedEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('consumer', fields.TextField(unique=False)),
                ('xid', fields.BigIntField()),
                ('seq', fields.BigIntField()),
                ('order_key', fields.UUIDField()),
                ('attempts', fields.IntField(default=0, db_default=0)),
                ('due_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('put_aside_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'delayed_event', 'app': 'models', 'indexes': [Index(fields=['consumer', 'order_key', 'xid', 'seq'], name='delayed_event_order')], 'pk_attr': 'id', 'table_description': 'An event that a consumer failed to handle, or that waits for an earlier one of its deal.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='DelayedEvent',
            constraint=UniqueConstraint(fields=('consumer', 'seq'), name='delayed_event_unique'),
        ),
    ]
