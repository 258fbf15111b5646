"""Predictions and the models that they come from.

A prediction is seen by the vendor and by the partner that leads the deal; whoever sells along isn't told what it rests
on. Of models a partner sees its own and, where there is one, that of all partners' deals, but of that no earlier
version: two of them would tell by their difference what came in between.
"""

from app import models
from app.database.sql import TRUE, Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns.noun import Noun, Rights, RowSecurity
from app.nouns.opportunity import sees_of_opportunity
from app.nouns.participation import by_lead
from app.nouns.playbook import sees_playbook
from app.nouns.policies import OF_A_DEAL
from app.nouns.policies import ORGANIZATION as ORGANIZATION_OF_STATEMENT
from app.vocabulary import ModelAudience, Permission


def _sees_prediction(scope: VisibilityScope, p: Sql) -> Sql:
    if scope is VisibilityScope.EVERYTHING:
        return TRUE
    return all_of([by_lead(p), sees_of_opportunity(scope, p)])


def _sees_model(scope: VisibilityScope, m: Sql) -> Sql:
    own = sql("{}.partner_id = {}", m, ORGANIZATION)
    of_all = sql(f"{{}}.audience = '{ModelAudience.PARTNERS.value}'", m)
    in_use = any_of([sql("{}.current", m), _still_predicts(m)])
    playbook = sql(
        "EXISTS (SELECT FROM playbook vp WHERE vp.key = {}.playbook_key AND {})", m, sees_playbook(scope, sql("vp"))
    )
    return all_of([any_of([own, all_of([of_all, in_use])]), playbook])


def _still_predicts(m: Sql) -> Sql:
    """A deal of the viewer's own, which is asked again soon after a training."""
    return sql("EXISTS (SELECT FROM prediction vd WHERE vd.model_id = {}.id AND vd.partner_id = {})", m, ORGANIZATION)


PREDICTION_MODEL = Noun(
    model=models.PredictionModel,
    prefix="pmd",
    subject="prediction_model",
    seen_by=_sees_model,
    row_security=RowSecurity(
        f"(partner_id = (SELECT {ORGANIZATION_OF_STATEMENT})"  # noqa: S608
        f" OR audience = '{ModelAudience.PARTNERS.value}' AND (current OR EXISTS (SELECT FROM prediction vd"
        f" WHERE vd.model_id = prediction_model.id AND vd.partner_id = (SELECT {ORGANIZATION_OF_STATEMENT}))))"
        " AND EXISTS (SELECT FROM playbook vp WHERE vp.key = prediction_model.playbook_key)",
        Rights.READ,
    ),
    permissions={
        "retrainPrediction": Permission.MANAGE_PLAYBOOKS,
        "rollBackPrediction": Permission.MANAGE_PLAYBOOKS,
    },
)

PREDICTION = Noun(
    model=models.Prediction,
    prefix="prd",
    seen_by=_sees_prediction,
    row_security=RowSecurity(f"partner_id = (SELECT {ORGANIZATION_OF_STATEMENT}) AND {OF_A_DEAL}", Rights.READ),
    seen_with_it=frozenset({"model_id", "opportunity_id"}),
    seen_with_owner=frozenset(),
)

NOUNS = (PREDICTION_MODEL, PREDICTION)
