"""The vendor, its partners and their people: partners see their own organisation and the vendor, and the people of
both."""

from app import models
from app.database.sql import Sql, any_of, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns import policies
from app.nouns.noun import Noun, OwnColumns, Rights, Rows, RowSecurity
from app.vocabulary import Permission


def _sees_organization(_: VisibilityScope, g: Sql) -> Sql:
    return any_of([sql("{}.id = {}", g, ORGANIZATION), sql("{}.kind = 'VENDOR'", g)])


def _sees_user(_: VisibilityScope, u: Sql) -> Sql:
    of_the_vendor = sql(
        "EXISTS (SELECT FROM organization vg WHERE vg.id = {}.organization_id AND vg.kind = 'VENDOR')", u
    )
    return any_of([sql("{}.organization_id = {}", u, ORGANIZATION), of_the_vendor])


ORGANIZATION_NOUN = Noun(
    model=models.Organization,
    prefix="org",
    rows=Rows(),
    seen_by=_sees_organization,
    row_security=RowSecurity(
        f"id = {policies.ORGANIZATION} OR (kind = 'VENDOR' AND {policies.ORGANIZATION} IS NOT NULL)", Rights.READ
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
