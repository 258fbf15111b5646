"""Deals and what belongs to them.

A partner manager sees the deals of the own organisation and those that it sells along; a partner seller of those the
own ones and those whose team they are on. What belongs to a deal is seen by who sees the deal, but for what was said
on the way (former marks, corrections, reasons of moves), which is for the partner that leads it. What was written in a
deal while another partner had it is the vendor's.
"""

from collections.abc import Callable, Sequence

from app import models
from app.database.sql import Sql, all_of, any_of, sql
from app.identity.scopes import VisibilityScope
from app.nouns import policies
from app.nouns.noun import CLOSED, Noun, Rights, Rows, RowSecurity, nobody
from app.nouns.participation import (
    DEAL_POLICY,
    FUNCTIONS,
    OWN_DEAL,
    WORDS_POLICY,
    by_invitation,
    by_lead,
    takes_part,
    words_of,
)
from app.nouns.policies import OF_A_DEAL
from app.vocabulary import Permission


def sees_opportunity(scope: VisibilityScope, o: Sql) -> Sql:
    return takes_part(scope, o)


def _parts(_: VisibilityScope, o: Sql) -> Sequence[Sql]:
    return by_lead(o), by_invitation(o, sql("{}.id", o))


def _parts_of_words(_: VisibilityScope, w: Sql) -> Sequence[Sql]:
    return by_lead(w), by_invitation(w, sql("{}.opportunity_id", w))


def some_deal(scope: VisibilityScope, which: Callable[[Sql], Sql]) -> Sql:
    """Whether the viewer sees a deal of those. Each part is looked for by itself, by an index of its own."""
    deal = sql("vo")
    looked_for = all_of([which(deal), sees_opportunity(scope, deal)])
    found = [
        sql("EXISTS (SELECT FROM opportunity vo WHERE {} AND {})", part, looked_for) for part in _parts(scope, deal)
    ]
    return any_of(found)


def sees_of_opportunity(scope: VisibilityScope, row: Sql) -> Sql:
    deal = sees_opportunity(scope, sql("vo"))
    return sql("EXISTS (SELECT FROM opportunity vo WHERE vo.id = {}.opportunity_id AND {})", row, deal)


def _sees_of_own_opportunity(scope: VisibilityScope, row: Sql) -> Sql:
    """What was said on the way is for the partner that leads the deal; who sells along sees where it stands."""
    deal = sql("vo")
    return sql(
        "EXISTS (SELECT FROM opportunity vo WHERE vo.id = {}.opportunity_id AND {} AND {})",
        *(row, by_lead(deal), sees_opportunity(scope, deal)),
    )


OPPORTUNITY = Noun(
    model=models.Opportunity,
    prefix="opp",
    subject="opportunity",
    rows=Rows(of_a_deal=1),
    seen_by=sees_opportunity,
    row_security=RowSecurity(DEAL_POLICY, function=FUNCTIONS),
    parts=_parts,
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
    seen_by=words_of,
    row_security=RowSecurity(WORDS_POLICY, Rights.READ),
    parts=_parts_of_words,
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

_OF_AN_OWN_DEAL = (
    f"EXISTS (SELECT FROM opportunity vo WHERE vo.id = {{table}}.opportunity_id AND ({OWN_DEAL} OR {policies.WRITES}))"
)

FORMER_MARK = Noun(
    model=models.FormerMark,
    prefix="fmk",
    seen_by=_sees_of_own_opportunity,
    row_security=RowSecurity(_OF_AN_OWN_DEAL, Rights.APPEND),
    seen_with_it=frozenset({"transition_id"}),
)

CORRECTION = Noun(
    model=models.Correction,
    prefix="cor",
    seen_by=_sees_of_own_opportunity,
    row_security=RowSecurity(_OF_AN_OWN_DEAL, Rights.APPEND),
)

MOVES_OF_DEALS = "moves_of_deals"

# For figures over many deals. A policy is asked of each row, so that the moves of a deal would look for it one by one;
# here the policy on deals is asked once for each deal, and lets its moves through with it.
_MOVES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {MOVES_OF_DEALS}(asked uuid[])
RETURNS TABLE (opportunity_id uuid, seq integer, at timestamptz, kind text, from_stage_id uuid, to_stage_id uuid)
LANGUAGE plpgsql STABLE ROWS 2000 SECURITY DEFINER SET search_path = pg_catalog, public AS $seen$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT t.opportunity_id, t.seq, t.at, t.kind::text, t.from_stage_id, t.to_stage_id
    FROM opportunity JOIN stage_transition t ON t.opportunity_id = opportunity.id
    WHERE opportunity.id = ANY (asked) AND ({DEAL_POLICY});
END $seen$
"""  # noqa: S608

STAGE_TRANSITION = Noun(
    model=models.StageTransition,
    prefix="trn",
    rows=Rows(of_a_deal=5),
    subject="stage_transition",
    seen_by=sees_of_opportunity,
    row_security=RowSecurity(OF_A_DEAL, Rights.APPEND, function=_MOVES_FUNCTION),
    seen_with_it=frozenset({"opportunity_id", "from_stage_id", "to_stage_id"}),
    seen_with_owner=frozenset({"opportunity_id"}),
)

HANDOVER = Noun(model=models.Handover, prefix="hov", seen_by=nobody, row_security=CLOSED)
KEPT_TEXT = Noun(model=models.KeptText, prefix="kpt", seen_by=nobody, row_security=CLOSED)

NOUNS = (
    OPPORTUNITY,
    OPPORTUNITY_WORDS,
    QUALIFICATION_ANSWER,
    CRITERION_MARK,
    OPPORTUNITY_ACTIVITY,
    FORMER_MARK,
    CORRECTION,
    STAGE_TRANSITION,
    HANDOVER,
    KEPT_TEXT,
)
