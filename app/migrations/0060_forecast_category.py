"""Forecast categories that are set by hand, by whom and when."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from app.database import migrations
from app.vocabulary import ForecastCategory


class Migration(migrations.Migration):
    dependencies = [('models', '0059_places_of_change_requests')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='Opportunity', name='forecast_category', field=fields.CharEnumField(null=True, description='ForecastCategory', enum_type=ForecastCategory, max_length=40)),
        ops.AddField(model_name='Opportunity', name='forecast_category_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddField(model_name='Opportunity', name='forecast_category_by', field=fields.ForeignKeyField('models.User', source_field='forecast_category_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
    ]
