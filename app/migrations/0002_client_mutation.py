from orjson import loads
from tortoise import fields
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.database import migrations
from app.models.columns import new_id


class Migration(migrations.Migration):
    dependencies = [('models', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ClientMutation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('user_id', fields.UUIDField()),
                ('key', fields.TextField(unique=False)),
                ('mutation', fields.TextField(unique=False)),
                ('input_hash', fields.BinaryField()),
                ('outcome', fields.JSONField(default=dict, db_default={}, encoder=JSON_DUMPS, decoder=loads)),
                ('at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'client_mutation', 'app': 'models', 'indexes': [Index(fields=['at'], name='client_mutation_by_age')], 'pk_attr': 'id', 'table_description': 'A mutation that was carried out, by its `clientMutationId`: written in the transaction of its change.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='ClientMutation',
            constraint=UniqueConstraint(fields=('user_id', 'key'), name='client_mutation_unique'),
        ),
    ]
