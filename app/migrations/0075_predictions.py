"""Models that predict what becomes of deals, and predictions, which go when their deal closes or changes hands."""

from app.database import migrations
from tortoise.migrations import operations as ops
from app.models.columns import new_id
from app.vocabulary import ModelAudience, PredictionBasis, PredictionTrend
from orjson import loads
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

# As the tables' owner: whoever closes a deal has no right to predictions.
FORGET = """
CREATE FUNCTION forget_prediction() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $forget$
BEGIN
  DELETE FROM prediction WHERE id = NEW.id;
  RETURN NULL;
END $forget$
"""
TRIGGER = """
CREATE TRIGGER opportunity_prediction_void AFTER UPDATE OF status, partner_id, playbook_id ON opportunity FOR EACH ROW
WHEN ((OLD.status = 'OPEN' AND NEW.status <> 'OPEN') OR OLD.partner_id IS DISTINCT FROM NEW.partner_id
  OR OLD.playbook_id <> NEW.playbook_id) EXECUTE FUNCTION forget_prediction()
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0074_forecasts')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='PredictionModel',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('playbook_key', fields.TextField(unique=False)),
                ('version', fields.IntField()),
                ('audience', fields.CharEnumField(description='ModelAudience', enum_type=ModelAudience, max_length=40)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('of_whom', fields.TextField(unique=False)),
                ('basis', fields.CharEnumField(description='PredictionBasis', enum_type=PredictionBasis, max_length=40)),
                ('trained_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('deals', fields.IntField()),
                ('wins', fields.IntField()),
                ('content', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('backtest', fields.JSONField(default=list, db_default=[], encoder=JSON_DUMPS, decoder=loads)),
                ('calibration', fields.JSONField(default=list, db_default=[], encoder=JSON_DUMPS, decoder=loads)),
                ('warnings', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('missing', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('better_than_baseline', fields.BooleanField(default=False, db_default=False)),
                ('current', fields.BooleanField(default=False, db_default=False)),
                ('held', fields.BooleanField(default=False, db_default=False)),
            ],
            options={'table': 'prediction_model', 'app': 'models', 'constraints': [UniqueConstraint(fields=('playbook_key', 'of_whom', 'version'), name='prediction_model_version'), UniqueConstraint(fields=('playbook_key', 'of_whom'), name='prediction_model_current', condition='current')], 'pk_attr': 'id', 'table_description': 'A model of the deals on a playbook, of all its versions. One training makes one of each `of_whom`: `VENDOR` from'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Prediction',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('partner_id', fields.UUIDField(null=True)),
                ('model', fields.ForeignKeyField('models.PredictionModel', source_field='model_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('basis', fields.CharEnumField(description='PredictionBasis', enum_type=PredictionBasis, max_length=40)),
                ('win_probability', fields.FloatField()),
                ('low', fields.FloatField()),
                ('high', fields.FloatField()),
                ('base_rate', fields.FloatField()),
                ('reasons', fields.JSONField(default=list, db_default=[], encoder=JSON_DUMPS, decoder=loads)),
                ('expected_close_date', fields.DateField(null=True)),
                ('earliest_close_date', fields.DateField(null=True)),
                ('latest_close_date', fields.DateField(null=True)),
                ('as_of', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('previous', fields.FloatField(null=True)),
                ('trend', fields.CharEnumField(description='PredictionTrend', enum_type=PredictionTrend, max_length=40)),
                ('opportunity_version', fields.IntField()),
            ],
            options={'table': 'prediction', 'app': 'models', 'constraints': [UniqueConstraint(fields=('opportunity_id',), name='prediction_of_opportunity')], 'indexes': [Index(fields=['as_of'], name='prediction_as_of'), Index(fields=['model_id'], name='prediction_of_model')], 'pk_attr': 'id', 'table_description': "What the model says of an open deal; its id is the deal's. Triggers remove it when the deal closes, and when it"},
            bases=['Model'],
        ),
        *(
            ops.AddConstraint(model_name=model, constraint=constraint)
            for model, constraint in (
                ('PredictionModel', UniqueConstraint(fields=('playbook_key', 'of_whom', 'version'), name='prediction_model_version')),
                ('PredictionModel', UniqueConstraint(fields=('playbook_key', 'of_whom'), name='prediction_model_current', condition='current')),
                ('Prediction', UniqueConstraint(fields=('opportunity_id',), name='prediction_of_opportunity')),
            )
        ),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (FORGET, TRIGGER)),
    ]
