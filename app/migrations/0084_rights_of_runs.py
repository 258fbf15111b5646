"""Rights that runs of automations keep from their beginning."""

from app.database import migrations
from tortoise.migrations import operations as ops
from app.vocabulary import Role
from tortoise.contrib.postgres.fields import ArrayField
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [('models', '0083_scopes_of_automations')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(
            model_name='AutomationRun',
            name='role',
            field=fields.CharEnumField(null=True, description='Role', enum_type=Role, max_length=40),
        ),
        ops.AddField(
            model_name='AutomationRun',
            name='scopes',
            field=ArrayField(null=True, element_type='TEXT'),
        ),
    ]
