"""Roll-ups: counts and sums that dashboards read, kept beside the deals that they are of (`app.analytics.rollups`).

`level` says whose deals a row sums up: 0, all; 1, those of one owner at one partner, `owner_id` and `partner_id`, in
which nobody is the nil UUID. Nothing here has a foreign key: rows come to zero when what they are of goes away.
"""

from tortoise import fields
from tortoise.indexes import Index
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
    closed_at = fields.DatetimeField(null=True)
    entered_stage_at = fields.DatetimeField()
    forecast_category = fields.CharField(max_length=40, null=True)

    class Meta:
        table = "rollup_change"


class DealStay(Model):
    """A deal's stay in an open stage, or an open stage that it skipped: within seconds after the change.

    `stage_id`: in the version in which the stay ended or goes on. `outcome`: the kind of the move that ended it, OPEN,
    or SKIPPED, then without a stay. `seconds`: null while it goes on. `month`, of the deal's first stay in the stage
    alone, whatever the version: the first day of the month in which it began, in UTC; beside it, `fate`: the outcome of
    the last of these stays, and `went_back`: whether one ended by a move back. `status`: the deal's.
    """

    seq = fields.BigIntField(primary_key=True, generated=True)
    opportunity_id = fields.UUIDField()
    partner_id = fields.UUIDField()
    owner_id = fields.UUIDField()
    stage_id = fields.UUIDField()
    entered_at = fields.DatetimeField()
    outcome = fields.CharField(max_length=40)
    seconds = fields.BigIntField(null=True)
    month = fields.DateField(null=True)
    fate = fields.CharField(max_length=40, null=True)
    went_back = fields.BooleanField(default=False, db_default=False)
    status = word(OpportunityStatus)

    class Meta:
        table = "deal_stay"
        indexes = (
            Index(fields=("opportunity_id",), name="deal_stay_of_deal"),
            Index(fields=("stage_id", "entered_at"), name="deal_stay_of_stage"),
        )


class StayRollup(Model):
    """How many stays in a stage ended how, after how long.

    `entered_on`: the first day of the month in which they began; of those that go on, the day. `days`: whole ones;
    null-like -1 while they go on. `seconds`: the sum of what they took; of those that go on, of the seconds from 1970
    to their beginning.
    """

    seq = fields.BigIntField(primary_key=True, generated=True)
    level = fields.SmallIntField()
    partner_id = fields.UUIDField()
    owner_id = fields.UUIDField()
    stage_id = fields.UUIDField()
    entered_on = fields.DateField()
    outcome = fields.CharField(max_length=40)
    days = fields.IntField()
    stays = fields.BigIntField()
    seconds = ExactNumericField()

    class Meta:
        table = "stay_rollup"
        constraints = (UniqueConstraint(fields=(*_WHOSE, "entered_on", "outcome", "days"), name="stay_rollup_unique"),)


class FunnelRollup(Model):
    """How many deals that first came to a stage in a month ended there how, and what became of them since. Columns as
    of `DealStay`."""

    seq = fields.BigIntField(primary_key=True, generated=True)
    level = fields.SmallIntField()
    partner_id = fields.UUIDField()
    owner_id = fields.UUIDField()
    stage_id = fields.UUIDField()
    month = fields.DateField()
    fate = fields.CharField(max_length=40)
    went_back = fields.BooleanField()
    status = word(OpportunityStatus)
    deals = fields.BigIntField()

    class Meta:
        table = "funnel_rollup"
        constraints = (
            UniqueConstraint(fields=(*_WHOSE, "month", "fate", "went_back", "status"), name="funnel_rollup_unique"),
        )


class StayDue(Model):
    """A deal whose stays are to be looked at again. As often as it changed."""

    seq = fields.BigIntField(primary_key=True, generated=True)
    opportunity_id = fields.UUIDField()

    class Meta:
        table = "stay_due"


class RollupCheck(Model):
    """The last comparison of a roll-up with the deals. `wrong`: how many of its rows differed."""

    name = fields.CharField(max_length=63, primary_key=True)
    wrong = fields.BigIntField()
    compared_at = fields.DatetimeField(db_default=fields.Now())

    class Meta:
        table = "rollup_check"
