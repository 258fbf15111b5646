"""Changing an endpoint's secret, with a time in which both sign, and removing the endpoint."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.audit import Entry, add
from app.database import Transaction
from app.deals.editing import within
from app.identity.viewer import Viewer
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode
from app.webhooks.replays import CANCELLED
from app.webhooks.rights import locked
from app.webhooks.saving import EndpointSaved
from app.webhooks.secrets import new_secret, seal_secret

OVERLAP_HOURS, LONGEST_OVERLAP_HOURS = 24, 168

_ROTATE = """
UPDATE webhook_endpoint SET
  former_secret = CASE WHEN $3::timestamptz IS NULL THEN NULL ELSE secret END, former_secret_ends_at = $3,
  secret = $2, secret_changed_at = now(), version = version + 1
WHERE id = $1
"""
_REMOVE = f"""
UPDATE webhook_endpoint SET removed_at = now(), enabled = FALSE, former_secret = NULL, former_secret_ends_at = NULL,
  version = version + 1, {CANCELLED}
WHERE id = $1
"""  # noqa: S608 # a constant


async def rotate_secret(
    by: Viewer,
    endpoint_id: UUID,
    *,
    overlap_hours: int = OVERLAP_HOURS,
    expected_version: int | None = None,
    tx: Transaction | None = None,
) -> EndpointSaved | Refused:
    """A new secret; the one before signs as well for `overlap_hours` (0: no more), a still older one no more at all."""
    faults = Faults()
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        message = f"From 0, which ends the secret in use at once, to {LONGEST_OVERLAP_HOURS} hours."
        faults.note(refused(ErrorCode.INVALID, message, "overlapHours"))
    async with within(tx) as own:
        row = await locked(own, by, endpoint_id, expected_version)
        if isinstance(row, Refused):
            return faults.beside(row)
        if faults:
            return faults.refused()
        secret = new_secret()
        until = datetime.now(UTC) + timedelta(hours=overlap_hours) if overlap_hours else None
        await own.execute(_ROTATE, endpoint_id, seal_secret(secret, endpoint_id), until)
        detail = {"overlapHours": overlap_hours}
        await add(own, Entry("WEBHOOK_SECRET_ROTATED", by.user_id, f"whe_{endpoint_id}", detail))
    return EndpointSaved(endpoint_id, secret=secret)


async def remove_endpoint(
    by: Viewer, endpoint_id: UUID, *, expected_version: int | None = None, tx: Transaction | None = None
) -> EndpointSaved | Refused:
    """Nothing is sent to it any more. It goes with the nightly upkeep; its id stays in the audit log."""
    async with within(tx) as own:
        row = await locked(own, by, endpoint_id, expected_version)
        if isinstance(row, Refused):
            return row
        await own.execute(_REMOVE, endpoint_id)
        await add(own, Entry("WEBHOOK_ENDPOINT_REMOVED", by.user_id, f"whe_{endpoint_id}"))
    return EndpointSaved(endpoint_id)
