"""Roll-ups, which sum up whole deals: a partner manager reads those of the own organisation's deals, a partner seller
those of the own ones. Deals that somebody sees otherwise, sold along or by name, are in nobody's but the leading
partner's: who reads roll-ups adds them one by one."""

from app import models
from app.database.sql import Sql, all_of, sql
from app.identity.scopes import ORGANIZATION, USER, VisibilityScope
from app.nouns import policies
from app.nouns.noun import CLOSED, Noun, Rights, RowSecurity, nobody

OF_ALL, OF_AN_OWNER, OF_ALL_BY_DAY = 0, 1, 2
"""Levels."""


def leads(scope: VisibilityScope, row: Sql) -> Sql:
    """Of the deals that the viewer sees without an invitation or a team."""
    own = sql("{}.partner_id = {}", row, ORGANIZATION)
    if scope is VisibilityScope.ORGANIZATION:
        return own
    return all_of([own, sql("{}.owner_id = {}", row, USER)])


def _sees_rollup(scope: VisibilityScope, row: Sql) -> Sql:
    return all_of([sql(f"{{}}.level = {OF_AN_OWNER}", row), leads(scope, row)])


_LED = (
    f"partner_id = (SELECT {policies.ORGANIZATION})"
    f" AND ((SELECT {policies.SEES_ALL}) OR owner_id = (SELECT {policies.USER}))"
)
_ROLLUP = RowSecurity(f"level = {OF_AN_OWNER} AND {_LED}", Rights.READ)

DEAL_ROLLUP = Noun(model=models.DealRollup, seen_by=_sees_rollup, row_security=_ROLLUP)
AGE_ROLLUP = Noun(model=models.AgeRollup, seen_by=_sees_rollup, row_security=_ROLLUP)
EXPECTED_ROLLUP = Noun(model=models.ExpectedRollup, seen_by=nobody, row_security=CLOSED)
ROLLUP_CHANGE = Noun(model=models.RollupChange, seen_by=leads, row_security=RowSecurity(_LED, Rights.READ))
ROLLUP_CHECK = Noun(model=models.RollupCheck, seen_by=None, row_security=None)

NOUNS = (DEAL_ROLLUP, AGE_ROLLUP, EXPECTED_ROLLUP, ROLLUP_CHANGE, ROLLUP_CHECK)
