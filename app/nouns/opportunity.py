"""Deals and what belongs to them.

A partner manager sees the deals of the own organisation; a partner seller of those the own and the shared ones. What
belongs to a deal is seen by who sees the deal. What was written in a deal while another partner had it is the vendor's.
"""

from app import models
from app.database.sql import Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, USER, VisibilityScope
from app.nouns import policies
from app.nouns.noun import CLOSED, Noun, Rights, Rows, RowSecurity, nobody
from app.nouns.policies import OF_A_DEAL
from app.vocabulary import Permission


def sees_opportunity(scope: VisibilityScope, o: Sql) -> Sql:
    own_organization = sql("{}.partner_id = {}", o, ORGANIZATION)
    if scope is VisibilityScope.ORGANIZATION:
        return own_organization
    shared = sql(
        "EXISTS (SELECT FROM opportunity_share vs WHERE vs.opportunity_id = {}.id AND vs.user_id = {})", o, USER
    )
    return all_of([own_organization, any_of([sql("{}.owner_id = {}", o, USER), shared])])


def _sees_words(scope: VisibilityScope, w: Sql) -> Sql:
    """As of the deal; of many rows in turn, so what is shared is looked up once for all."""
    own_organization = sql("{}.partner_id = {}", w, ORGANIZATION)
    if scope is VisibilityScope.ORGANIZATION:
        return own_organization
    shared = sql(
        "{}.opportunity_id IN (SELECT vs.opportunity_id FROM opportunity_share vs WHERE vs.user_id = {})", w, USER
    )
    return all_of([own_organization, any_of([sql("{}.owner_id = {}", w, USER), shared])])


def sees_of_opportunity(scope: VisibilityScope, row: Sql) -> Sql:
    deal = sees_opportunity(scope, sql("vo"))
    return sql("EXISTS (SELECT FROM opportunity vo WHERE vo.id = {}.opportunity_id AND {})", row, deal)


OPPORTUNITY = Noun(
    model=models.Opportunity,
    prefix="opp",
    subject="opportunity",
    rows=Rows(of_a_deal=1),
    seen_by=sees_opportunity,
    row_security=RowSecurity(
        # In a subquery, a value is read once for all rows, and PostgreSQL plans for some partner. It would look it up
        # by itself, before a statement has set it, find null, and plan for no row at all.
        f"partner_id = (SELECT {policies.ORGANIZATION}) AND ((SELECT {policies.SEES_ALL}) OR owner_id = {policies.USER}"  # noqa: S608
        " OR EXISTS (SELECT FROM opportunity_share vs"
        f" WHERE vs.opportunity_id = opportunity.id AND vs.user_id = {policies.USER}))"
    ),
    seen_with_it=frozenset({"account_id", "partner_id", "playbook_id", "stage_id"}),
    permissions={
        "createOpportunity": Permission.CREATE_OPPORTUNITY,
        "updateOpportunity": Permission.EDIT_OPPORTUNITY,
        "updateOpportunities": Permission.EDIT_OPPORTUNITY,
        "advanceStage": Permission.ADVANCE,
        "movePlaybook": Permission.OVERRIDE,
    },
)

OPPORTUNITY_WORDS = Noun(
    model=models.OpportunityWords,
    seen_by=_sees_words,
    # As of the deal; a search reads many rows, so the user is read and what is shared is looked up once for all.
    row_security=RowSecurity(
        f"partner_id = (SELECT {policies.ORGANIZATION}) AND ((SELECT {policies.SEES_ALL})"  # noqa: S608
        f" OR owner_id = (SELECT {policies.USER}) OR opportunity_id IN"
        f" (SELECT vs.opportunity_id FROM opportunity_share vs WHERE vs.user_id = (SELECT {policies.USER})))",
        Rights.READ,
    ),
)

OPPORTUNITY_SHARE = Noun(
    model=models.OpportunityShare,
    seen_by=sees_of_opportunity,
    # Asking for the deal would turn in a circle: the policy on deals asks for shares.
    row_security=RowSecurity(f"user_id = {policies.USER}"),
)

QUALIFICATION_ANSWER = Noun(
    model=models.QualificationAnswer, seen_by=sees_of_opportunity, row_security=RowSecurity(OF_A_DEAL)
)
CRITERION_MARK = Noun(
    model=models.CriterionMark,
    seen_by=sees_of_opportunity,
    row_security=RowSecurity(OF_A_DEAL),
    permissions={"markCriterion": Permission.EDIT_OPPORTUNITY},
)
OPPORTUNITY_ACTIVITY = Noun(
    model=models.OpportunityActivity,
    seen_by=sees_of_opportunity,
    row_security=RowSecurity(OF_A_DEAL),
    permissions={"completeActivity": Permission.EDIT_OPPORTUNITY},
)

FORMER_MARK = Noun(
    model=models.FormerMark,
    prefix="fmk",
    seen_by=sees_of_opportunity,
    row_security=RowSecurity(OF_A_DEAL, Rights.APPEND),
    seen_with_it=frozenset({"transition_id"}),
    seen_with_owner=frozenset({"opportunity_id"}),
)

CORRECTION = Noun(
    model=models.Correction,
    prefix="cor",
    seen_by=sees_of_opportunity,
    row_security=RowSecurity(OF_A_DEAL, Rights.APPEND),
    seen_with_owner=frozenset({"opportunity_id"}),
)

STAGE_TRANSITION = Noun(
    model=models.StageTransition,
    prefix="trn",
    rows=Rows(of_a_deal=5),
    subject="stage_transition",
    seen_by=sees_of_opportunity,
    row_security=RowSecurity(OF_A_DEAL, Rights.APPEND),
    seen_with_it=frozenset({"opportunity_id", "from_stage_id", "to_stage_id"}),
    seen_with_owner=frozenset({"opportunity_id"}),
)

HANDOVER = Noun(model=models.Handover, prefix="hov", seen_by=nobody, row_security=CLOSED)
KEPT_TEXT = Noun(model=models.KeptText, prefix="kpt", seen_by=nobody, row_security=CLOSED)

NOUNS = (
    OPPORTUNITY,
    OPPORTUNITY_WORDS,
    OPPORTUNITY_SHARE,
    QUALIFICATION_ANSWER,
    CRITERION_MARK,
    OPPORTUNITY_ACTIVITY,
    FORMER_MARK,
    CORRECTION,
    STAGE_TRANSITION,
    HANDOVER,
    KEPT_TEXT,
)
