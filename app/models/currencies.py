"""Exchange rates by day."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from app.models.columns import ExactNumericField, primary_key


class CurrencyRate(Model):
    """Units of a currency for one euro, on a day."""

    id = primary_key()
    currency = fields.CharField(max_length=3)
    day = fields.DateField()
    per_euro = ExactNumericField()

    class Meta:
        table = "currency_rate"
        constraints = (
            UniqueConstraint(fields=("currency", "day"), name="currency_rate_unique"),
            CheckConstraint(check="per_euro > 0", name="currency_rate_positive"),
        )
