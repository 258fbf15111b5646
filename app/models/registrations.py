"""Registrations of deals, their policies, and what happened to them."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from app.models.columns import ExactNumericField, primary_key, reference, word, words
from app.vocabulary import DealType, ExtensionStatus, RegistrationStatus, RegistrationStepKind, RejectionCode

ALIVE = "status IN ('DRAFT', 'SUBMITTED', 'IN_REVIEW', 'CHANGES_REQUESTED', 'APPROVED')"


class RegistrationPolicy(Model):
    """Rules for registering deals on a playbook, in all its versions.

    `required_fields`, `review_again_fields`: in the API's words. `questions`: `[{key, label, prompt, required}]`.
    `calendars`: `[{region, country, subdivision, timeZone}]`, without a region for partners of all others.
    `protection_days`: `[{tier, days}]`, `benefits`: `[{tier, dealType, discountPercent, marginPoints, note}]`, both
    without a tier for all others. `review_hours`: of working days from 9 to 17.
    """

    id = primary_key()
    key = fields.TextField()
    playbook_key = fields.TextField()
    version = fields.IntField(default=1, db_default=1)
    required_fields = words()
    questions: object = fields.JSONField(default=list, db_default=[])
    minimum_amount = ExactNumericField(null=True)
    minimum_currency = fields.CharField(max_length=3, null=True)
    eligible = fields.TextField(default="true", db_default="true")
    eligible_message = fields.TextField(null=True)
    auto_approve = fields.TextField(default="false", db_default="false")
    review_hours = fields.IntField()
    calendars: object = fields.JSONField(default=list, db_default=[])
    protection_days: object = fields.JSONField(default=list, db_default=[])
    remind_days_before: object = ArrayField(element_type="integer", default=list, db_default=[])
    max_extensions = fields.IntField()
    extension_days = fields.IntField()
    max_open_per_partner = fields.IntField(null=True)
    max_resubmissions = fields.IntField(null=True)
    review_again_fields = words()
    benefits: object = fields.JSONField(default=list, db_default=[])
    progress = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())

    class Meta:
        table = "registration_policy"
        constraints = (
            UniqueConstraint(fields=("key",), name="registration_policy_key_unique"),
            UniqueConstraint(fields=("playbook_key",), name="registration_policy_playbook_unique"),
        )


class DealRegistration(Model):
    """A partner's claim on a deal: who it is with and about what, and how far its review has come.

    `owner` is the colleague whose it is among the partner's people, `submitted_by` whoever submitted it last.
    `submitted_at`: since when the customer that it names now has been registered. `review_seconds_left`: what was left
    of the time for the review when the partner was asked. `reminded`: the days before the end of protection that were
    announced. `contact_*` is personal data, as of a contact; everything that people fill in is named in
    `app.registrations.values`.
    """

    id = primary_key()
    number = fields.TextField()
    version = fields.IntField(default=1, db_default=1)
    status = word(RegistrationStatus, default=RegistrationStatus.DRAFT)
    policy = reference("RegistrationPolicy")
    partner = reference("Organization")
    owner = reference("User", null=True)
    submitted_by = reference("User", null=True)
    opportunity = reference("Opportunity", null=True, on_delete=fields.SET_NULL)
    external_id = fields.TextField(null=True)
    title = fields.TextField(null=True)
    account_name = fields.TextField(null=True)
    account_domain = fields.TextField(null=True)
    account_registration_number = fields.TextField(null=True)
    account_country = fields.TextField(null=True)
    account_city = fields.TextField(null=True)
    account_postal_code = fields.TextField(null=True)
    account_industry = fields.TextField(null=True)
    contact_name = fields.TextField(null=True)
    contact_title = fields.TextField(null=True)
    contact_email = fields.TextField(null=True)
    contact_phone = fields.TextField(null=True)
    deal_type = word(DealType, default=DealType.NET_NEW, db_default=DealType.NET_NEW)
    products = words()
    amount = ExactNumericField(null=True)
    currency = fields.CharField(max_length=3, null=True)
    expected_close_date = fields.DateField(null=True)
    need = fields.TextField(default="", db_default="")
    next_step = fields.TextField(null=True)
    answers: object = fields.JSONField(default=dict, db_default={})
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    submitted_at = fields.DatetimeField(null=True)
    submissions = fields.IntField(default=0, db_default=0)
    review_due_at = fields.DatetimeField(null=True)
    review_seconds_left = fields.IntField(null=True)
    escalated_at = fields.DatetimeField(null=True)
    reviewer = reference("User", null=True)
    decided_at = fields.DatetimeField(null=True)
    decided_by = reference("User", null=True)
    rejection_code = word(RejectionCode, null=True)
    reason = fields.TextField(null=True)
    approved_at = fields.DatetimeField(null=True)
    protected_until = fields.DatetimeField(null=True)
    reminded: object = ArrayField(element_type="integer", default=list, db_default=[])

    class Meta:
        table = "deal_registration"
        constraints = (
            UniqueConstraint(fields=("number",), name="deal_registration_number_unique"),
            UniqueConstraint(fields=("partner_id", "external_id"), name="deal_registration_external_id_unique"),
            UniqueConstraint(fields=("opportunity_id",), name="deal_registration_one_of_deal", condition=ALIVE),
            CheckConstraint(check="(amount IS NULL) = (currency IS NULL)", name="deal_registration_has_currency"),
        )
        indexes = (
            Index(fields=("partner_id", "updated_at", "id"), name="deal_registration_partner"),
            Index(fields=("policy_id", "partner_id"), name="deal_registration_policy"),
            Index(fields=("owner_id",), name="deal_registration_owner"),
            Index(fields=("opportunity_id",), name="deal_registration_opportunity"),
            Index(fields=("status", "review_due_at"), name="deal_registration_due"),
            Index(fields=("status", "protected_until"), name="deal_registration_protected"),
            Index(fields=("updated_at", "id"), name="deal_registration_updated"),
        )


class RegistrationStep(Model):
    """A step that was taken. `changed`: what it changed, in the API's words. `note` is the vendor's own, `reason` for
    both sides. `code` of a rejection or revocation."""

    id = primary_key()
    registration = reference("DealRegistration", on_delete=fields.CASCADE)
    seq = fields.IntField()
    kind = word(RegistrationStepKind)
    from_status = word(RegistrationStatus, null=True)
    to_status = word(RegistrationStatus)
    at = fields.DatetimeField()
    actor = reference("User", null=True)
    automatic = fields.BooleanField(default=False, db_default=False)
    overridden = fields.BooleanField(default=False, db_default=False)
    changed = words()
    code = word(RejectionCode, null=True)
    reason = fields.TextField(null=True)
    note = fields.TextField(null=True)

    class Meta:
        table = "registration_step"
        constraints = (UniqueConstraint(fields=("registration_id", "seq"), name="registration_step_chain"),)
        indexes = (Index(fields=("actor_id",), name="registration_step_actor"),)


class ChangeRequest(Model):
    """A field that the reviewer asked the partner to change, at its `place` among those asked for at once.
    `resolved_at`: since when it says something else."""

    id = primary_key()
    registration = reference("DealRegistration", on_delete=fields.CASCADE)
    field = fields.TextField()
    message = fields.TextField()
    place = fields.SmallIntField(default=0, db_default=0)
    requested_at = fields.DatetimeField()
    requested_by = reference("User", null=True)
    resolved_at = fields.DatetimeField(null=True)

    class Meta:
        table = "change_request"
        indexes = (Index(fields=("registration_id", "requested_at", "id"), name="change_request_of_registration"),)


class RegistrationExtension(Model):
    """A partner's request for longer protection, or one that the vendor gave unasked. One is pending at a time."""

    id = primary_key()
    registration = reference("DealRegistration", on_delete=fields.CASCADE)
    status = word(ExtensionStatus)
    requested_at = fields.DatetimeField()
    requested_by = reference("User", null=True)
    reason = fields.TextField(null=True)
    decided_at = fields.DatetimeField(null=True)
    decided_by = reference("User", null=True)
    decision = fields.TextField(null=True)
    days = fields.IntField(null=True)

    class Meta:
        table = "registration_extension"
        constraints = (
            UniqueConstraint(
                fields=("registration_id",), name="registration_extension_one_pending", condition="status = 'PENDING'"
            ),
        )
        indexes = (Index(fields=("registration_id", "requested_at", "id"), name="registration_extension_of"),)
