"""The vendor, its partners and their people: partners see their own organisation, the vendor, their distributor and
their resellers; of people, those of their own organisation and of the vendor."""

from app import models
from app.database.sql import Sql, any_of, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns import policies
from app.nouns.noun import Noun, OwnColumns, Rights, Rows, RowSecurity
from app.vocabulary import Permission


def _sees_organization(_: VisibilityScope, g: Sql) -> Sql:
    above = sql("(SELECT vg.parent_id FROM organization vg WHERE vg.id = {})", ORGANIZATION)
    return any_of(
        [
            sql("{}.id = {}", g, ORGANIZATION),
            sql("{}.kind = 'VENDOR'", g),
            sql("{}.parent_id = {}", g, ORGANIZATION),
            sql("{}.id = {}", g, above),
        ]
    )


def _sees_user(_: VisibilityScope, u: Sql) -> Sql:
    of_the_vendor = sql(
        "EXISTS (SELECT FROM organization vg WHERE vg.id = {}.organization_id AND vg.kind = 'VENDOR')", u
    )
    return any_of([sql("{}.organization_id = {}", u, ORGANIZATION), of_the_vendor])


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
        f" OR parent_id = {policies.ORGANIZATION} OR id = (SELECT {_PARENT}())",
        Rights.READ,
        function=_PARENT_FUNCTION,
    ),
    permissions={"upsertPartner": Permission.MANAGE_PARTNERS},
)

USER = Noun(
    model=models.User,
    prefix="usr",
    rows=Rows(),
    seen_by=_sees_user,
    row_security=RowSecurity(
        f"organization_id = {policies.ORGANIZATION} OR EXISTS"
        " (SELECT FROM organization vg WHERE vg.id = organization_id AND vg.kind = 'VENDOR')",
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
