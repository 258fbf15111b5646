"""Rights that groups give: by the settings' mapping, or by their names."""

from collections.abc import Iterable
from typing import Any

import structlog

from app import access
from app.access import Grant, read_access
from app.database import Transaction
from app.settings import Settings

log = structlog.get_logger(__name__)

_PARTNER = "SELECT id FROM organization WHERE key = $1 AND kind = 'PARTNER'"


def granted(groups: Iterable[str], settings: Settings) -> Grant | None:
    """What the strongest of these groups gives; None: none of them gives anything."""
    return access.granted(groups, settings.groups, settings.group_prefix)


def default_grant(settings: Settings) -> Grant | None:
    return read_access(settings.default_access) if settings.default_access else None


async def standing_of(tx: Transaction, grant: Grant | None) -> dict[str, Any] | None:
    """The grant as `upsert_user` takes it; None where it gives nothing, or its partner isn't here (yet)."""
    if grant is None:
        return None
    if grant.partner is None:
        return {"role": grant.role, "partner_id": None}
    row = await tx.fetchrow(_PARTNER, grant.partner)
    if row is None:
        log.warning("a group gives access to a partner that is not here", partner=grant.partner)
        return None
    return {"role": grant.role, "partner_id": row["id"]}
