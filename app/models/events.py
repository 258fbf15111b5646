"""The event log: what happened, in the transaction in which it happened."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.db_defaults import SqlDefault
from tortoise.indexes import Index
from tortoise.models import Model

from app.models.columns import word
from app.vocabulary import EventType


class Event(Model):
    """One fact. Log order is `(xid, seq)`: see `app.events.log` for why `seq` alone would skip events.

    `(subject_type, subject_id)`: what it speaks of, as `app.nouns` call it; `opportunity_id`: the deal to which that
    belongs. They carry no foreign keys: an event outlives what it speaks of. `partner_id`: of a deal's partners, the
    event is this one's alone; null: of whoever has the deal. `readers`: organisations (for their managers) and users
    that it is for; null: whoever sees the deal.
    """

    seq = fields.BigIntField(primary_key=True, generated=True)
    xid = fields.BigIntField(db_default=SqlDefault("((pg_current_xact_id())::text)::bigint"))
    type = word(EventType)
    at = fields.DatetimeField(db_default=fields.Now())
    actor_id = fields.UUIDField(null=True)
    subject_type = fields.TextField(null=True)
    subject_id = fields.UUIDField(null=True)
    opportunity_id = fields.UUIDField(null=True)
    partner_id = fields.UUIDField(null=True)
    readers: object = ArrayField(element_type="uuid", null=True)
    payload: object = fields.JSONField(default=dict, db_default={})

    class Meta:
        table = "event"
        indexes = (
            Index(fields=("xid", "seq"), name="event_log_order"),
            Index(fields=("opportunity_id", "xid", "seq"), name="event_by_opportunity"),
        )
