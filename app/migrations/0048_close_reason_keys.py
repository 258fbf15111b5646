"""The code of the reason for which a deal ended."""

from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0047_close_reasons')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='Opportunity', name='close_reason_key', field=fields.TextField(null=True, unique=False)),
    ]
