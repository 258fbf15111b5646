"""Targets, submissions and snapshots of forecasts."""

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from app.database import migrations
from app.models.columns import ExactNumericField, new_id
from app.vocabulary import PeriodKind


class Migration(migrations.Migration):
    dependencies = [('models', '0073_fill_field_changes')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='ForecastBasis',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('measured_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('found', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'forecast_basis', 'app': 'models', 'constraints': [UniqueConstraint(fields=('organization_id',), name='forecast_basis_of_organization')], 'pk_attr': 'id', 'table_description': 'What closed deals of an organisation tell of its open ones, as `app.forecast.basis` writes it; the latest.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ForecastSnapshot',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('taken_on', fields.DateField()),
                ('taken_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('figures', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'forecast_snapshot', 'app': 'models', 'constraints': [UniqueConstraint(fields=('organization_id', 'taken_on'), name='forecast_snapshot_of_day')], 'pk_attr': 'id', 'table_description': "The forecasts of one organisation's people who see all of its deals, as of the end of a day: figures by period,"},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ForecastSubmission',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('owner', fields.ForeignKeyField('models.User', source_field='owner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('period', fields.TextField(unique=False)),
                ('kind', fields.CharEnumField(description='PeriodKind', enum_type=PeriodKind, max_length=40)),
                ('first_day', fields.DateField()),
                ('last_day', fields.DateField()),
                ('amount', ExactNumericField(generated=False, null=False, unique=False)),
                ('currency', fields.CharField(max_length=3)),
                ('note', fields.TextField(null=True, unique=False)),
                ('submitted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('submitted_by', fields.ForeignKeyField('models.User', source_field='submitted_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'forecast_submission', 'app': 'models', 'constraints': [CheckConstraint(check='amount >= 0', name='forecast_submission_not_negative')], 'indexes': [Index(fields=['organization_id', 'submitted_at', 'id'], name='forecast_submission_newest'), Index(fields=['first_day', 'submitted_at', 'id'], name='forecast_submission_of_period')], 'pk_attr': 'id', 'table_description': 'What somebody expects to be won in a period, as entered; never changed. `organization`: theirs. `partner` and'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SalesTarget',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('owner', fields.ForeignKeyField('models.User', source_field='owner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('period', fields.TextField(unique=False)),
                ('kind', fields.CharEnumField(description='PeriodKind', enum_type=PeriodKind, max_length=40)),
                ('first_day', fields.DateField()),
                ('last_day', fields.DateField()),
                ('amount', ExactNumericField(generated=False, null=False, unique=False)),
                ('currency', fields.CharField(max_length=3)),
                ('set_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('set_by', fields.ForeignKeyField('models.User', source_field='set_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('version', fields.IntField(default=1, db_default=1)),
            ],
            options={'table': 'sales_target', 'app': 'models', 'constraints': [UniqueConstraint(fields=('owner_id', 'kind', 'first_day'), name='sales_target_of_owner', condition='owner_id IS NOT NULL'), UniqueConstraint(fields=('partner_id', 'kind', 'first_day'), name='sales_target_of_partner', condition='owner_id IS NULL AND partner_id IS NOT NULL'), UniqueConstraint(fields=('kind', 'first_day'), name='sales_target_of_programme', condition='owner_id IS NULL AND partner_id IS NULL'), CheckConstraint(check='amount >= 0', name='sales_target_not_negative')], 'indexes': [Index(fields=['first_day', 'id'], name='sales_target_by_day')], 'pk_attr': 'id', 'table_description': "What a partner, or with an `owner` one person, is to win in a period. Without a partner it is one of the vendor's"},
            bases=['Model'],
        ),
        ops.AddConstraint(model_name='ForecastBasis', constraint=UniqueConstraint(fields=('organization_id',), name='forecast_basis_of_organization')),
        ops.AddConstraint(model_name='ForecastSnapshot', constraint=UniqueConstraint(fields=('organization_id', 'taken_on'), name='forecast_snapshot_of_day')),
        ops.AddConstraint(model_name='ForecastSubmission', constraint=CheckConstraint(check='amount >= 0', name='forecast_submission_not_negative')),
        ops.AddConstraint(model_name='SalesTarget', constraint=UniqueConstraint(fields=('owner_id', 'kind', 'first_day'), name='sales_target_of_owner', condition='owner_id IS NOT NULL')),
        ops.AddConstraint(model_name='SalesTarget', constraint=UniqueConstraint(fields=('partner_id', 'kind', 'first_day'), name='sales_target_of_partner', condition='owner_id IS NULL AND partner_id IS NOT NULL')),
        ops.AddConstraint(model_name='SalesTarget', constraint=UniqueConstraint(fields=('kind', 'first_day'), name='sales_target_of_programme', condition='owner_id IS NULL AND partner_id IS NULL')),
        ops.AddConstraint(model_name='SalesTarget', constraint=CheckConstraint(check='amount >= 0', name='sales_target_not_negative')),
    ]
