"""Exchange rates by day."""

from app.database import migrations
from tortoise.migrations import operations as ops
from app.models.columns import ExactNumericField, new_id
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('models', '0062_moves_by_time')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='CurrencyRate',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('currency', fields.CharField(max_length=3)),
                ('day', fields.DateField()),
                ('per_euro', ExactNumericField(generated=False, null=False, unique=False)),
            ],
            options={'table': 'currency_rate', 'app': 'models', 'constraints': [UniqueConstraint(fields=('currency', 'day'), name='currency_rate_unique'), CheckConstraint(check='per_euro > 0', name='currency_rate_positive')], 'pk_attr': 'id', 'table_description': 'Units of a currency for one euro, on a day.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='CurrencyRate',
            constraint=UniqueConstraint(fields=('currency', 'day'), name='currency_rate_unique'),
        ),
        ops.AddConstraint(
            model_name='CurrencyRate',
            constraint=CheckConstraint(check='per_euro > 0', name='currency_rate_positive'),
        ),
    ]
