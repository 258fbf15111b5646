"""Positions of the event log's consumers, and the events that each has yet to deal with behind its cursor."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key


class ConsumerCursor(Model):
    """Every event up to `(xid, seq)` has been handled, or stands in `delayed_event`.

    `unfinished`: how often in a row handling was begun and came to no end, by a worker or a connection that died.
    """

    name = fields.CharField(max_length=100, primary_key=True)
    xid = fields.BigIntField()
    seq = fields.BigIntField()
    moved_at = fields.DatetimeField(db_default=fields.Now())
    unfinished = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "consumer_cursor"


class DelayedEvent(Model):
    """An event that a consumer failed to handle, or that waits for an earlier one of its deal.

    `order_key`: the deal, or whatever else it is ordered by. `attempts`: those begun. `reason`: of the last failure.
    `put_aside_at`: since when it isn't tried any more; those of its deal don't wait for it any longer.
    """

    id = primary_key()
    consumer = fields.TextField()
    xid = fields.BigIntField()
    seq = fields.BigIntField()
    order_key = fields.UUIDField()
    attempts = fields.IntField(default=0, db_default=0)
    due_at = fields.DatetimeField(db_default=fields.Now())
    reason = fields.TextField(null=True)
    put_aside_at = fields.DatetimeField(null=True)

    class Meta:
        table = "delayed_event"
        constraints = (UniqueConstraint(fields=("consumer", "seq"), name="delayed_event_unique"),)
        indexes = (Index(fields=("consumer", "order_key", "xid", "seq"), name="delayed_event_order"),)
