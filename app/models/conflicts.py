"""Companies as they are searched for, and what was decided about conflicts of registrations."""

from tortoise import fields
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key, reference, word, words
from app.vocabulary import ConflictDecision


class CompanyKey(Model):
    """The search terms (`app.company_names.search`) of a customer, or of the one that a registration names. Triggers
    make the row, and call it stale when what it was made of changes; `app.registrations.conflicts.keys` renews it."""

    id = primary_key()
    account = reference("Account", null=True, on_delete=fields.CASCADE)
    registration = reference("DealRegistration", null=True, on_delete=fields.CASCADE)
    stale = fields.BooleanField(default=True, db_default=True)
    version = fields.IntField(default=0, db_default=0, description="Of `app.company_names`, which made the terms.")
    core = fields.TextField(default="", db_default="")
    terms = words()
    domain = fields.TextField(null=True)
    digits = fields.TextField(null=True)

    class Meta:
        table = "company_key"
        constraints = (
            UniqueConstraint(fields=("account_id",), name="company_key_of_account"),
            UniqueConstraint(fields=("registration_id",), name="company_key_of_registration"),
            CheckConstraint(check="num_nonnulls(account_id, registration_id) = 1", name="company_key_of_one"),
        )
        indexes = (
            GinIndex(fields=("terms",), name="company_key_terms"),
            Index(fields=("domain",), name="company_key_domain"),
            Index(fields=("digits",), name="company_key_digits"),
        )


class DecidedConflict(Model):
    """The vendor's word on a conflict of `registration` with another registration or a deal. `about` is a digest of
    who the two customers were then: of others, nothing has been decided."""

    id = primary_key()
    registration = reference("DealRegistration", on_delete=fields.CASCADE)
    other_registration = reference("DealRegistration", null=True, on_delete=fields.CASCADE)
    opportunity = reference("Opportunity", null=True, on_delete=fields.CASCADE)
    decision = word(ConflictDecision)
    about = fields.TextField()
    note = fields.TextField(null=True)
    decided_at = fields.DatetimeField()
    decided_by = reference("User", null=True)

    class Meta:
        table = "decided_conflict"
        constraints = (
            UniqueConstraint(fields=("registration_id", "other_registration_id"), name="decided_conflict_of_two"),
            UniqueConstraint(fields=("registration_id", "opportunity_id"), name="decided_conflict_with_deal"),
            CheckConstraint(
                check="num_nonnulls(other_registration_id, opportunity_id) = 1", name="decided_conflict_with_one"
            ),
        )
        indexes = (
            Index(fields=("other_registration_id",), name="decided_conflict_other"),
            Index(fields=("opportunity_id",), name="decided_conflict_deal"),
        )
