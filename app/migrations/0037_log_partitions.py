from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0036_registrations')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='LogPartition',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=63)),
                ('parent', fields.CharField(max_length=63)),
                ('begins_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('first_xid', fields.BigIntField(null=True)),
                ('last_xid', fields.BigIntField(null=True)),
                ('head_number', fields.BigIntField(null=True)),
                ('head_hash', fields.BinaryField(null=True)),
            ],
            options={'table': 'log_partition', 'app': 'models', 'pk_attr': 'name', 'table_description': 'A part of a log, with rows of `begins_at` (-infinity for the first part) until before `ends_at`.'},
            bases=['Model'],
        ),
    ]
