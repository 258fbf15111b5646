"""A reseller may share all its new deals with its distributor, however they come to it."""

from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0043_companies')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='Organization', name='shares_new_deals', field=fields.BooleanField(default=False, db_default=False)),
    ]
