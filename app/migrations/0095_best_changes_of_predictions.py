"""The usual win probability beside a prediction, and the change that would raise it most."""

from orjson import loads
from tortoise import fields
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [("models", "0094_removed_automations")]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(
            model_name="Prediction",
            name="best_change",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(model_name="Prediction", name="usual", field=fields.FloatField(null=True)),
    ]
