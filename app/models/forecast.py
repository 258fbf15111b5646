"""Targets, what people submit, what was computed each night, and what that is computed from."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from app.models.columns import ExactNumericField, primary_key, reference, word
from app.vocabulary import PeriodKind


class SalesTarget(Model):
    """What a partner, or with an `owner` one person, is to win in a period. Without a partner it is one of the vendor's
    people, or with neither, the whole programme. `period` as `app.periods` writes it."""

    id = primary_key()
    partner = reference("Organization", null=True)
    owner = reference("User", null=True)
    period = fields.TextField()
    kind = word(PeriodKind)
    first_day = fields.DateField()
    last_day = fields.DateField()
    amount = ExactNumericField()
    currency = fields.CharField(max_length=3)
    set_at = fields.DatetimeField()
    set_by = reference("User", null=True)
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "sales_target"
        constraints = (
            UniqueConstraint(
                fields=("partner_id", "owner_id", "kind", "first_day"),
                name="sales_target_of_person",
                condition="owner_id IS NOT NULL AND partner_id IS NOT NULL",
            ),
            UniqueConstraint(
                fields=("owner_id", "kind", "first_day"),
                name="sales_target_of_vendors_person",
                condition="owner_id IS NOT NULL AND partner_id IS NULL",
            ),
            UniqueConstraint(
                fields=("partner_id", "kind", "first_day"),
                name="sales_target_of_partner",
                condition="owner_id IS NULL AND partner_id IS NOT NULL",
            ),
            UniqueConstraint(
                fields=("kind", "first_day"),
                name="sales_target_of_programme",
                condition="owner_id IS NULL AND partner_id IS NULL",
            ),
            CheckConstraint(check="amount >= 0", name="sales_target_not_negative"),
        )
        indexes = (Index(fields=("first_day", "id"), name="sales_target_by_day"),)


class ForecastSubmission(Model):
    """What somebody expects to be won in a period, as entered; never changed. `organization`: theirs. `partner` and
    `owner`: whose deals it is about, as of a target."""

    id = primary_key()
    organization = reference("Organization")
    partner = reference("Organization", null=True)
    owner = reference("User", null=True)
    period = fields.TextField()
    kind = word(PeriodKind)
    first_day = fields.DateField()
    last_day = fields.DateField()
    amount = ExactNumericField()
    currency = fields.CharField(max_length=3)
    note = fields.TextField(null=True)
    submitted_at = fields.DatetimeField()
    submitted_by = reference("User", null=True)

    class Meta:
        table = "forecast_submission"
        constraints = (CheckConstraint(check="amount >= 0", name="forecast_submission_not_negative"),)
        indexes = (
            Index(fields=("organization_id", "submitted_at", "id"), name="forecast_submission_newest"),
            Index(fields=("first_day", "submitted_at", "id"), name="forecast_submission_of_period"),
        )


class ForecastSnapshot(Model):
    """The forecasts of one organisation's people who see all of its deals, as of the end of a day: figures by period,
    as `app.forecast.snapshots` writes them. The vendor's are of all deals."""

    id = primary_key()
    organization = reference("Organization", on_delete=fields.CASCADE)
    taken_on = fields.DateField()
    taken_at = fields.DatetimeField()
    figures: object = fields.JSONField()

    class Meta:
        table = "forecast_snapshot"
        constraints = (UniqueConstraint(fields=("organization_id", "taken_on"), name="forecast_snapshot_of_day"),)


class ForecastBasis(Model):
    """What closed deals of an organisation tell of its open ones, as `app.forecast.basis` writes it; the latest."""

    id = primary_key()
    organization = reference("Organization", on_delete=fields.CASCADE)
    measured_at = fields.DatetimeField()
    found: object = fields.JSONField()

    class Meta:
        table = "forecast_basis"
        constraints = (UniqueConstraint(fields=("organization_id",), name="forecast_basis_of_organization"),)
