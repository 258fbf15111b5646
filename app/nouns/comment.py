"""Comments: for everyone on the deal or the registration, or for the author's own organisation alone, be it a partner
or the vendor. What was said while another partner had the deal is that one's and the vendor's."""

from app import models
from app.database.sql import Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns import policies
from app.nouns.noun import Noun, Rows, RowSecurity
from app.nouns.opportunity import sees_of_opportunity
from app.nouns.policies import OF_A_DEAL
from app.nouns.registration import OF_A_REGISTRATION, sees_of_registration
from app.vocabulary import Permission


def _is_addressed(c: Sql) -> Sql:
    """To the viewer's organisation, be it the vendor."""
    return sql("({}.audience = 'EVERYONE_ON_IT' OR {}.organization_id = {})", c, c, ORGANIZATION)


def sees_comment(scope: VisibilityScope, c: Sql) -> Sql:
    own_time = any_of([sql("{}.partner_id IS NULL", c), sql("{}.partner_id = {}", c, ORGANIZATION)])
    place = any_of([sees_of_opportunity(scope, c), sees_of_registration(scope, c)])
    return all_of([_is_addressed(c), own_time, place])


COMMENT = Noun(
    model=models.Comment,
    prefix="com",
    subject="comment",
    rows=Rows(of_a_deal=5),
    seen_by=sees_comment,
    seen_by_vendor=_is_addressed,
    row_security=RowSecurity(
        f"(audience = 'EVERYONE_ON_IT' OR organization_id = (SELECT {policies.ORGANIZATION}))"
        f" AND (partner_id IS NULL OR partner_id = (SELECT {policies.ORGANIZATION}))"
        f" AND ({OF_A_DEAL} OR {OF_A_REGISTRATION})"
    ),
    seen_with_it=frozenset({"opportunity_id", "registration_id"}),
    permissions=dict.fromkeys(("addComment", "editComment", "removeComment"), Permission.EDIT_OPPORTUNITY),
)

NOUNS = (COMMENT,)
