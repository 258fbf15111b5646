"""Playbooks, their stages, criteria, activities and qualification questions."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key, reference, translated, uuids, word, words
from app.vocabulary import (
    BuyerPhase,
    ConfirmedBy,
    CriterionCheck,
    CriterionPhase,
    ForecastCategory,
    PlaybookStatus,
    StageKind,
)
from guidance.facts import Reader


class Playbook(Model):
    """One version of a playbook. Versions share `key`; at most one of them is published, at most one a draft.
    `language` is the one it is written in; `translations`, here and below, what is said in others, see
    `app.models.translations`.

    Where `available_to_partners` or `available_to_tiers` hold anything, of partners only those named and those of the
    tiers see it and begin deals on it; see `app.identity.visibility`.
    """

    id = primary_key()
    key = fields.TextField()
    version = fields.IntField()
    name = fields.TextField()
    industry = fields.TextField(null=True)
    description = fields.TextField(default="", db_default="")
    language = fields.TextField(default="en", db_default="en")
    status = word(PlaybookStatus, default=PlaybookStatus.DRAFT)
    qualification_framework = fields.TextField(null=True)
    close_reasons: object = fields.JSONField(default=list, db_default=[])
    review_due_at = fields.DatetimeField(null=True)
    translations: object = translated()
    published_at = fields.DatetimeField(null=True)
    available_to_partners = uuids()
    available_to_tiers = words()
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())

    class Meta:
        table = "playbook"
        constraints = (
            UniqueConstraint(fields=("key", "version"), name="playbook_key_version_unique"),
            UniqueConstraint(fields=("key",), name="playbook_one_published", condition="status = 'PUBLISHED'"),
            UniqueConstraint(fields=("key",), name="playbook_one_draft", condition="status = 'DRAFT'"),
        )


class QualificationQuestion(Model):
    """A question of the playbook's qualification framework, for instance MEDDICC's economic buyer."""

    id = primary_key()
    playbook = reference("Playbook", on_delete=fields.CASCADE)
    key = fields.TextField()
    label = fields.TextField()
    prompt = fields.TextField(default="", db_default="")
    translations: object = translated()
    position = fields.IntField()

    class Meta:
        table = "qualification_question"
        constraints = (UniqueConstraint(fields=("playbook_id", "key"), name="qualification_question_key_unique"),)


class Stage(Model):
    """A step of a playbook.

    `win_probability` is 0..1. `target_days` is how long a healthy deal stays. `stall_after_days` is the measured or
    targeted age, in days, past which a deal counts as stalled (see `app.deals.stalling`); null: never.
    `own_stall_days` has what counts in its stead for the deals of single organisations, by partner id, or under the
    empty key for deals without a partner.
    `published` repeats that the playbook has been published once and is limited to nobody, so that visibility needs no
    join.
    """

    id = primary_key()
    playbook = reference("Playbook", on_delete=fields.CASCADE)
    key = fields.TextField()
    name = fields.TextField()
    aliases = words()
    definition = fields.TextField(default="", db_default="")
    position = fields.IntField()
    kind = word(StageKind)
    buyer_phase = word(BuyerPhase, null=True)
    win_probability = fields.FloatField()
    forecast_category = word(ForecastCategory)
    target_days = fields.IntField(null=True)
    stall_after_days = fields.FloatField(null=True)
    own_stall_days: object = fields.JSONField(null=True)
    auto_advance = fields.BooleanField(default=False, db_default=False)
    published = fields.BooleanField(default=False, db_default=False)
    translations: object = translated()

    class Meta:
        table = "stage"
        constraints = (
            UniqueConstraint(fields=("playbook_id", "key"), name="stage_key_unique"),
            CheckConstraint(check="win_probability >= 0 AND win_probability <= 1", name="stage_win_probability_range"),
        )
        indexes = (Index(fields=("playbook_id", "position"), name="stage_order"),)


class Criterion(Model):
    """What must hold to enter or to leave a stage. `expression` is CEL over the deal and present iff it decides.
    `reader`: whose word meets it. `customer_wording`: what to say to the customer for it. `confirmed_by`: who may mark
    it. `locks`: fields of the deal that others may not change while it is confirmed, in the API's words."""

    id = primary_key()
    stage = reference("Stage", on_delete=fields.CASCADE)
    phase = word(CriterionPhase)
    key = fields.TextField()
    description = fields.TextField()
    required = fields.BooleanField(default=True, db_default=True)
    check_kind = word(CriterionCheck, default=CriterionCheck.MANUAL)
    expression = fields.TextField(null=True)
    confirmed_by = word(ConfirmedBy, default=ConfirmedBy.ANYONE_ON_DEAL, db_default=ConfirmedBy.ANYONE_ON_DEAL)
    locks = words()
    reader = word(Reader, default=Reader.PARTNER, db_default=Reader.PARTNER)
    customer_wording = fields.TextField(null=True)
    translations: object = translated()
    position = fields.IntField()

    class Meta:
        table = "criterion"
        constraints = (
            UniqueConstraint(fields=("stage_id", "key"), name="criterion_key_unique"),
            CheckConstraint(
                check="(check_kind = 'EXPRESSION') = (expression IS NOT NULL)",
                name="criterion_expression_present",
            ),
        )


class Activity(Model):
    """A next step that a stage asks for. `effort_minutes` is a typical effort. `reader`: whom it addresses.
    `customer_wording`: what to say to the customer for it. `confirmed_by`: who may complete it. `serves`: keys of
    the stage's exit criteria that it is done for."""

    id = primary_key()
    stage = reference("Stage", on_delete=fields.CASCADE)
    key = fields.TextField()
    name = fields.TextField()
    description = fields.TextField(default="", db_default="")
    required = fields.BooleanField(default=False, db_default=False)
    effort_minutes = fields.IntField(null=True)
    confirmed_by = word(ConfirmedBy, default=ConfirmedBy.ANYONE_ON_DEAL, db_default=ConfirmedBy.ANYONE_ON_DEAL)
    reader = word(Reader, default=Reader.PARTNER, db_default=Reader.PARTNER)
    serves = words()
    customer_wording = fields.TextField(null=True)
    translations: object = translated()
    position = fields.IntField()

    class Meta:
        table = "activity"
        constraints = (UniqueConstraint(fields=("stage_id", "key"), name="activity_key_unique"),)
