"""Automations that are removed: their keys may be given again."""

from tortoise import fields
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.database import migrations

IN_USE = UniqueConstraint(fields=("key",), name="automation_key_in_use", condition="removed_at IS NULL")


class Migration(migrations.Migration):
    dependencies = [("models", "0093_stays_are_not_noted")]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField("Automation", "removed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.RemoveConstraint("Automation", "automation_key_unique"),
        ops.AddConstraint("Automation", IN_USE),
    ]
