from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [('models', '0019_corrections')]

    initial = False

    operations = [
        ops.AddField(model_name='NextBestAction', name='translations', field=fields.JSONField(null=True)),
    ]
