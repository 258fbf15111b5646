"""Creating, changing and deleting users as an identity provider says, by the use cases of `app.members`."""

from typing import Any
from uuid import UUID

import asyncpg
import orjson
from scim2_models import (
    ConflictException,
    InvalidValueException,
    NotFoundException,
    PreconditionFailedException,
    UniquenessException,
)

from app.audit import Entry, add
from app.database import Transaction
from app.members.addresses import address_key
from app.members.granting import default_grant, standing_of
from app.members.heirs import heir_of
from app.members.users import upsert_user
from app.outcomes import Refused
from app.provisioning.description import UNSAID, address_of, attributes_of, is_active, name_of, settings_of, user_of
from app.provisioning.reading import Reader
from app.settings import settings
from app.vocabulary import ErrorCode, Role

_TAKEN = """
SELECT u.id, p.removed_at IS NOT NULL AND NOT u.active AS removed
FROM user_account u LEFT JOIN provisioned_user p ON p.id = u.id
WHERE NOT u.api_client AND u.id IS DISTINCT FROM $3
  AND (p.user_name_key = $1 OR u.email_key = $2
    OR p.id IS NULL AND lower(coalesce(u.email, u.subject, u.id::text)) = $1)
"""
_SAY = """
INSERT INTO provisioned_user (id, user_name, user_name_key, external_id, attributes, placed, waiting)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7)
ON CONFLICT (id) DO UPDATE SET user_name = $2, user_name_key = $3, external_id = $4, attributes = $5::text::jsonb,
  placed = $6, waiting = $7, removed_at = NULL,
  updated_at = greatest(clock_timestamp(), provisioned_user.updated_at + interval '1 microsecond')
"""
_REMOVE = """
UPDATE provisioned_user SET removed_at = now(), placed = FALSE, waiting = FALSE, attributes = '{}' WHERE id = $1
"""
_NOWHERE = {"role": Role.CHANNEL_MANAGER, "partner_id": None, "active": False, "placed": False}
"""Who has no access yet: a user has to be somewhere, can't sign in, and partners don't see them. Who comes back stays
where they were."""


async def create(tx: Transaction, resource: Any) -> UUID:
    """Raises `UniquenessException` for a user name or an address that somebody has whom the provider can see. One whom
    it deleted comes back, without the access that they had."""
    user_id = await _free(tx, resource, None)
    standing = await standing_of(tx, default_grant(settings()))
    active = resource.active is not False
    given = _given(resource) | (standing or (_NOWHERE if user_id is None else {"active": False}))
    if standing is not None:
        given["active"] = active
    saved = await _saved(tx, given, user_id)
    await _say(tx, saved, resource, placed=standing is not None, waiting=standing is None and active)
    return saved


async def update(tx: Transaction, user_id: UUID, resource: Any, expected_version: str | None) -> None:
    """Raises `NotFoundException`, `PreconditionFailedException`, and as `create`."""
    row = await Reader(tx).user(user_id, lock=True)
    if row is None:
        raise NotFoundException(detail="There is no such user.")
    before = user_of(row)
    if expected_version is not None and before.meta.version != expected_version:
        raise PreconditionFailedException
    await _free(tx, resource, user_id)
    active = is_active(row) if resource.active is None else resource.active
    placed, waiting = row["placed"] is not False, bool(row["waiting"])
    given = _changes(resource, before)
    if placed and active is not row["active"]:
        given["active"] = active
    elif not placed:
        waiting = active
    if given:
        await _saved(tx, given, user_id)
    await _say(tx, user_id, resource, placed=placed, waiting=waiting and not placed, unsaid=active)
    said = {name for name in attributes_of(resource).keys() | attributes_of(before).keys()
            if attributes_of(resource).get(name) != attributes_of(before).get(name)}  # fmt: skip
    if said:
        detail = {"fields": sorted(said), "by": "scim"}
        await add(tx, Entry("USER_PROVISIONED", None, f"usr_{user_id}", detail))


async def remove(tx: Transaction, user_id: UUID, expected_version: str | None) -> None:
    row = await Reader(tx).user(user_id, lock=True)
    if row is None:
        raise NotFoundException(detail="There is no such user.")
    before = user_of(row)
    if expected_version is not None and before.meta.version != expected_version:
        raise PreconditionFailedException
    # The address is free again, for whoever it is of next, and no token leads here any more.
    await _saved(tx, {"active": False, "email": None, "subject": None}, user_id)
    await _say(tx, user_id, before, placed=False, waiting=False)
    await tx.execute("DELETE FROM provisioned_member WHERE user_id = $1", user_id)
    await tx.execute(_REMOVE, user_id)
    await add(tx, Entry("USER_UNPROVISIONED", None, f"usr_{user_id}", {"by": "scim"}))


async def place(tx: Transaction, user_id: UUID, standing: dict[str, Any] | None, *, had: bool) -> None:
    """Give a user the access that their groups now give, or take it. `had`: their groups gave them some before; who has
    their role from somebody here keeps it."""
    row = await Reader(tx).user(user_id, lock=True)
    if row is None or (standing is None and not had):
        return
    resource = user_of(row)
    given = dict(standing) if standing is not None else {"active": False}
    if standing is not None and row["placed"] is False:
        given["active"] = bool(row["waiting"])
    await _saved(tx, given, user_id)
    waiting = standing is None and is_active(row)
    await _say(tx, user_id, resource, placed=standing is not None, waiting=waiting)


async def _free(tx: Transaction, resource: Any, own: UUID | None) -> UUID | None:
    """Whoever has this name or address and was deleted; raises `UniquenessException` where they weren't."""
    user_name = (resource.user_name or "").strip()
    if not user_name or len(user_name) > 255 or not user_name.isprintable():
        raise InvalidValueException(detail="userName must have 1 to 255 characters.")
    address = address_of(resource)
    rows = await tx.fetch(_TAKEN, address_key(user_name), address and address_key(address), own)
    if any(not row["removed"] for row in rows) or (own is not None and rows):
        raise UniquenessException(detail="Another user has this userName or e-mail address.")
    return rows[0]["id"] if rows else None


def _given(resource: Any) -> dict[str, Any]:
    found = {"name": name_of(resource), "email": address_of(resource), **settings_of(resource)}
    subject = {"externalId": resource.external_id, "userName": resource.user_name}.get(settings().scim_subject or "")
    return found | ({"subject": subject} if subject else {})


def _changes(resource: Any, before: Any) -> dict[str, Any]:
    """What the provider changes; what it says as before may have been changed here meanwhile, and stays."""
    old, new = _given(before), _given(resource)
    return {name: value for name, value in new.items() if old.get(name) != value}


async def _saved(tx: Transaction, given: dict[str, Any], user_id: UUID | None) -> UUID:
    leaves = user_id is not None and (given.get("active") is False or "partner_id" in given)
    heir = await heir_of(tx, user_id) if leaves and user_id is not None else None
    outcome = await upsert_user(None, given, user_id=user_id, reassign_to=heir)
    if not isinstance(outcome, Refused):
        return outcome.user_id
    error = outcome.errors[0]
    place = ".".join(error.path)
    if error.code is ErrorCode.CONFLICT:
        raise UniquenessException(detail=f"Another user has this {place}.")
    if error.code is ErrorCode.BLOCKED:
        raise ConflictException(detail=_WITHOUT_NAMES.get(place, "This can't be done now."))
    raise InvalidValueException(detail=f"{place}: {error.message}")


_WITHOUT_NAMES = {
    "reassignTo": "The user has open deals or partners, and nobody is active who could take them over.",
    "active": "The user is the last administrator who can sign in.",
    "role": "The user is the last administrator who can sign in.",
}


async def _say(
    tx: Transaction, user_id: UUID, resource: Any, *, placed: bool, waiting: bool, unsaid: bool | None = None
) -> None:
    name = resource.user_name.strip()
    said = attributes_of(resource)
    if resource.active is None and unsaid is not None:
        said[UNSAID] = unsaid
    attributes = orjson.dumps(said, default=str).decode()
    try:
        await tx.execute(_SAY, user_id, name, address_key(name), resource.external_id, attributes, placed, waiting)
    except asyncpg.UniqueViolationError:
        raise UniquenessException(detail="Another user has this userName.") from None
