"""People at customers."""

from tortoise import fields
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key, reference, searchable, word
from app.vocabulary import BuyingRole


class Contact(Model):
    """A person at a customer: personal data, which stands here and nowhere else. Whose record it is: a partner's
    (`partner_id`) or the vendor's. `email_key` is the address as `app.members.addresses` compares it."""

    id = primary_key()
    account = reference("Account", on_delete=fields.CASCADE)
    partner = reference("Organization", null=True)
    external_id = fields.TextField(null=True)
    name = fields.TextField()
    title = fields.TextField(null=True)
    email = fields.TextField(null=True)
    email_key = fields.TextField(null=True)
    phone = fields.TextField(null=True)
    language = fields.TextField(null=True)
    buying_role = word(BuyingRole, null=True)
    version = fields.IntField(default=1, db_default=1)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    search = searchable("name", "title")

    class Meta:
        table = "contact"
        constraints = (UniqueConstraint(fields=("external_id",), name="contact_external_id_unique"),)
        indexes = (
            Index(fields=("account_id", "name", "id"), name="contact_of_account"),
            Index(fields=("name", "id"), name="contact_by_name"),
            GinIndex(fields=("search",), name="contact_search"),
        )


class OpportunityContact(Model):
    """A person who takes part in a deal; `position` orders them, lowest first."""

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    contact = reference("Contact", on_delete=fields.CASCADE)
    position = fields.IntField()

    class Meta:
        table = "opportunity_contact"
        constraints = (UniqueConstraint(fields=("opportunity_id", "contact_id"), name="opportunity_contact_unique"),)
        indexes = (Index(fields=("contact_id",), name="opportunity_contact_by_contact"),)
