"""Reasons for which deals end, as codes of their playbook."""

from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0046_leavers')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='Playbook', name='close_reasons', field=fields.JSONField(default=list, db_default=[])),
    ]
