"""Customers that were one."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from app.models.columns import primary_key, reference


class AccountMerge(Model):
    """An account that went into another (`kept`), and all that it takes to undo that: `record` is its row as it was,
    `moved` the keys of the rows that pointed at it, by table and column. `external_id`, `name_key` and `partner_id` are
    those of the record, by which imports and people find the kept one; they count as long as it isn't undone."""

    id = primary_key()
    kept = reference("Account", on_delete=fields.CASCADE)
    merged_id = fields.UUIDField()
    external_id = fields.TextField(null=True)
    name_key = fields.TextField(null=True)
    partner_id = fields.UUIDField(null=True)
    record: object = fields.JSONField()
    moved: object = fields.JSONField()
    at = fields.DatetimeField()
    by = reference("User", null=True)
    undone_at = fields.DatetimeField(null=True)
    undone_by = reference("User", null=True)

    class Meta:
        table = "account_merge"
        indexes = (
            Index(fields=("kept_id", "at", "id"), name="account_merge_of_kept"),
            Index(fields=("merged_id",), name="account_merge_merged"),
            Index(fields=("external_id",), name="account_merge_external_id"),
            Index(fields=("name_key",), name="account_merge_name_key"),
        )
