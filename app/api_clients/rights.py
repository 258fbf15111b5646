"""Rights to manage the API clients of an organisation, and the lock under which they are changed."""

from uuid import UUID

import asyncpg

from app.database import Transaction
from app.database.sql import sql
from app.identity.scopes import scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.members.store import still_may
from app.outcomes import Refused, outdated, refused
from app.vocabulary import ErrorCode, Permission

_PARTNER = "SELECT 1 FROM organization WHERE id = $1 AND kind = 'PARTNER'"


async def organization_for(tx: Transaction, by: Viewer, wanted: UUID | None) -> UUID | Refused:
    """The own organisation, or the partner that an administrator of the vendor names."""
    turned_down = await still_may(tx, by, Permission.MANAGE_API_CLIENTS)
    if turned_down is not None:
        return turned_down
    if wanted is None or wanted == by.organization_id:
        return by.organization_id
    if not (by.may(Permission.ADMINISTER) and await tx.fetchrow(_PARTNER, wanted)):
        return refused(ErrorCode.NOT_FOUND, "There is no such partner.", "partnerId")
    return wanted


async def locked(
    tx: Transaction, by: Viewer, client_id: UUID, expected_version: int | None = None
) -> asyncpg.Record | Refused:
    """The client as it stands; nobody else changes it until the transaction ends."""
    turned_down = await still_may(tx, by, Permission.MANAGE_API_CLIENTS)
    if turned_down is not None:
        return turned_down
    seen = visible(scope_of(by), "api_client", "c")
    statement = sql(
        "SELECT c.* FROM api_client c WHERE c.id = {}::uuid AND c.removed_at IS NULL AND {} FOR NO KEY UPDATE",
        client_id,
        seen,
    ).statement()
    row = await tx.fetchrow(statement.text, *statement.arguments(slots_of(by)))
    if row is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such API client.", "apiClientId")
    if expected_version not in (None, row["version"]):
        return outdated(client_id, "The API client has changed meanwhile; read it again and retry.", "expectedVersion")
    return row
