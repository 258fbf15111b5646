"""The parts of the logs that are partitioned by month."""

from tortoise import fields
from tortoise.models import Model


class LogPartition(Model):
    """A part of a log, with rows of `begins_at` (-infinity for the first part) until before `ends_at`.

    `first_xid`, `last_xid`: of the event log, the transactions before and beyond which it holds no event; null: it may
    get more. `head_number`,
    `head_hash`: of the audit log's first part, the link of the chain up to which entries have been dropped.
    """

    name = fields.CharField(max_length=63, primary_key=True)
    parent = fields.CharField(max_length=63)
    begins_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    first_xid = fields.BigIntField(null=True)
    last_xid = fields.BigIntField(null=True)
    head_number = fields.BigIntField(null=True)
    head_hash = fields.BinaryField(null=True)

    class Meta:
        table = "log_partition"
