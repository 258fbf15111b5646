"""Changing an API client's secret, with a time in which both are accepted, and removing the client."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.api_clients.rights import locked
from app.api_clients.saving import ApiClientSaved
from app.api_clients.secrets import digest, new_secret
from app.audit import Entry, add
from app.database import Transaction
from app.deals.editing import within
from app.identity.users import forget
from app.identity.viewer import Viewer
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode

OVERLAP_HOURS, LONGEST_OVERLAP_HOURS = 24, 168
"""An overlap of whole hours: longer than any token lives, so that a token of the former secret ends before it."""

_ROTATE = """
UPDATE api_client SET
  former_secret_hash = CASE WHEN $3::timestamptz IS NULL THEN NULL ELSE secret_hash END, former_secret_ends_at = $3,
  secret_hash = $2, secret_number = secret_number + 1, secret_changed_at = now(), version = version + 1
WHERE id = $1
"""
_REMOVE = """
UPDATE api_client SET removed_at = now(), former_secret_hash = NULL, former_secret_ends_at = NULL,
  version = version + 1
WHERE id = $1
"""


async def rotate_secret(
    by: Viewer,
    client_id: UUID,
    *,
    overlap_hours: int = OVERLAP_HOURS,
    expected_version: int | None = None,
    tx: Transaction | None = None,
) -> ApiClientSaved | Refused:
    """A new secret; the one before is accepted for `overlap_hours` (0: no more), a still older one no more at all."""
    faults = Faults()
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        message = f"From 0, which ends the secret in use at once, to {LONGEST_OVERLAP_HOURS} hours."
        faults.note(refused(ErrorCode.INVALID, message, "overlapHours"))
    secret = new_secret()
    async with within(tx) as own:
        row = await locked(own, by, client_id, expected_version)
        if isinstance(row, Refused):
            return faults.beside(row)
        if faults:
            return faults.refused()
        until = datetime.now(UTC) + timedelta(hours=overlap_hours) if overlap_hours else None
        await own.execute(_ROTATE, client_id, digest(secret), until)
        detail = {"overlapHours": overlap_hours, "number": row["secret_number"] + 1}
        await add(own, Entry("API_CLIENT_SECRET_ROTATED", by.user_id, f"cli_{client_id}", detail))
    forget(client_id)
    return ApiClientSaved(client_id, secret=secret)


async def remove_client(
    by: Viewer, client_id: UUID, *, expected_version: int | None = None, tx: Transaction | None = None
) -> ApiClientSaved | Refused:
    """Its tokens are refused from now on, its sockets end within a second; its name stays in the audit log."""
    async with within(tx) as own:
        row = await locked(own, by, client_id, expected_version)
        if isinstance(row, Refused):
            return row
        await own.execute(_REMOVE, client_id)
        await add(own, Entry("API_CLIENT_REMOVED", by.user_id, f"cli_{client_id}"))
    forget(client_id)
    return ApiClientSaved(client_id)
