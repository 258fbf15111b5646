"""Roll-ups: counts and sums that dashboards read, kept beside the deals that they are of (`app.analytics.rollups`).

`level` says whose deals a row sums up: 0, all; 1, those of one owner at one partner, `owner_id` and `partner_id`, in
which nobody is the nil UUID. Nothing here has a foreign key: rows come to zero when what they are of goes away.
"""

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import ExactNumericField, word
from app.vocabulary import OpportunityStatus

_WHOSE = ("level", "partner_id", "owner_id", "stage_id")


class DealRollup(Model):
    """How many deals stand in a stage, and what they are worth.

    `currency`: empty for those without an amount. `month`: the first day of the month in which they were closed, in
    UTC, or while they are open, are expected to close; 0001-01-01: it isn't known. `category`: the forecast category
    that somebody has set; empty: the stage's stands.
    """

    seq = fields.BigIntField(primary_key=True, generated=True)
    level = fields.SmallIntField()
    partner_id = fields.UUIDField()
    owner_id = fields.UUIDField()
    stage_id = fields.UUIDField()
    status = word(OpportunityStatus)
    currency = fields.CharField(max_length=3)
    month = fields.DateField()
    category = fields.CharField(max_length=40)
    deals = fields.BigIntField()
    amount = ExactNumericField()

    class Meta:
        table = "deal_rollup"
        constraints = (
            UniqueConstraint(fields=(*_WHOSE, "status", "currency", "month", "category"), name="deal_rollup_unique"),
        )


class AgeRollup(Model):
    """How many open deals came to a stage in a week: the number of weeks of seven days since 1970-01-01, in UTC. At a
    level of its own, 2, of all deals by day: there, `week` is the number of days."""

    seq = fields.BigIntField(primary_key=True, generated=True)
    level = fields.SmallIntField()
    partner_id = fields.UUIDField()
    owner_id = fields.UUIDField()
    stage_id = fields.UUIDField()
    week = fields.IntField()
    deals = fields.BigIntField()

    class Meta:
        table = "age_rollup"
        constraints = (UniqueConstraint(fields=(*_WHOSE, "week"), name="age_rollup_unique"),)


class ExpectedRollup(Model):
    """How much is open, by the day on which it is expected to close: of all deals with an amount that forecasts count.

    `days`: 1, or 7 for a whole week. `first_day`: the first of them, as days since 1970-01-01; weeks begin as that day
    did, on Thursdays. `dated`: it is the expected close date; else, of deals without one, the day in UTC on which they
    were made. `by_hand`: somebody has set the forecast category, though not to OMITTED; else the stage's stands.
    `squares`: the sum of the squares of amounts. `amount_days`, `square_days`: each amount, or its square, times the
    days from `first_day` on. Of the sums but `deals` there are float8 columns besides, called `..._float`, which
    PostgreSQL keeps.
    """

    seq = fields.BigIntField(primary_key=True, generated=True)
    days = fields.SmallIntField()
    dated = fields.BooleanField()
    first_day = fields.IntField()
    stage_id = fields.UUIDField()
    currency = fields.CharField(max_length=3)
    by_hand = fields.BooleanField()
    deals = fields.BigIntField()
    amount = ExactNumericField()
    squares = ExactNumericField()
    amount_days = ExactNumericField()
    square_days = ExactNumericField()

    class Meta:
        table = "expected_rollup"
        constraints = (
            UniqueConstraint(
                fields=("days", "dated", "first_day", "stage_id", "currency", "by_hand"), name="expected_rollup_unique"
            ),
        )


class RollupChange(Model):
    """A deal as it came (`sign` 1) or as it was until then (-1), which the roll-ups above don't contain yet. Written by
    triggers, in the transaction of the change."""

    seq = fields.BigIntField(primary_key=True, generated=True)
    opportunity_id = fields.UUIDField()
    sign = fields.SmallIntField()
    partner_id = fields.UUIDField(null=True)
    owner_id = fields.UUIDField(null=True)
    stage_id = fields.UUIDField()
    status = word(OpportunityStatus)
    amount = ExactNumericField(null=True)
    currency = fields.CharField(max_length=3, null=True)
    expected_close_date = fields.DateField(null=True)
    created_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    entered_stage_at = fields.DatetimeField()
    forecast_category = fields.CharField(max_length=40, null=True)

    class Meta:
        table = "rollup_change"


class RollupCheck(Model):
    """The last comparison of a roll-up with the deals. `wrong`: how many of its rows differed."""

    name = fields.CharField(max_length=63, primary_key=True)
    wrong = fields.BigIntField()
    compared_at = fields.DatetimeField(db_default=fields.Now())

    class Meta:
        table = "rollup_check"
