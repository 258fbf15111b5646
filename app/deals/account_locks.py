"""The identity of a customer that deals were confirmed with: swapping it is locked, and so is making another of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.deals.confirming import standing_of
from app.deals.names import name_key
from app.deals.rules import may_confirm
from app.identity.viewer import Viewer
from app.outcomes import Refused, UserError
from app.vocabulary import ConfirmedBy, ErrorCode

WHOM_TO_ASK = {ConfirmedBy.PARTNER_MANAGER: "your partner manager", ConfirmedBy.VENDOR: "your channel manager"}
IDENTITY = {
    "name": "name",
    "country": "country",
    "domain": "domain",
    "registration_number": "registrationNumber",
}
"""Columns that say who it is, by the API's names of their fields. One that is empty may be filled in."""

_CONFIRMED = """
SELECT DISTINCT c.confirmed_by, m.confirmed_as FROM opportunity o
JOIN criterion_mark m ON m.opportunity_id = o.id AND m.met
JOIN criterion c ON c.id = m.criterion_id AND 'account' = ANY (c.locks)
WHERE o.account_id = $1 AND o.status = 'OPEN'
"""


async def account_lock(
    tx: Transaction, viewer: Viewer, stored: asyncpg.Record, changed: Mapping[str, Any]
) -> Refused | None:
    """Why the viewer may not make `changed` of the customer: one of its open deals is confirmed with it as it is."""
    standing = standing_of(viewer)
    replaced = [column for column in IDENTITY if column in changed and _is_replaced(column, stored, changed)]
    if standing is ConfirmedBy.VENDOR or not replaced:
        return None
    account_id: UUID = stored["id"]
    for row in await tx.fetch(_CONFIRMED, account_id):
        needed = ConfirmedBy(row["confirmed_by"])
        if may_confirm(ConfirmedBy(row["confirmed_as"]), needed) and not may_confirm(standing, needed):
            message = f"A deal was confirmed for this customer: ask {WHOM_TO_ASK[needed]} to change it."
            return Refused(tuple(UserError(ErrorCode.FORBIDDEN, message, (IDENTITY[one],)) for one in replaced))
    return None


def _is_replaced(column: str, stored: asyncpg.Record, changed: Mapping[str, Any]) -> bool:
    was, becomes = stored[column], changed[column]
    if was is None:
        return False
    return becomes is None or name_key(was) != name_key(becomes)
