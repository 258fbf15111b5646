"""The order in which changes were asked for at once."""

from app.database import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0058_unplaced')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(
            model_name='ChangeRequest',
            name='place',
            field=fields.SmallIntField(default=0, db_default=0),
        ),
    ]
