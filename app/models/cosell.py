"""The people and partners who take part in a deal, and how its revenue is split between them."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from app.models.columns import ExactNumericField, primary_key, reference, uuids, word
from app.vocabulary import (
    Attribution,
    DealPartnerRole,
    DeclineCode,
    InvitationStatus,
    OfferMode,
    OfferStatus,
    SplitKind,
    TeamAccess,
    TeamRole,
)


class TeamMember(Model):
    """A person who takes part in a deal beside its owner: of the deal's partner, of one that sells along, or of the
    vendor."""

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    user = reference("User", on_delete=fields.CASCADE)
    role = word(TeamRole, default=TeamRole.SALES, db_default=TeamRole.SALES)
    access = word(TeamAccess, default=TeamAccess.READ, db_default=TeamAccess.READ)
    added_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    added_by = reference("User", null=True)

    class Meta:
        table = "team_member"
        constraints = (UniqueConstraint(fields=("opportunity_id", "user_id"), name="team_member_unique"),)
        indexes = (Index(fields=("user_id",), name="team_member_by_user"),)


class DealPartner(Model):
    """A partner that was asked to take part in a deal beside the one that leads it. It does while it is ACCEPTED; rows
    that ended stay.

    `inviter`: the partner whose manager asked; null: the vendor did. `message` is what it is asked for, `industry` and
    `country` the customer's at that time: all that it is shown before it has accepted. `access`: what its managers may
    do with the deal. `former_source`: the deal's source before this partner's coming made it CO_SELL.
    """

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    partner = reference("Organization")
    role = word(DealPartnerRole, default=DealPartnerRole.OTHER, db_default=DealPartnerRole.OTHER)
    attribution = word(Attribution, default=Attribution.INFLUENCED, db_default=Attribution.INFLUENCED)
    access = word(TeamAccess, default=TeamAccess.READ, db_default=TeamAccess.READ)
    status = word(InvitationStatus, default=InvitationStatus.INVITED, db_default=InvitationStatus.INVITED)
    inviter = reference("Organization", null=True)
    invited_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    invited_by = reference("User", null=True)
    expires_at = fields.DatetimeField(null=True)
    responded_at = fields.DatetimeField(null=True)
    responded_by = reference("User", null=True)
    ended_at = fields.DatetimeField(null=True)
    decline_code = word(DeclineCode, null=True)
    reason = fields.TextField(null=True)
    message = fields.TextField(null=True)
    industry = fields.TextField(null=True)
    country = fields.TextField(null=True)
    offer_id = fields.UUIDField(null=True)
    former_source = fields.TextField(null=True)
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "deal_partner"
        indexes = (
            Index(fields=("opportunity_id", "invited_at", "id"), name="deal_partner_of_deal"),
            Index(fields=("partner_id", "status", "opportunity_id"), name="deal_partner_of_partner"),
            Index(fields=("status", "expires_at"), name="deal_partner_expiry"),
        )


class RevenueSplit(Model):
    """A share of a deal's revenue, of a partner or of a person, from `month` (its first day) until `until_month`,
    the next month for which splits of this kind were set. `percent`: above 0, at most 100."""

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    partner = reference("Organization", null=True)
    user = reference("User", null=True)
    kind = word(SplitKind)
    percent = ExactNumericField()
    month = fields.DateField()
    until_month = fields.DateField(null=True)
    set_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    set_by = reference("User", null=True)

    class Meta:
        table = "revenue_split"
        constraints = (
            UniqueConstraint(
                fields=("opportunity_id", "kind", "month", "partner_id", "user_id"), name="revenue_split_unique"
            ),
            CheckConstraint(check="percent > 0 AND percent <= 100", name="revenue_split_percent"),
        )
        indexes = (Index(fields=("partner_id",), name="revenue_split_by_partner"),)


class DealOffer(Model):
    """A deal of the vendor's own that partners are asked to take over: several at once, or one after the other.
    `waiting`: who is asked next, in this order."""

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    mode = word(OfferMode)
    status = word(OfferStatus, default=OfferStatus.OPEN, db_default=OfferStatus.OPEN)
    waiting = uuids()
    message = fields.TextField(null=True)
    days = fields.IntField(null=True)
    made_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    made_by = reference("User", null=True)

    class Meta:
        table = "deal_offer"
        indexes = (Index(fields=("opportunity_id",), name="deal_offer_of_deal"),)
