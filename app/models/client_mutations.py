"""Mutations by their `clientMutationId`, so that a repeated one changes nothing."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key


class ClientMutation(Model):
    """A mutation that was carried out, by its `clientMutationId`: written in the transaction of its change.

    `input_hash` is a SHA-256 over mutation and input. `outcome` holds ids alone, no text.
    """

    id = primary_key()
    user_id = fields.UUIDField()
    key = fields.TextField()
    mutation = fields.TextField()
    input_hash = fields.BinaryField()
    outcome: object = fields.JSONField(default=dict, db_default={})
    at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "client_mutation"
        constraints = (UniqueConstraint(fields=("user_id", "key"), name="client_mutation_unique"),)
        indexes = (Index(fields=("at",), name="client_mutation_by_age"),)
