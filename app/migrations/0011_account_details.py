from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0010_former_marks')]

    initial = False

    operations = [
        ops.AddField(model_name='Account', name='domain', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='Account', name='registration_number', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='Account', name='version', field=fields.IntField(default=1, db_default=1)),
    ]
