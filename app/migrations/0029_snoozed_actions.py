from tortoise import fields

from app.database import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [('models', '0028_served_criteria')]

    initial = False

    operations = [
        ops.AddField(model_name='NextBestAction', name='ground', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='NextBestAction', name='snoozed_until', field=fields.DateField(null=True)),
    ]
