"""Organisations, the vendor and its partners, and their users."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key, reference, word, words
from app.vocabulary import OrganizationKind, PartnerKind, PartnerStatus, PartnerTier, Role


class Organization(Model):
    """The vendor (one row) or a channel partner; `status`, `tier`, `partner_kind`, `industries`, `region`, `regions`,
    `parent` and `external_id` describe partners.

    `channel_manager_id` is a user of the vendor; without a foreign key, since users already point here. `parent`: the
    distributor through which a reseller buys; no partner is its own ancestor (`app.members.lineage`). `regions`: where
    it may sell, empty for everywhere.
    """

    id = primary_key()
    key = fields.TextField()
    name = fields.TextField()
    kind = word(OrganizationKind)
    tier = word(PartnerTier, null=True)
    partner_kind = word(PartnerKind, null=True)
    industries = words()
    region = fields.TextField(null=True)
    regions = words()
    status = word(PartnerStatus, default=PartnerStatus.ACTIVE, db_default=PartnerStatus.ACTIVE)
    parent = reference("Organization", null=True)
    shares_new_deals = fields.BooleanField(default=False, db_default=False)
    external_id = fields.TextField(null=True)
    channel_manager_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())

    class Meta:
        table = "organization"
        constraints = (
            UniqueConstraint(fields=("key",), name="organization_key_unique"),
            UniqueConstraint(fields=("external_id",), name="organization_external_id_unique"),
        )
        indexes = (
            Index(fields=("parent_id",), name="organization_parent"),
            Index(fields=("channel_manager_id",), name="organization_channel_manager"),
        )


class User(Model):
    """A person who signs in. `subject` is the identity provider's `sub`; without one the id itself is the subject.

    `api_client`: nobody who signs in, but what stands for the API client of the same id wherever one has done
    something; never active. `language` is a BCP 47 tag, `time_zone` an IANA name; null: they haven't said. `email_key`
    is the address as `app.members.addresses` compares it: unique, and null where an import found it taken.
    `claims_at`: when the last token was issued from whose claims they have their role; `followed`: digests of the
    tokens that were followed last. `deactivated_at`: when somebody sent them away; an import's owners are inactive
    without it.
    `placed`: false while nothing has given them a role yet, whatever `role` says. `former_subject`: the digest of the
    one that was taken from them, at `former_subject_at`.
    """

    id = primary_key()
    organization = reference("Organization")
    name = fields.TextField()
    email = fields.TextField(null=True)
    email_key = fields.TextField(null=True)
    role = word(Role)
    language = fields.TextField(default="en", db_default="en")
    time_zone = fields.TextField(null=True)
    subject = fields.TextField(null=True)
    external_id = fields.TextField(null=True)
    active = fields.BooleanField(default=True, db_default=True)
    deactivated_at = fields.DatetimeField(null=True)
    claims_at = fields.DatetimeField(null=True)
    followed = words()
    placed = fields.BooleanField(default=True, db_default=True)
    former_subject = fields.TextField(null=True)
    former_subject_at = fields.DatetimeField(null=True)
    api_client = fields.BooleanField(default=False, db_default=False)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())

    class Meta:
        table = "user_account"
        constraints = (
            UniqueConstraint(fields=("subject",), name="user_account_subject_unique"),
            UniqueConstraint(fields=("external_id",), name="user_account_external_id_unique"),
            UniqueConstraint(fields=("email_key",), name="user_account_email_unique"),
        )
        indexes = (Index(fields=("organization_id",), name="user_account_organization"),)
