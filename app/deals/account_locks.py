"""Protection of a customer's identity: partners replace none of it in a record that is not their organisation's, and in
their own none that deals were confirmed with."""

from collections.abc import Mapping, Sequence
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
WHERE o.account_id = $1 AND o.partner_id = $2 AND o.status = 'OPEN'
"""

_HOLD = """
SELECT a.id FROM account a JOIN opportunity o ON o.account_id = a.id
WHERE o.id = $1 AND EXISTS (SELECT FROM criterion c WHERE c.id = $2 AND 'account' = ANY (c.locks)) FOR SHARE OF a
"""


async def hold_customer(tx: Transaction, opportunity_id: UUID, criterion_id: UUID) -> None:
    """Until the transaction ends, nobody changes the customer that the criterion is about to be confirmed with. To be
    called before the deal is locked, since who changes a customer locks its deals after it."""
    await tx.fetch(_HOLD, opportunity_id, criterion_id)


def kept_by_another(viewer: Viewer, stored: asyncpg.Record) -> bool:
    """Whether it is a record that this viewer sees, but that isn't their organisation's."""
    partner: UUID | None = stored["partner_id"]
    return not viewer.is_vendor and partner != viewer.organization_id


def respelt(viewer: Viewer, stored: asyncpg.Record, changed: Mapping[str, Any]) -> set[str]:
    """Columns that only spell another way who it is: another's record stays spelt as it is."""
    if not kept_by_another(viewer, stored):
        return set()
    filled = {column for column in IDENTITY if column in changed and stored[column] is not None}
    return filled - set(_replaced(stored, changed))


async def account_lock(
    tx: Transaction, viewer: Viewer, stored: asyncpg.Record, changed: Mapping[str, Any]
) -> Refused | None:
    """Why the viewer may not make `changed` of the customer: its record isn't theirs, or an open deal of their
    organisation is confirmed with it as it is. Deals of others, which they don't know of, make no difference."""
    standing = standing_of(viewer)
    replaced = _replaced(stored, changed)
    if standing is ConfirmedBy.VENDOR or not replaced:
        return None
    if kept_by_another(viewer, stored):
        return _refuse(replaced, "This is the vendor's record of the customer: ask your channel manager to change it.")
    account_id: UUID = stored["id"]
    for row in await tx.fetch(_CONFIRMED, account_id, viewer.organization_id):
        needed = ConfirmedBy(row["confirmed_by"])
        if may_confirm(ConfirmedBy(row["confirmed_as"]), needed) and not may_confirm(standing, needed):
            message = f"A deal was confirmed for this customer: ask {WHOM_TO_ASK[needed]} to change it."
            return _refuse(replaced, message)
    return None


def _refuse(columns: Sequence[str], message: str) -> Refused:
    return Refused(tuple(UserError(ErrorCode.FORBIDDEN, message, (IDENTITY[one],)) for one in columns))


def _replaced(stored: asyncpg.Record, changed: Mapping[str, Any]) -> list[str]:
    return [column for column in IDENTITY if column in changed and _is_replaced(column, stored, changed)]


def _is_replaced(column: str, stored: asyncpg.Record, changed: Mapping[str, Any]) -> bool:
    was, becomes = stored[column], changed[column]
    if was is None:
        return False
    return becomes is None or name_key(was) != name_key(becomes)
