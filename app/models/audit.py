"""The audit log: entries that are only ever added, and the seals that chain them."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model


class AuditEntry(Model):
    """Written in the transaction of what it reports. `detail` holds keys, ids and figures, never people's words."""

    seq = fields.BigIntField(primary_key=True, generated=True)
    at = fields.DatetimeField(db_default=Now())
    actor_id = fields.UUIDField(null=True)
    action = fields.TextField()
    mutation = fields.TextField(null=True)
    request_id = fields.TextField(null=True)
    subject = fields.TextField(null=True)
    detail: object = fields.JSONField(default=dict, db_default={})

    class Meta:
        table = "audit_entry"
        indexes = (Index(fields=("at",), name="audit_entry_by_time"),)


class AuditSeal(Model):
    """A link of the chain: `hash` is a SHA-256 over the hash before it and the entry (see `app.audit.chain`).
    `former_hashes`: those that it had before it was sealed again, one after the other."""

    number = fields.BigIntField(primary_key=True, generated=False)
    entry_seq = fields.BigIntField()
    hash = fields.BinaryField()
    former_hashes = fields.BinaryField(null=True)

    class Meta:
        table = "audit_seal"
        constraints = (UniqueConstraint(fields=("entry_seq",), name="audit_seal_entry_unique"),)


class PersonSalt(Model):
    """What salts a person's digests in the audit log (`app.audit.digests`); without a foreign key, since it is of
    users, contacts, or nobody that is known. It goes when they are erased."""

    person_id = fields.UUIDField(primary_key=True)
    salt = fields.BinaryField()

    class Meta:
        table = "person_salt"
