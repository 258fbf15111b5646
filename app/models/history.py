"""The history of deals: every change of a field that figures, forecasts or people ask for."""

from typing import Any

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault
from tortoise.indexes import Index
from tortoise.models import Model

from app.models.columns import ExactNumericField, primary_key


def _unchecked(model: str, *, null: bool = True) -> Any:
    """A reference that PostgreSQL doesn't check: triggers copy it from a column that is checked."""
    options: dict[str, Any] = {"related_name": False, "null": null, "db_constraint": False}
    return fields.ForeignKeyField(f"models.{model}", on_delete=fields.NO_ACTION, **options)


class FieldChange(Model):
    """One field of a deal took another value.

    Written by triggers of `opportunity` and `stage_transition`, in the transaction of the change. An erasure, which
    sets `stagepath.erasing`, leaves none.

    `field`: in the API's words. `before`, `after`: as text, but of people and partners, who have columns of their own.
    Those of `amount` and `currency` have the amount of money besides, before and after; those of `stage` the stages.
    `partner_id`: who led the deal until then. `actor`: null for imports, directories and the product itself.

    `xid`: of the transaction, as its events have it; null from before that was kept.

    Changes of one deal are ordered by `(at, nth)`. `known`: false where a log tells that there was a change, and not
    what the values were.
    """

    id = primary_key()
    opportunity = _unchecked("Opportunity", null=False)
    field = fields.TextField()
    at = fields.DatetimeField()
    nth = fields.IntField(default=0, db_default=0)
    xid = fields.BigIntField(null=True, db_default=SqlDefault("((pg_current_xact_id())::text)::bigint"))
    known = fields.BooleanField(default=True, db_default=True)
    actor = _unchecked("User")
    partner = _unchecked("Organization")
    before = fields.TextField(null=True)
    after = fields.TextField(null=True)
    before_amount = ExactNumericField(null=True)
    before_currency = fields.CharField(max_length=3, null=True)
    after_amount = ExactNumericField(null=True)
    after_currency = fields.CharField(max_length=3, null=True)
    before_stage = _unchecked("Stage")
    after_stage = _unchecked("Stage")
    before_owner = _unchecked("User")
    after_owner = _unchecked("User")
    before_partner = _unchecked("Organization")
    after_partner = _unchecked("Organization")
    imported_from = fields.TextField(null=True, description="The system whose export told of it, if an import did.")

    class Meta:
        table = "field_change"
        indexes = (Index(fields=("opportunity_id", "at", "nth"), name="field_change_of_deal"),)
