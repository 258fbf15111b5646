"""Playbooks and what they are made of.

Partners see playbooks from their first publication on (deals keep pointing at archived versions), unless these are
limited to other partners, and those that a deal they see is on (imported deals may stand on a draft).
"""

from app import models
from app.database.sql import Slot, Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, TIER, VisibilityScope
from app.nouns import policies
from app.nouns.noun import Noun, Rights, Rows, RowSecurity
from app.nouns.opportunity import some_deal
from app.nouns.participation import DEAL_POLICY
from app.vocabulary import Permission


def _deal_on_playbook(scope: VisibilityScope, playbook_id: Sql) -> Sql:
    return some_deal(scope, lambda vo: sql("{}.playbook_id = {}", vo, playbook_id))


def available(p: Sql, partner: Sql | Slot, tier: Sql | Slot) -> Sql:
    """Whether a playbook is for a partner of this id and tier."""
    return any_of(
        [
            sql("cardinality({}.available_to_partners) + cardinality({}.available_to_tiers) = 0", p, p),
            sql("{}::uuid = ANY ({}.available_to_partners)", partner, p),
            sql("{}::text = ANY ({}.available_to_tiers)", tier, p),
        ]
    )


def takes_deals_of(p: Sql, partner: Slot) -> Sql:
    """Whether deals of this partner, or (null) the vendor's own, may be on a playbook."""
    tier = sql("(SELECT pg.tier FROM organization pg WHERE pg.id = {})", partner)
    return any_of([sql("{}::uuid IS NULL", partner), available(p, partner, tier)])


def sees_playbook(scope: VisibilityScope, p: Sql) -> Sql:
    shown = all_of([sql("{}.published_at IS NOT NULL", p), available(p, ORGANIZATION, TIER)])
    return any_of([shown, _deal_on_playbook(scope, sql("{}.id", p))])


def _sees_of_playbook(scope: VisibilityScope, row: Sql) -> Sql:
    playbook = sees_playbook(scope, sql("vp"))
    return sql("EXISTS (SELECT FROM playbook vp WHERE vp.id = {}.playbook_id AND {})", row, playbook)


def _sees_stage(scope: VisibilityScope, s: Sql) -> Sql:
    return any_of([sql("{}.published", s), _sees_of_playbook(scope, s)])


def sees_of_stage(scope: VisibilityScope, row: Sql) -> Sql:
    return sql("EXISTS (SELECT FROM stage vst WHERE vst.id = {}.stage_id AND {})", row, _sees_stage(scope, sql("vst")))


LIMITED = "sees_limited_playbook"

# It asks for stages and deals itself, so it runs as their owner, on whom no policy is imposed: or policies would turn
# in a circle. Stages that a deal came through are seen as well, since its history is.
_LIMITED_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {LIMITED}(asked uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $seen$
BEGIN
  RETURN EXISTS (
    SELECT FROM playbook p WHERE p.id = asked AND p.published_at IS NOT NULL
      AND ({policies.ORGANIZATION} = ANY (p.available_to_partners)
      OR (SELECT g.tier FROM organization g WHERE g.id = {policies.ORGANIZATION}) = ANY (p.available_to_tiers))
  ) OR EXISTS (
    SELECT FROM opportunity WHERE playbook_id = asked AND {DEAL_POLICY}
  ) OR EXISTS (
    SELECT FROM stage s JOIN stage_transition t ON t.to_stage_id = s.id OR t.from_stage_id = s.id
    JOIN opportunity ON opportunity.id = t.opportunity_id WHERE s.playbook_id = asked AND {DEAL_POLICY}
  );
END $seen$
"""  # noqa: S608
OF_A_STAGE = RowSecurity("EXISTS (SELECT FROM stage vst WHERE vst.id = {table}.stage_id)", Rights.READ, public=True)

PLAYBOOK = Noun(
    model=models.Playbook,
    prefix="pbk",
    subject="playbook",
    rows=Rows(shared=True),
    seen_by=sees_playbook,
    # What is for everybody is told by the row itself, at the price of nothing; the rest is asked of a function. Nobody
    # archives what a deal is about to begin on, so it can be locked.
    row_security=RowSecurity(
        "(published_at IS NOT NULL"
        f" AND cardinality(available_to_partners) + cardinality(available_to_tiers) = 0) OR {LIMITED}(id)",
        Rights.READ,
        public=True,
        lockable=True,
        function=_LIMITED_FUNCTION,
    ),
    permissions={
        "createPlaybook": Permission.MANAGE_PLAYBOOKS,
        "updatePlaybook": Permission.MANAGE_PLAYBOOKS,
        "publishPlaybook": Permission.MANAGE_PLAYBOOKS,
        "archivePlaybook": Permission.MANAGE_PLAYBOOKS,
        "discardPlaybookDraft": Permission.MANAGE_PLAYBOOKS,
        "setPlaybookAvailability": Permission.MANAGE_PLAYBOOKS,
        "applyStageSuggestions": Permission.MANAGE_PLAYBOOKS,
    },
)

QUALIFICATION_QUESTION = Noun(
    model=models.QualificationQuestion,
    prefix="qst",
    seen_by=_sees_of_playbook,
    row_security=RowSecurity("EXISTS (SELECT FROM playbook vp WHERE vp.id = playbook_id)", Rights.READ, public=True),
    seen_with_owner=frozenset({"playbook_id"}),
)

STAGE = Noun(
    model=models.Stage,
    prefix="stg",
    rows=Rows(shared=True),
    seen_by=_sees_stage,
    row_security=RowSecurity(f"published OR {LIMITED}(playbook_id)", Rights.READ, public=True),
    seen_with_it=frozenset({"playbook_id"}),
    seen_with_owner=frozenset({"playbook_id"}),
)

CRITERION = Noun(
    model=models.Criterion,
    prefix="crt",
    seen_by=sees_of_stage,
    row_security=OF_A_STAGE,
    seen_with_it=frozenset({"stage_id"}),
    seen_with_owner=frozenset({"stage_id"}),
)

ACTIVITY = Noun(
    model=models.Activity,
    prefix="act",
    seen_by=sees_of_stage,
    row_security=OF_A_STAGE,
    seen_with_it=frozenset({"stage_id"}),
    seen_with_owner=frozenset({"stage_id"}),
)

NOUNS = (PLAYBOOK, QUALIFICATION_QUESTION, STAGE, CRITERION, ACTIVITY)
