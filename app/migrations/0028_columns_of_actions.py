from orjson import loads
from tortoise import fields
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0027_columns_of_advice')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='NextBestAction', name='undrawn_position', field=fields.IntField(null=True)),
        ops.AddField(model_name='NextBestAction', name='propensity', field=fields.FloatField(null=True)),
        ops.AddField(model_name='NextBestAction', name='factors', field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
        ops.AddField(model_name='NextBestAction', name='shown_position', field=fields.IntField(null=True)),
        ops.AddField(model_name='NextBestAction', name='shown_propensity', field=fields.FloatField(null=True)),
        ops.AddField(model_name='NextBestAction', name='rank', field=fields.FloatField(default=0.0, db_default=0.0)),
        ops.AddField(model_name='NextBestAction', name='ground', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='NextBestAction', name='snoozed_until', field=fields.DateField(null=True)),
    ]
