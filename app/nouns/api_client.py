"""API clients: seen by the managers of their organisation, and by the vendor's people."""

from app import models
from app.database.sql import FALSE, Sql, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns import policies
from app.nouns.noun import Noun, Rows, RowSecurity
from app.vocabulary import Permission


def _sees_client(scope: VisibilityScope, c: Sql) -> Sql:
    return FALSE if scope is VisibilityScope.OWN_AND_SHARED else sql("{}.organization_id = {}", c, ORGANIZATION)


API_CLIENT = Noun(
    model=models.ApiClient,
    prefix="cli",
    rows=Rows(),
    seen_by=_sees_client,
    row_security=RowSecurity(f"organization_id = {policies.ORGANIZATION} AND {policies.SEES_ALL}"),
    permissions=dict.fromkeys(
        ("upsertApiClient", "rotateApiClientSecret", "removeApiClient"), Permission.MANAGE_API_CLIENTS
    ),
)

NOUNS = (API_CLIENT,)
