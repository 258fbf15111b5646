"""Disabling endpoints: nothing is sent to them any more, and whoever looks after them is told."""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from app.audit import Entry, add
from app.database import Transaction
from app.identity.viewer import PERMISSIONS
from app.notifications.counter import hold_inboxes
from app.notifications.notify import Notice, notify
from app.vocabulary import NotificationKind, Permission
from app.webhooks.replays import CANCELLED

OWNERLESS = "Its owner can't sign in any more, or went to another organisation: have another user save it."
"""As PostgreSQL says it where it disables them with the change of the owner."""

_DISABLE = f"""
UPDATE webhook_endpoint SET enabled = FALSE, owner_left = FALSE, disabled_reason = $2, version = version + 1,
  {CANCELLED}
WHERE id = $1 AND (enabled OR owner_left) RETURNING organization_id, owner_id, url, version
"""  # noqa: S608 # a constant
_MANAGERS = """
SELECT u.id FROM user_account u WHERE u.organization_id = $1 AND u.active AND u.placed AND NOT u.api_client
  AND u.role = ANY ($2::text[])
"""
_ROLES = [role.value for role, given in PERMISSIONS.items() if Permission.MANAGE_WEBHOOKS in given]


async def disable(tx: Transaction, reasons: Mapping[UUID, str]) -> None:
    """Those of them that aren't. Their owners are told, or where these are gone, all who manage the endpoints of the
    organisation."""
    ended = {id: row for id in sorted(reasons) if (row := await tx.fetchrow(_DISABLE, id, reasons[id])) is not None}
    told = {id: await _whom(tx, row, reasons[id]) for id, row in ended.items()}
    if ended:
        await hold_inboxes(tx, {one for some in told.values() for one in some})
    for id, row in ended.items():
        await add(tx, Entry("WEBHOOK_ENDPOINT_DISABLED", None, f"whe_{id}", {"reason": reasons[id]}))
        await notify(tx, _notice(id, row, told[id], reasons[id]))


async def _whom(tx: Transaction, row: Mapping[str, Any], reason: str) -> Collection[UUID]:
    if reason != OWNERLESS:
        return [row["owner_id"]]
    return [one["id"] for one in await tx.fetch(_MANAGERS, row["organization_id"], _ROLES)]


def _notice(endpoint_id: UUID, row: Mapping[str, Any], to: Collection[UUID], reason: str) -> Notice:
    """Names the server alone: what comes after it may be a secret."""
    server = urlsplit(row["url"]).hostname
    outcome = {"outcome": "OWNER_LEFT"} if reason == OWNERLESS else {}
    return Notice(
        kind=NotificationKind.WEBHOOK_DISABLED,
        key=f"webhook/{endpoint_id}/{row['version']}",
        to=to,
        details={"endpointId": f"whe_{endpoint_id}", "endpoint": server, **outcome},
    )
