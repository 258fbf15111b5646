"""Rights to manage the webhook endpoints of one's own organisation, and the lock under which they are changed."""

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

CHANGED = "The endpoint has changed meanwhile; read it again and retry."
DISABLED = "The endpoint is disabled: enable it first, by `upsertWebhookEndpoint`."


async def locked(
    tx: Transaction, by: Viewer, endpoint_id: UUID, expected_version: int | None = None
) -> asyncpg.Record | Refused:
    """The endpoint as it stands; nobody else changes it until the transaction ends."""
    turned_down = await still_may(tx, by, Permission.MANAGE_WEBHOOKS)
    if turned_down is not None:
        return turned_down
    seen = visible(scope_of(by), "webhook_endpoint", "e")
    statement = sql(
        "SELECT e.* FROM webhook_endpoint e WHERE e.id = {}::uuid AND e.removed_at IS NULL AND {}"
        " FOR NO KEY UPDATE OF e",
        endpoint_id,
        seen,
    ).statement()
    row = await tx.fetchrow(statement.text, *statement.arguments(slots_of(by)))
    if row is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such endpoint.", "endpointId")
    if expected_version not in (None, row["version"]):
        return outdated(endpoint_id, CHANGED, "expectedVersion")
    return row


async def enabled(tx: Transaction, by: Viewer, endpoint_id: UUID) -> asyncpg.Record | Refused:
    """As `locked`, where something can be sent to it."""
    row = await locked(tx, by, endpoint_id)
    if not isinstance(row, Refused) and not row["enabled"]:
        return refused(ErrorCode.INVALID, DISABLED, "endpointId")
    return row
