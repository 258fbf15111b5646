"""The deals themselves and what happened to them."""

from tortoise import fields
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from app.models.columns import ExactNumericField, primary_key, reference, searchable, uuids, word
from app.vocabulary import (
    ActivityStatus,
    ConfirmedBy,
    DealType,
    ForecastCategory,
    KeptKind,
    OpportunitySource,
    OpportunityStatus,
    RegistrationStatus,
    TransitionKind,
)


class Account(Model):
    """A customer. One that a partner created belongs to that partner (`partner_id`); others are the vendor's."""

    id = primary_key()
    partner = reference("Organization", null=True)
    external_id = fields.TextField(null=True)
    name = fields.TextField()
    name_key = fields.TextField(null=True, description="Of `app.deals.names.name_key`; null only where it isn't known.")
    industry = fields.TextField(null=True)
    country = fields.TextField(null=True)
    employees = fields.IntField(null=True)
    annual_revenue = ExactNumericField(null=True)
    domain = fields.TextField(null=True)
    registration_number = fields.TextField(null=True)
    merged_ids = uuids(description="Of accounts that went into this one: requests by these ids mean it.")
    version = fields.IntField(default=1, db_default=1)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    search = searchable("name", "external_id")

    class Meta:
        table = "account"
        constraints = (UniqueConstraint(fields=("external_id",), name="account_external_id_unique"),)
        indexes = (
            Index(fields=("name", "id"), name="account_by_name"),
            Index(fields=("partner_id", "name_key"), name="account_by_partner_and_key"),
            Index(fields=("name_key", "id"), name="account_by_key"),
            GinIndex(fields=("search",), name="account_search"),
            GinIndex(fields=("merged_ids",), name="account_merged"),
        )


class Opportunity(Model):
    """A deal. `version` rises by one with every change of the deal or of anything that belongs to it.

    `external_system` says whose `external_id` it is (an import's system, `api`, or `partner:KEY`), so that two
    partners may use the same id and neither learns of the other's.

    `registration_id`: of its latest registration, whose status and end of protection it repeats, for conditions and
    lists; without a foreign key, since registrations point here.

    `forecast_category`: set by hand, by whom and when; null: its stage's, as for every closed deal
    (`app.deals.queries.forecast_category`).
    """

    id = primary_key()
    external_system = fields.TextField(default="api", db_default="api")
    external_id = fields.TextField(null=True)
    name = fields.TextField()
    version = fields.IntField(default=1, db_default=1)
    amount = ExactNumericField(null=True)
    currency = fields.CharField(max_length=3, null=True)
    expected_close_date = fields.DateField(null=True)
    status = word(OpportunityStatus, default=OpportunityStatus.OPEN)
    account = reference("Account")
    partner = reference("Organization", null=True)
    owner = reference("User", null=True)
    source = word(OpportunitySource, default=OpportunitySource.PARTNER)
    playbook = reference("Playbook")
    stage = reference("Stage")
    entered_stage_at = fields.DatetimeField()
    next_step = fields.TextField(null=True)
    notes = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    closed_at = fields.DatetimeField(null=True)
    close_reason = fields.TextField(null=True)
    close_reason_key = fields.TextField(null=True)
    deal_type = word(DealType, null=True)
    registration_id = fields.UUIDField(null=True)
    registration_status = word(RegistrationStatus, null=True)
    protected_until = fields.DatetimeField(null=True)
    forecast_category = word(ForecastCategory, null=True)
    forecast_category_at = fields.DatetimeField(null=True)
    forecast_category_by = reference("User", null=True)

    class Meta:
        table = "opportunity"
        constraints = (
            UniqueConstraint(fields=("external_system", "external_id"), name="opportunity_external_id_unique"),
            CheckConstraint(check="(amount IS NULL) = (currency IS NULL)", name="opportunity_amount_has_currency"),
            CheckConstraint(check="(status = 'OPEN') = (closed_at IS NULL)", name="opportunity_closed_when_closed"),
        )
        indexes = (
            Index(fields=("partner_id", "updated_at", "id"), name="opportunity_partner_updated"),
            Index(fields=("owner_id", "updated_at", "id"), name="opportunity_owner_updated"),
            Index(fields=("account_id", "partner_id"), name="opportunity_account_partner"),
            Index(fields=("playbook_id",), name="opportunity_playbook"),
            Index(fields=("expected_close_date", "id"), name="opportunity_close_date"),
            Index(fields=("amount", "id"), name="opportunity_amount"),
            Index(fields=("name", "id"), name="opportunity_by_name"),
            Index(fields=("stage_id", "status"), name="opportunity_stage"),
            Index(fields=("updated_at", "id"), name="opportunity_updated"),
            Index(fields=("created_at", "id"), name="opportunity_created"),
            Index(fields=("entered_stage_at", "id"), name="opportunity_entered_stage"),
            Index(fields=("closed_at", "id"), name="opportunity_closed"),
            Index(fields=("source", "id"), name="opportunity_source"),
        )


class OpportunityWords(Model):
    """What a deal is found by, folded (`search_fold`), one line each: name, customer, external id, partner, owner, the
    customer's external id, next step, notes. `code` is the external id. Written by triggers of the tables it comes
    from."""

    opportunity_id = fields.UUIDField(primary_key=True)
    partner_id = fields.UUIDField(null=True)
    owner_id = fields.UUIDField(null=True)
    code = fields.TextField(null=True)
    text = fields.TextField()

    class Meta:
        table = "opportunity_words"
        indexes = (Index(fields=("code", "partner_id"), name="opportunity_words_code"),)


class QualificationAnswer(Model):
    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    question_key = fields.TextField()
    answer = fields.TextField()
    answered_at = fields.DatetimeField()
    answered_by = reference("User", null=True)

    class Meta:
        table = "qualification_answer"
        constraints = (UniqueConstraint(fields=("opportunity_id", "question_key"), name="qualification_answer_unique"),)


class CriterionMark(Model):
    """Somebody's word on a MANUAL criterion of a deal. No row: not met.

    `wording` is the criterion's description as it was when they gave it, written by a trigger: what is asked in other
    words later isn't met by it. `confirmed_as` is the most that they could confirm then: what asks for more isn't met
    by it either (`app.deals.store.stands`).
    """

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    criterion = reference("Criterion", on_delete=fields.CASCADE)
    met = fields.BooleanField()
    marked_at = fields.DatetimeField()
    marked_by = reference("User", null=True)
    evidence = fields.TextField(null=True)
    wording = fields.TextField(null=True)
    confirmed_as = word(ConfirmedBy, default=ConfirmedBy.ANYONE_ON_DEAL, db_default=ConfirmedBy.ANYONE_ON_DEAL)

    class Meta:
        table = "criterion_mark"
        constraints = (UniqueConstraint(fields=("opportunity_id", "criterion_id"), name="criterion_mark_unique"),)


class FormerMark(Model):
    """A mark that counts no more: somebody replaced it, the deal was sent back by `transition`, or went to another
    partner. Stage and criterion are named by their keys, which they keep through all versions of the playbook."""

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    stage_key = fields.TextField()
    criterion_key = fields.TextField()
    met = fields.BooleanField()
    marked_at = fields.DatetimeField()
    marked_by = reference("User", null=True)
    evidence = fields.TextField(null=True)
    ended_at = fields.DatetimeField()
    ended_by = reference("User", null=True)
    transition = reference("StageTransition", null=True, on_delete=fields.CASCADE)

    class Meta:
        table = "former_mark"
        indexes = (Index(fields=("opportunity_id", "ended_at", "id"), name="former_mark_newest"),)


class OpportunityActivity(Model):
    """What became of an activity that a stage asks for. No row: pending. `confirmed_as` as of a mark."""

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    activity = reference("Activity", on_delete=fields.CASCADE)
    status = word(ActivityStatus)
    completed_at = fields.DatetimeField(null=True)
    completed_by = reference("User", null=True)
    note = fields.TextField(null=True)
    confirmed_as = word(ConfirmedBy, default=ConfirmedBy.ANYONE_ON_DEAL, db_default=ConfirmedBy.ANYONE_ON_DEAL)

    class Meta:
        table = "opportunity_activity"
        constraints = (UniqueConstraint(fields=("opportunity_id", "activity_id"), name="opportunity_activity_unique"),)


class Correction(Model):
    """A field of a closed deal that was put right. `field` in the API's words; `before` and `after` as the API writes
    them (an amount with its currency, a person by id)."""

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    field = fields.TextField()
    before = fields.TextField(null=True)
    after = fields.TextField(null=True)
    reason = fields.TextField()
    at = fields.DatetimeField()
    actor = reference("User", null=True)

    class Meta:
        table = "correction"
        indexes = (Index(fields=("opportunity_id", "at", "id"), name="correction_newest"),)


class StageTransition(Model):
    """One move of a deal. A deal's transitions chain: `from_stage` of one is `to_stage` of the one before.

    `seq` orders the moves of a deal that share an instant (imported histories have dates, not times). `reason_kept`:
    there was one, and it stands in `kept_text`.
    """

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    seq = fields.IntField()
    from_stage = reference("Stage", null=True)
    to_stage = reference("Stage")
    kind = word(TransitionKind)
    at = fields.DatetimeField()
    actor = reference("User", null=True)
    reason = fields.TextField(null=True)
    reason_kept = fields.BooleanField(default=False, db_default=False)
    automatic = fields.BooleanField(default=False, db_default=False)
    overridden = fields.BooleanField(default=False, db_default=False)
    seconds_in_previous_stage = fields.BigIntField(null=True)

    class Meta:
        table = "stage_transition"
        constraints = (UniqueConstraint(fields=("opportunity_id", "seq"), name="stage_transition_chain"),)
        indexes = (
            Index(fields=("from_stage_id", "at"), name="stage_transition_from"),
            Index(fields=("to_stage_id",), name="stage_transition_to"),
            Index(fields=("at",), name="stage_transition_at"),
        )


class Handover(Model):
    """A deal given by one organisation to another; without a partner, it is the vendor's own.

    The owners are those of before and after, as far as the one and the other had any.
    """

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    at = fields.DatetimeField()
    by = reference("User", null=True)
    from_partner = reference("Organization", null=True)
    to_partner = reference("Organization", null=True)
    from_owner = reference("User", null=True)
    to_owner = reference("User", null=True)

    class Meta:
        table = "handover"
        indexes = (Index(fields=("opportunity_id", "at", "id"), name="handover_of_opportunity"),)


class KeptText(Model):
    """What a partner's people wrote in a deal that has left it. `subject_id`: the row that it stood in; `key`: of the
    question that it answers; `label`: what it is about, as people call it."""

    id = primary_key()
    handover = reference("Handover", on_delete=fields.CASCADE)
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    partner = reference("Organization")
    kind = word(KeptKind)
    subject_id = fields.UUIDField(null=True)
    key = fields.TextField(null=True)
    label = fields.TextField()
    text = fields.TextField()
    author = reference("User", null=True)
    written_at = fields.DatetimeField(null=True)

    class Meta:
        table = "kept_text"
        indexes = (
            Index(fields=("handover_id", "id"), name="kept_text_of_handover"),
            Index(fields=("opportunity_id", "partner_id"), name="kept_text_of_opportunity"),
            Index(fields=("subject_id",), name="kept_text_subject"),
        )
