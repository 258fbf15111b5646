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
from app.provisioning.description import (
    SAID,
    UNSAID,
    address_of,
    attributes_of,
    is_active,
    marks_of,
    name_of,
    said_of,
    settings_of,
    user_of,
    version_of,
)
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
WHERE (provisioned_user.user_name, provisioned_user.external_id, provisioned_user.attributes, provisioned_user.placed,
  provisioned_user.waiting, provisioned_user.removed_at) IS DISTINCT FROM ($2, $4, $5::text::jsonb, $6, $7, NULL)
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
    said = attributes_of(resource) | ({} if resource.active is None else {SAID: resource.active})
    await _say(tx, saved, resource, said, placed=standing is not None, waiting=standing is None and active)
    return saved


async def update(
    tx: Transaction, user_id: UUID, resource: Any, expected_version: str | None, *, says_active: bool
) -> None:
    """`resource`: the user as they are here (`user_of`), with what the provider changes of that. `says_active`: it
    names `active`. Raises `NotFoundException`, `PreconditionFailedException`, and as `create`."""
    row = await _seen(tx, user_id, expected_version)
    before = user_of(row)
    seen, kept = attributes_of(before), attributes_of(said_of(row))
    said = {
        name: kept.get(name) if value == seen.get(name) else value for name, value in attributes_of(resource).items()
    }
    said = {name: value for name, value in said.items() if value is not None}
    await _follow(tx, row, resource, before, said, says_active=says_active)


async def replace(tx: Transaction, user_id: UUID, resource: Any, expected_version: str | None) -> None:
    """`resource`: all that the provider says of the user, most of it as before. Raises as `update`."""
    row = await _seen(tx, user_id, expected_version)
    says_active = resource.active is not marks_of(row).get(SAID)
    await _follow(tx, row, resource, said_of(row), attributes_of(resource), says_active=says_active)


async def _seen(tx: Transaction, user_id: UUID, expected_version: str | None) -> asyncpg.Record:
    row = await Reader(tx).user(user_id, lock=True)
    if row is None:
        raise NotFoundException(detail="There is no such user.")
    if expected_version is not None and version_of(user_of(row)) != expected_version:
        raise PreconditionFailedException
    return row


async def _follow(
    tx: Transaction, row: asyncpg.Record, resource: Any, before: Any, said: dict[str, Any], *, says_active: bool
) -> None:
    """Change what `resource` says otherwise than `before`. `said`: the attributes that the provider has said by now."""
    user_id, placed, marks = row["id"], row["placed"] is not False, marks_of(row)
    await _free(tx, resource, user_id)
    given, active = _changes(resource, before), is_active(row)
    if says_active and resource.active is not None:
        marks[SAID] = active = resource.active
    marks.pop(UNSAID, None)
    if resource.active is None:
        marks[UNSAID] = active
    if placed and active is not row["active"]:
        given["active"] = active
    if given:
        await _saved(tx, given, user_id)
    await _say(tx, user_id, resource, said | marks, placed=placed, waiting=active and not placed)
    kept = attributes_of(said_of(row))
    fields = sorted(name for name in said.keys() | kept.keys() if said.get(name) != kept.get(name))
    if fields:
        await add(tx, Entry("USER_PROVISIONED", None, f"usr_{user_id}", {"fields": fields, "by": "scim"}))


async def remove(tx: Transaction, user_id: UUID, expected_version: str | None) -> None:
    row = await _seen(tx, user_id, expected_version)
    # The address is free again, for whoever it is of next, and no token leads here any more.
    await _saved(tx, {"active": False, "email": None, "subject": None}, user_id)
    await _say(tx, user_id, said_of(row), {}, placed=False, waiting=False)
    await tx.execute("DELETE FROM provisioned_member WHERE user_id = $1", user_id)
    await tx.execute(_REMOVE, user_id)
    await add(tx, Entry("USER_UNPROVISIONED", None, f"usr_{user_id}", {"by": "scim"}))


async def place(tx: Transaction, user_id: UUID, standing: dict[str, Any] | None, *, had: bool) -> None:
    """Give a user the access that their groups now give, or take it. `had`: their groups gave them some before; who has
    their role from somebody here keeps it."""
    row = await Reader(tx).user(user_id, lock=True)
    if row is None or (standing is None and not had):
        return
    given = dict(standing) if standing is not None else {"active": False}
    if standing is not None and row["placed"] is False:
        given["active"] = bool(row["waiting"])
    await _saved(tx, given, user_id)
    waiting = standing is None and is_active(row)
    said = said_of(row)
    await _say(tx, user_id, said, attributes_of(said) | marks_of(row), placed=standing is not None, waiting=waiting)


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
    tx: Transaction, user_id: UUID, resource: Any, attributes: dict[str, Any], *, placed: bool, waiting: bool
) -> None:
    """Keep what the provider has said, for when it speaks again."""
    name = resource.user_name.strip()
    kept = orjson.dumps(attributes, default=str).decode()
    try:
        await tx.execute(_SAY, user_id, name, address_key(name), resource.external_id, kept, placed, waiting)
    except asyncpg.UniqueViolationError:
        raise UniquenessException(detail="Another user has this userName.") from None
