"""Participants of a deal, and their shares of it.

The team is seen by who sees the deal. An invitation is seen by the managers of the partner that was asked and of the
one that asked; that a partner takes part, by all who see the deal. A share is seen by the partner whose it is. All of
it is written by the product itself (`app.cosell`), past row-level security.
"""

from app import models
from app.database.sql import Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns import policies
from app.nouns.noun import CLOSED, Noun, Rights, Rows, RowSecurity, nobody
from app.nouns.opportunity import sees_of_opportunity
from app.nouns.participation import SEES_DEAL
from app.vocabulary import Permission


def sees_partner(scope: VisibilityScope, p: Sql) -> Sql:
    on_it = all_of([sql("{}.status = 'ACCEPTED'", p), sees_of_opportunity(scope, p)])
    if scope is not VisibilityScope.ORGANIZATION:
        return on_it
    return any_of([sql("{}.partner_id = {}", p, ORGANIZATION), sql("{}.inviter_id = {}", p, ORGANIZATION), on_it])


def _sees_split(scope: VisibilityScope, s: Sql) -> Sql:
    return all_of([sql("{}.partner_id = {}", s, ORGANIZATION), sees_of_opportunity(scope, s)])


TEAM_MEMBER = Noun(
    model=models.TeamMember,
    seen_by=sees_of_opportunity,
    # Asking for the deal would turn in a circle: the policy on deals asks for the team.
    row_security=RowSecurity(f"user_id = {policies.USER} OR {SEES_DEAL}(opportunity_id)", Rights.READ),
    permissions=dict.fromkeys(("addTeamMember", "removeTeamMember"), Permission.SHARE_OPPORTUNITY),
)

DEAL_PARTNER = Noun(
    model=models.DealPartner,
    prefix="dpt",
    subject="deal_partner",
    seen_by=sees_partner,
    row_security=RowSecurity(
        f"(({policies.SEES_ALL}) AND (partner_id = {policies.ORGANIZATION} OR inviter_id = {policies.ORGANIZATION}))"
        f" OR (status = 'ACCEPTED' AND {SEES_DEAL}(opportunity_id))",
        Rights.READ,
    ),
    rows=Rows(of_a_deal=1),
    seen_with_it=frozenset({"partner_id"}),
    permissions=dict.fromkeys(
        ("invitePartner", "respondToInvitation", "removeDealPartner", "shareWithDistributor"),
        Permission.SHARE_OPPORTUNITY,
    ),
)

REVENUE_SPLIT = Noun(
    model=models.RevenueSplit,
    seen_by=_sees_split,
    row_security=RowSecurity(
        f"partner_id = {policies.ORGANIZATION} AND {SEES_DEAL}(opportunity_id)",
        Rights.READ,
    ),
    permissions={"setSplits": Permission.ASSIGN_PARTNER},
)

DEAL_OFFER = Noun(
    model=models.DealOffer,
    seen_by=nobody,
    row_security=CLOSED,
    permissions={"offerOpportunity": Permission.ASSIGN_PARTNER},
)

NOUNS = (TEAM_MEMBER, DEAL_PARTNER, REVENUE_SPLIT, DEAL_OFFER)
