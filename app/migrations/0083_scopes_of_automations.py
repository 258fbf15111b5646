"""Scopes of the API clients that saved automations, which limit them."""

from app.database import migrations
from tortoise.migrations import operations as ops
from tortoise.contrib.postgres.fields import ArrayField


class Migration(migrations.Migration):
    dependencies = [('models', '0082_notifications_by_task')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(
            model_name='Automation',
            name='scopes',
            field=ArrayField(null=True, element_type='TEXT'),
        ),
    ]
