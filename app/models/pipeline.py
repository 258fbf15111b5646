"""The pipeline's ledger, entry by entry, and its sums: see `app.analytics.ledger`."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import ExactNumericField, word
from app.vocabulary import PipelineFlow


def _id(*, null: bool = True) -> Any:
    """Of a row that may be gone: no foreign key."""
    return fields.UUIDField(null=True) if null else fields.UUIDField()


class PipelinePosting(Model):
    """What one deal added to the open pipeline at a moment, or took from it, by a sign.

    All postings of a deal until T add up to its amount if it was open then, else to nothing. Partner, owner, playbook
    and expected close date are those of the deal as it was counted; where it only changed those, one posting takes it
    from where it was and another puts it where it came (`paired`), and `other_…` is the other place. A deal without an
    amount has postings without a currency.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    opportunity_id = _id(null=False)
    at = fields.DatetimeField()
    flow = word(PipelineFlow)
    currency = fields.CharField(max_length=3, null=True)
    amount = ExactNumericField()
    partner_id = _id()
    owner_id = _id()
    playbook_key = fields.TextField()
    close_date = fields.DateField(null=True)
    paired = fields.BooleanField(default=False, db_default=False)
    other_partner_id = _id()
    other_owner_id = _id()
    other_playbook_key = fields.TextField(null=True)
    other_close_date = fields.DateField(null=True)

    class Meta:
        table = "pipeline_posting"
        indexes = (
            Index(fields=("opportunity_id",), name="pipeline_posting_of_deal"),
            Index(fields=("at",), name="pipeline_posting_at"),
            Index(fields=("partner_id", "at"), name="pipeline_posting_of_partner"),
            Index(fields=("owner_id", "at"), name="pipeline_posting_of_owner"),
            Index(fields=("close_date",), name="pipeline_posting_close_date"),
        )


class PipelineTotal(Model):
    """The postings of a day or month (`begins`, in UTC), added up over all deals. Of pairs, those alone that went from
    one playbook to another."""

    id = fields.BigIntField(primary_key=True, generated=True)
    monthly = fields.BooleanField()
    begins = fields.DateField()
    playbook_key = fields.TextField()
    flow = word(PipelineFlow)
    currency = fields.CharField(max_length=3)
    amount = ExactNumericField()

    class Meta:
        table = "pipeline_total"
        constraints = (
            UniqueConstraint(
                fields=("monthly", "begins", "playbook_key", "flow", "currency"), name="pipeline_total_unique"
            ),
        )


class PipelineStale(Model):
    """A deal whose postings are to be made anew, since something of it changed. Written by triggers."""

    id = fields.BigIntField(primary_key=True, generated=True)
    opportunity_id = _id(null=False)

    class Meta:
        table = "pipeline_stale"
