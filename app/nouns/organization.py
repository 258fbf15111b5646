"""The vendor, its partners and their people: partners see their own organisation, the vendor, their distributor, their
resellers, and partners with which they sell a deal together; of people, those of their own organisation and of the
vendor, but for those whom nothing has given a role yet."""

from collections.abc import Sequence

from app import models
from app.database.sql import Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns import policies
from app.nouns.noun import Noun, OwnColumns, Rights, Rows, RowSecurity
from app.nouns.opportunity import sees_of_opportunity, sees_opportunity
from app.nouns.participation import SELLS_WITH, SELLS_WITH_FUNCTION
from app.vocabulary import Permission


def _sees_organization(scope: VisibilityScope, g: Sql) -> Sql:
    above = sql("(SELECT vg.parent_id FROM organization vg WHERE vg.id = {})", ORGANIZATION)
    return any_of(
        [
            sql("{}.id = {}", g, ORGANIZATION),
            sql("{}.kind = 'VENDOR'", g),
            sql("{}.parent_id = {}", g, ORGANIZATION),
            sql("{}.id = {}", g, above),
            *_sells_with(scope, g),
        ]
    )


def _sells_with(scope: VisibilityScope, g: Sql) -> Sequence[Sql]:
    """Partners that lead, or sell along, a deal that the viewer sees; for managers, those that they have asked to."""
    along = sql(
        "EXISTS (SELECT FROM deal_partner vp WHERE vp.partner_id = {}.id AND vp.status = 'ACCEPTED' AND {})",
        *(g, sees_of_opportunity(scope, sql("vp"))),
    )
    leads = sql(
        "EXISTS (SELECT FROM deal_partner vq JOIN opportunity vl ON vl.id = vq.opportunity_id WHERE vq.partner_id = {}"
        " AND vq.status = 'ACCEPTED' AND vl.partner_id = {}.id AND {})",
        *(ORGANIZATION, g, sees_opportunity(scope, sql("vl"))),
    )
    if scope is not VisibilityScope.ORGANIZATION:
        return along, leads
    asked = "EXISTS (SELECT FROM deal_partner vi WHERE vi.partner_id = {}.id AND vi.inviter_id = {})"
    return along, leads, sql(asked, g, ORGANIZATION)


def _sees_user(_: VisibilityScope, u: Sql) -> Sql:
    of_the_vendor = sql(
        "EXISTS (SELECT FROM organization vg WHERE vg.id = {}.organization_id AND vg.kind = 'VENDOR')", u
    )
    return all_of([sql("{}.placed", u), any_of([sql("{}.organization_id = {}", u, ORGANIZATION), of_the_vendor])])


_PARENT = "parent_of_viewer"
# It asks for organizations itself, so it runs as their owner, on whom no policy is imposed: or the policy would turn in
# a circle.
_PARENT_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {_PARENT}() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $seen$
  SELECT g.parent_id FROM organization g WHERE g.id = {policies.ORGANIZATION}
$seen$
"""  # noqa: S608

ORGANIZATION_NOUN = Noun(
    model=models.Organization,
    prefix="org",
    rows=Rows(),
    seen_by=_sees_organization,
    row_security=RowSecurity(
        f"id = {policies.ORGANIZATION} OR (kind = 'VENDOR' AND {policies.ORGANIZATION} IS NOT NULL)"
        f" OR parent_id = {policies.ORGANIZATION} OR id = (SELECT {_PARENT}())"
        f" OR {SELLS_WITH}(organization.id)",
        Rights.READ,
        function=f"{_PARENT_FUNCTION};\n{SELLS_WITH_FUNCTION}",
    ),
    permissions={"upsertPartner": Permission.MANAGE_PARTNERS},
)

USER = Noun(
    model=models.User,
    prefix="usr",
    rows=Rows(),
    seen_by=_sees_user,
    row_security=RowSecurity(
        f"placed AND (organization_id = {policies.ORGANIZATION} OR EXISTS"
        " (SELECT FROM organization vg WHERE vg.id = organization_id AND vg.kind = 'VENDOR'))",
        Rights.READ,
        own_columns=OwnColumns("language, time_zone", f"id = {policies.USER}"),
    ),
    permissions={
        "upsertUser": Permission.MANAGE_USERS,
        "deactivateUser": Permission.MANAGE_USERS,
        "updateViewer": Permission.READ,
    },
)

NOUNS = (ORGANIZATION_NOUN, USER)
