"""Targets, submissions, and the forecasts of the past.

A partner's manager sees the targets and submissions of the own organisation; a seller the own ones. What the vendor's
people submit about a partner is for the vendor alone.
"""

from app import models
from app.database.sql import FALSE, Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, USER, VisibilityScope
from app.nouns import policies
from app.nouns.noun import Noun, Rights, Rows, RowSecurity
from app.vocabulary import Permission


def _sees_target(scope: VisibilityScope, t: Sql) -> Sql:
    own = sql("{}.partner_id = {}", t, ORGANIZATION)
    if scope is VisibilityScope.ORGANIZATION:
        return own
    return all_of([own, sql("{}.owner_id = {}", t, USER)])


def _sees_submission(scope: VisibilityScope, s: Sql) -> Sql:
    own = sql("{}.organization_id = {}", s, ORGANIZATION)
    if scope is VisibilityScope.ORGANIZATION:
        return own
    return all_of([own, any_of([sql("{}.submitted_by_id = {}", s, USER), sql("{}.owner_id = {}", s, USER)])])


def _managers(scope: VisibilityScope, row: Sql) -> Sql:
    return FALSE if scope is VisibilityScope.OWN_AND_SHARED else sql("{}.organization_id = {}", row, ORGANIZATION)


_OF_MANAGERS = f"organization_id = (SELECT {policies.ORGANIZATION}) AND (SELECT {policies.SEES_ALL})"

SALES_TARGET = Noun(
    model=models.SalesTarget,
    prefix="tgt",
    rows=Rows(),
    seen_by=_sees_target,
    row_security=RowSecurity(
        f"partner_id = (SELECT {policies.ORGANIZATION})"
        f" AND ((SELECT {policies.SEES_ALL}) OR owner_id = (SELECT {policies.USER}))"
    ),
    seen_with_it=frozenset({"partner_id"}),
    permissions={"upsertTarget": Permission.SET_TARGETS, "removeTarget": Permission.SET_TARGETS},
)

FORECAST_SUBMISSION = Noun(
    model=models.ForecastSubmission,
    prefix="fsb",
    rows=Rows(),
    seen_by=_sees_submission,
    row_security=RowSecurity(
        f"organization_id = (SELECT {policies.ORGANIZATION}) AND ((SELECT {policies.SEES_ALL})"
        f" OR submitted_by_id = (SELECT {policies.USER}) OR owner_id = (SELECT {policies.USER}))",
        Rights.APPEND,
    ),
    seen_with_it=frozenset({"organization_id"}),
    permissions={"submitForecast": Permission.SUBMIT_FORECASTS},
)

NOUNS = (
    SALES_TARGET,
    FORECAST_SUBMISSION,
    Noun(
        model=models.ForecastSnapshot,
        seen_by=_managers,
        row_security=RowSecurity(_OF_MANAGERS, Rights.READ),
    ),
    Noun(
        model=models.ForecastBasis,
        seen_by=_managers,
        row_security=RowSecurity(_OF_MANAGERS, Rights.READ),
    ),
)
