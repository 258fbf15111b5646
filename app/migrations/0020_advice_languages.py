from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0019_corrections')]

    initial = False

    operations = [
        ops.AddField(model_name='NextBestAction', name='translations', field=fields.JSONField(null=True)),
    ]
