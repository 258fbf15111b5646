"""Webhook endpoints of organisations, and what is delivered to them."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from app.models.columns import primary_key, reference, word, words
from app.vocabulary import WebhookDeliveryStatus, WebhookReplayStatus


class WebhookEndpoint(Model):
    """A URL that is told of events, as its `owner` sees them.

    `event_types`: empty: all. `changed_fields`: of updates, only those of one of these fields; empty: all. `condition`:
    CEL; empty: no further condition. `document`: the subscription whose answer is the body; null: a thin one.
    `secret`, `former_secret`: sealed (`app.sealing`); the former one signs as well until `former_secret_ends_at`.
    `owner_left`: it was disabled with that, of which nobody has been told yet.
    `failing_since`: since the last success; `resting_until`: nothing is sent before, after `slowdowns` requests for
    patience in a row. An endpoint that is removed stays until the nightly upkeep.

    The last replay: `(replay_xid, replay_seq)`: the place in the log up to which it has come, of
    `(replay_until_xid, replay_until_seq)`; `replay_told`: events that it has handed over, the last of them of
    `replay_reached_at`.
    """

    id = primary_key()
    organization = reference("Organization")
    owner = reference("User")
    url = fields.TextField()
    description = fields.TextField(null=True)
    event_types = words()
    changed_fields = words()
    condition = fields.TextField(default="", db_default="")
    document = fields.TextField(null=True)
    ordered = fields.BooleanField(default=False, db_default=False)
    enabled = fields.BooleanField(default=True, db_default=True)
    disabled_reason = fields.TextField(null=True)
    owner_left = fields.BooleanField(default=False, db_default=False)
    secret = fields.BinaryField()
    secret_changed_at = fields.DatetimeField(db_default=fields.Now())
    former_secret = fields.BinaryField(null=True)
    former_secret_ends_at = fields.DatetimeField(null=True)
    failing_since = fields.DatetimeField(null=True)
    resting_until = fields.DatetimeField(null=True)
    slowdowns = fields.IntField(default=0, db_default=0)
    version = fields.IntField(default=1, db_default=1)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    removed_at = fields.DatetimeField(null=True)
    replay_status = word(WebhookReplayStatus, null=True)
    replay_started_at = fields.DatetimeField(null=True)
    replay_ended_at = fields.DatetimeField(null=True)
    replay_xid = fields.BigIntField(null=True)
    replay_seq = fields.BigIntField(null=True)
    replay_until_xid = fields.BigIntField(null=True)
    replay_until_seq = fields.BigIntField(null=True)
    replay_told = fields.IntField(default=0, db_default=0)
    replay_reached_at = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_endpoint"
        indexes = (Index(fields=("organization_id", "id"), name="webhook_endpoint_of_organization"),)


class WebhookDelivery(Model):
    """Something that an endpoint is told once, however often that is tried: its id is the `webhook-id` of all tries.

    `(event_xid, event_seq)`: the event's place in the log; null for what no event says, whose `payload` it holds.
    `at`: of the event. `attempt`: how often it was sent; `failures`: those that count against it. `due_at`: when it is
    to be sent next, or is taken for lost by who is sending it; null once it has come to an end.
    """

    id = primary_key()
    endpoint = reference("WebhookEndpoint", on_delete=fields.CASCADE)
    type = fields.TextField()
    event_seq = fields.BigIntField(null=True)
    event_xid = fields.BigIntField(null=True)
    payload: object = fields.JSONField(null=True)
    at = fields.DatetimeField(db_default=fields.Now())
    status = word(WebhookDeliveryStatus, default=WebhookDeliveryStatus.WAITING, db_default="WAITING")
    attempt = fields.IntField(default=0, db_default=0)
    failures = fields.IntField(default=0, db_default=0)
    due_at = fields.DatetimeField(null=True)
    attempted_at = fields.DatetimeField(null=True)
    status_code = fields.IntField(null=True)
    error = fields.TextField(null=True)
    duration_ms = fields.IntField(null=True)
    answer = fields.TextField(null=True)

    class Meta:
        table = "webhook_delivery"
        indexes = (Index(fields=("endpoint_id", "id"), name="webhook_delivery_of_endpoint"),)
