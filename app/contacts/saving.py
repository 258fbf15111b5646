"""Registering a person at a customer and changing what is known of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.contacts.linked_deals import change_deals, lock_deals
from app.contacts.stored import locked
from app.contacts.values import FIELDS, keyed
from app.database import Transaction
from app.deals.editing import within
from app.deals.fields import change, checked, insert, names
from app.deals.parties import account_by_id
from app.events import append, facts
from app.identity.viewer import Viewer
from app.members.addresses import address_key
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode

# Whoever is about to give somebody this address waits for who does the same, and then finds theirs. The turn is taken
# before anybody is locked.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(' ', $1::uuid, $2::uuid, $3::text), 7323))"
_TURN_BESIDE = """
SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(' ', c.account_id, c.partner_id, $2::text), 7323))
FROM contact c WHERE c.id = $1
"""
_RULED_BY = "buying_role"
"""By this the advice on the deals that they take part in is made."""
_KNOWN = """
SELECT id FROM contact WHERE account_id = $1 AND partner_id IS NOT DISTINCT FROM $2 AND email_key = $3
ORDER BY id LIMIT 1
"""
_PLACEHOLDER = "SELECT external_id LIKE '%:' AS stands_for_many FROM account WHERE id = $1"
_RAISED = (
    "version = version + 1",
    "updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond')",
)


@dataclass(frozen=True, slots=True)
class ContactSaved:
    contact_id: UUID
    created: bool = False


async def upsert_contact(
    viewer: Viewer,
    contact_id: UUID | None,
    account_id: UUID | None,
    given: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    tx: Transaction | None = None,
) -> ContactSaved | Refused:
    """Change what `given` has (by column, of `FIELDS`); what is as it was changes nothing.

    Without a contact's id it is the one of the account with this e-mail address, of the own organisation's records, or
    a new one; 0 as the expected version: it must be new.
    """
    values, faults = checked(FIELDS, given), Faults()
    faults.note(values)
    async with within(tx) as own:
        if account_id is not None:
            faults.note(await _account(own, viewer, account_id))
        if contact_id is None:
            faults.note(*_missing(account_id, given))
        if isinstance(values, Refused) or faults:
            return faults.refused()
        if contact_id is None:
            assert account_id is not None, "else it is missing"
            return await _by_address(own, viewer, account_id, values, expected_version)
        if values.get("email"):
            await own.fetch(_TURN_BESIDE, contact_id, address_key(values["email"]))
        return await _change(own, viewer, contact_id, account_id, values, expected_version)


def _missing(account_id: UUID | None, given: Mapping[str, Any]) -> Iterable[Refused]:
    """Of one that isn't named by an id, as far as it shows before anybody is looked for."""
    if account_id is None:
        message = "Name the customer whom they work for, or say by `contactId` whom you mean."
        yield refused(ErrorCode.INVALID, message, "accountId")
    if "name" not in given and not given.get("email"):
        yield refused(ErrorCode.INVALID, FIELDS["name"].missing or "", "name")


async def _account(tx: Transaction, viewer: Viewer, account_id: UUID) -> UUID | Refused:
    found = await account_by_id(tx, viewer, account_id)
    if isinstance(found, Refused):
        return found
    row = await tx.fetchrow(_PLACEHOLDER, found)
    if row is not None and row["stands_for_many"]:
        message = "This stands for customers that an import didn't name, so nobody works for it."
        return refused(ErrorCode.INVALID, message, "accountId")
    return found


async def _by_address(
    tx: Transaction, viewer: Viewer, account_id: UUID, values: dict[str, Any], expected: int | None
) -> ContactSaved | Refused:
    partner = None if viewer.is_vendor else viewer.organization_id
    if values.get("email"):
        key = address_key(values["email"])
        await tx.fetch(_TURN, account_id, partner, key)
        known = await tx.fetchrow(_KNOWN, account_id, partner, key)
        if known is not None:
            return await _change(tx, viewer, known["id"], account_id, values, expected)
    if expected not in (None, 0):
        return refused(ErrorCode.CONFLICT, "There is no such person yet.", "expectedVersion")
    if "name" not in values:
        return refused(ErrorCode.INVALID, FIELDS["name"].missing or "", "name")
    id = new_id()
    await insert(tx, "contact", {"id": id, "account_id": account_id, "partner_id": partner, **keyed(values)})
    await _announce(tx, viewer, id, account_id, values, version=1)
    return ContactSaved(id, created=True)


async def _change(
    tx: Transaction,
    viewer: Viewer,
    id: UUID,
    account_id: UUID | None,
    values: dict[str, Any],
    expected: int | None,
) -> ContactSaved | Refused:
    if _RULED_BY in values:
        await lock_deals(tx, id)
    stored = await locked(tx, viewer, id, expected)
    if isinstance(stored, Refused):
        return stored
    if account_id not in (None, stored["account_id"]):
        message = "They are known to work for another customer; register them anew with this one."
        return refused(ErrorCode.INVALID, message, "accountId")
    changed = {column: value for column, value in values.items() if stored[column] != value}
    if changed.get("email") and await _is_anothers(tx, id, stored, changed["email"]):
        message = "Somebody else at this customer is registered with this address; change them instead."
        return refused(ErrorCode.CONFLICT, message, "email")
    if changed:
        await change(tx, "contact", id, keyed(changed), *_RAISED)
        version = stored["version"] + 1
        await _announce(tx, viewer, id, stored["account_id"], changed, version=version)
    if _RULED_BY in changed:
        await change_deals(tx, viewer, id, stored)
    return ContactSaved(id)


async def _is_anothers(tx: Transaction, id: UUID, stored: asyncpg.Record, email: str) -> bool:
    known = await tx.fetchrow(_KNOWN, stored["account_id"], stored["partner_id"], address_key(email))
    return known is not None and known["id"] != id


async def _announce(
    tx: Transaction, viewer: Viewer, id: UUID, account_id: UUID, changed: Iterable[str], *, version: int
) -> None:
    """In ids and names of fields: nothing of the person gets into a log."""
    fields = names(FIELDS, changed)
    by = viewer.user_id
    await append(tx, facts.contact_changed(id, account_id=account_id, version=version, fields=fields, actor_id=by))
