"""Invitations as they are stored, and the events that tell of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.events import NewEvent, append, facts
from app.vocabulary import InvitationStatus

_LIVE = """
SELECT * FROM deal_partner WHERE opportunity_id = $1 AND partner_id = $2 AND status IN ('INVITED', 'ACCEPTED')
FOR NO KEY UPDATE
"""
_LATEST = """
SELECT * FROM deal_partner WHERE opportunity_id = $1 AND partner_id = $2 ORDER BY invited_at DESC, id DESC LIMIT 1
"""
_ALONG = "SELECT count(*) AS n FROM deal_partner WHERE opportunity_id = $1 AND status = 'ACCEPTED' AND role <> 'LEAD'"


async def live(tx: Transaction, opportunity_id: UUID, partner_id: UUID) -> asyncpg.Record | None:
    """What the partner has been asked and hasn't ended, locked until the transaction ends."""
    return await tx.fetchrow(_LIVE, opportunity_id, partner_id)


async def latest(tx: Transaction, opportunity_id: UUID, partner_id: UUID) -> asyncpg.Record | None:
    return await tx.fetchrow(_LATEST, opportunity_id, partner_id)


async def others_along(tx: Transaction, opportunity_id: UUID) -> int:
    row = await tx.fetchrow(_ALONG, opportunity_id)
    assert row is not None
    return int(row["n"])


async def become(
    tx: Transaction, row: Mapping[str, Any], status: InvitationStatus, at: datetime, by: UUID | None, **values: Any
) -> None:
    """Write that the invitation is that now, with further columns, and tell those who see it."""
    columns = {"status": status.value, **values}
    if status is not InvitationStatus.ACCEPTED:
        columns["ended_at"] = at
    terms = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, 2))
    await tx.execute(
        f"UPDATE deal_partner SET {terms}, version = version + 1 WHERE id = $1",  # noqa: S608 # names of columns
        row["id"],
        *columns.values(),
    )
    await append(tx, told(row["id"], status, by))


def told(id: UUID, status: InvitationStatus, by: UUID | None) -> NewEvent:
    return facts.invitation_changed(id, status=status, actor_id=by)
