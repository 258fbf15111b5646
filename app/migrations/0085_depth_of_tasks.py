"""How many automations have led to a task, one because of the other."""

from app.database import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [('models', '0084_rights_of_runs')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(
            model_name='Task',
            name='depth',
            field=fields.IntField(default=0, db_default=0),
        ),
    ]
