"""Models that predict what becomes of deals, and what the current one says of each open deal."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key, reference, word, words
from app.vocabulary import ModelAudience, PredictionBasis, PredictionTrend


class PredictionModel(Model):
    """A model of the deals on a playbook, of all its versions. One training makes one of each `of_whom`: `VENDOR` from
    all deals, `PARTNERS` from partners' deals where the rule for figures over several partners allows it, else one for
    each partner from its own deals (`of_whom` is its id then, as text).

    `version` counts the trainings of a playbook. `content`: the model itself, as `app.prediction.model` reads it.
    `backtest` and `calibration`: as `app.prediction.backtest` makes them. `current`: it is the one that predicts.
    `held`: somebody went back to it, so that the nightly training leaves it alone.
    """

    id = primary_key()
    playbook_key = fields.TextField()
    version = fields.IntField()
    audience = word(ModelAudience)
    partner = reference("Organization", null=True, on_delete=fields.CASCADE)
    of_whom = fields.TextField()
    basis = word(PredictionBasis)
    trained_at = fields.DatetimeField()
    deals = fields.IntField()
    wins = fields.IntField()
    content: object = fields.JSONField()
    backtest: object = fields.JSONField(default=list, db_default=[])
    calibration: object = fields.JSONField(default=list, db_default=[])
    warnings = words()
    missing = words()
    better_than_baseline = fields.BooleanField(default=False, db_default=False)
    current = fields.BooleanField(default=False, db_default=False)
    held = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "prediction_model"
        constraints = (
            UniqueConstraint(fields=("playbook_key", "of_whom", "version"), name="prediction_model_version"),
            UniqueConstraint(fields=("playbook_key", "of_whom"), name="prediction_model_current", condition="current"),
        )


class Prediction(Model):
    """What the model says of an open deal; its id is the deal's. Triggers remove it when the deal closes, and when it
    goes to another partner or playbook.

    Probabilities are 0..1. `base_rate`: the share won of all deals of the model. `reasons`: `[feature, value, points]`,
    the points in tenths of a percentage point, which sum to the difference between the two. `partner_id` and
    `opportunity_version`: the deal's, as it was asked about. `usual`: the share won of all deals that come to its
    stage. `best_change`: `[lever, probability]`, the change by its seller that would raise it most, and to how much.
    """

    id = fields.UUIDField(primary_key=True)
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    partner_id = fields.UUIDField(null=True)
    model = reference("PredictionModel", on_delete=fields.CASCADE)
    basis = word(PredictionBasis)
    win_probability = fields.FloatField()
    low = fields.FloatField()
    high = fields.FloatField()
    base_rate = fields.FloatField()
    reasons: object = fields.JSONField(default=list, db_default=[])
    expected_close_date = fields.DateField(null=True)
    earliest_close_date = fields.DateField(null=True)
    latest_close_date = fields.DateField(null=True)
    as_of = fields.DatetimeField()
    previous = fields.FloatField(null=True)
    trend = word(PredictionTrend)
    opportunity_version = fields.IntField()
    usual = fields.FloatField(null=True)
    best_change: object = fields.JSONField(null=True)

    class Meta:
        table = "prediction"
        constraints = (UniqueConstraint(fields=("opportunity_id",), name="prediction_of_opportunity"),)
        indexes = (
            Index(fields=("as_of",), name="prediction_as_of"),
            Index(fields=("model_id",), name="prediction_of_model"),
        )
