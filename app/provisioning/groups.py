"""Creating, changing and deleting groups, and what becomes of their members' access."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from scim2_models import (
    InvalidValueException,
    NotFoundException,
    PreconditionFailedException,
    UniquenessException,
)

from app.access import Grant
from app.audit import Entry, add
from app.database import Transaction
from app.members.addresses import address_key
from app.members.granting import default_grant, granted, standing_of
from app.models.columns import new_id
from app.provisioning.description import as_uuid, group_of, version_of
from app.provisioning.people import place
from app.provisioning.reading import Reader
from app.settings import settings

LONGEST_NAME = 500

_INSERT = "INSERT INTO provisioned_group (id, display_name, name_key, external_id) VALUES ($1, $2, $3, $4)"
_CHANGE = """
UPDATE provisioned_group SET display_name = $2, name_key = $3, external_id = $4,
  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond')
WHERE id = $1
"""
_NAMED = "SELECT id FROM provisioned_group WHERE name_key = $1 AND id IS DISTINCT FROM $2"
_KNOWN = """
SELECT u.id FROM user_account u LEFT JOIN provisioned_user p ON p.id = u.id
WHERE u.id = ANY ($1::uuid[]) AND NOT u.api_client AND (p.removed_at IS NULL OR u.active)
"""
_JOIN = """
INSERT INTO provisioned_member (id, group_id, user_id)
SELECT n.id, $1::uuid, n.user_id FROM unnest($2::uuid[], $3::uuid[]) AS n (id, user_id) ON CONFLICT DO NOTHING
"""
_LEAVE = "DELETE FROM provisioned_member WHERE group_id = $1 AND user_id = ANY ($2::uuid[])"
_GROUPS_OF = """
SELECT m.user_id, array_agg(g.display_name) AS names FROM provisioned_member m
JOIN provisioned_group g ON g.id = m.group_id WHERE m.user_id = ANY ($1::uuid[]) GROUP BY m.user_id
"""


async def create(tx: Transaction, resource: Any) -> UUID:
    """Raises `UniquenessException`, and `InvalidValueException` for members that there are not."""
    name = await _free_name(tx, resource, None)
    members = await _members(tx, resource)
    before = await _grants(tx, members)
    id = new_id()
    await tx.execute(_INSERT, id, name, address_key(name), resource.external_id)
    await tx.execute(_JOIN, id, [new_id() for _ in members], members)
    await _audit(tx, "GROUP_CREATED", id, joined=len(members))
    await _settle(tx, before)
    return id


async def update(tx: Transaction, id: UUID, resource: Any, expected_version: str | None) -> None:
    row = await Reader(tx).group(id, lock=True)
    if row is None:
        raise NotFoundException(detail="There is no such group.")
    if expected_version is not None and version_of(group_of(row, None)) != expected_version:
        raise PreconditionFailedException
    name = await _free_name(tx, resource, id)
    old = {member["id"] for member in (await Reader(tx).members([id])).get(id, [])}
    new = set(await _members(tx, resource, known=old))
    renamed = name != row["display_name"]
    before = await _grants(tx, old | new if renamed else old ^ new)
    await tx.execute(_CHANGE, id, name, address_key(name), resource.external_id)
    await tx.execute(_LEAVE, id, list(old - new))
    joining = sorted(new - old)
    await tx.execute(_JOIN, id, [new_id() for _ in joining], joining)
    await _audit(tx, "GROUP_CHANGED", id, joined=len(new - old), left=len(old - new), renamed=renamed)
    await _settle(tx, before)


async def remove(tx: Transaction, id: UUID, expected_version: str | None) -> None:
    row = await Reader(tx).group(id, lock=True)
    if row is None:
        raise NotFoundException(detail="There is no such group.")
    if expected_version is not None and version_of(group_of(row, None)) != expected_version:
        raise PreconditionFailedException
    members = [member["id"] for member in (await Reader(tx).members([id])).get(id, [])]
    before = await _grants(tx, members)
    await tx.execute("DELETE FROM provisioned_group WHERE id = $1", id)
    await _audit(tx, "GROUP_REMOVED", id, left=len(members))
    await _settle(tx, before)


async def _free_name(tx: Transaction, resource: Any, own: UUID | None) -> str:
    name = (resource.display_name or "").strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidValueException(detail=f"displayName must have 1 to {LONGEST_NAME} characters.")
    if await tx.fetchrow(_NAMED, address_key(name), own):
        raise UniquenessException(detail="Another group has this displayName.")
    return name


async def _members(tx: Transaction, resource: Any, known: Iterable[UUID] = ()) -> list[UUID]:
    ids = []
    for member in resource.members or ():
        id = as_uuid(member.value or str(member.ref or "").rpartition("/")[2])
        if id is None:
            raise InvalidValueException(detail="A member's value has to be the id of a user.")
        ids.append(id)
    wanted = dict.fromkeys(ids)
    asked = [id for id in wanted if id not in {*known}]
    found = {row["id"] for row in await tx.fetch(_KNOWN, asked)} if asked else set()
    if len(found) < len(asked):
        raise InvalidValueException(detail="A member is no user that there is; groups in groups are not supported.")
    return list(wanted)


async def _grants(tx: Transaction, user_ids: Iterable[UUID]) -> dict[UUID, Grant | None]:
    """What each has by groups as they are now."""
    ids = sorted(user_ids)
    rows = await tx.fetch(_GROUPS_OF, ids)
    names = {row["user_id"]: row["names"] for row in rows}
    return {id: granted(names.get(id, ()), settings()) for id in ids}


async def _settle(tx: Transaction, before: dict[UUID, Grant | None]) -> None:
    after = await _grants(tx, before)
    changed = {user_id: grant for user_id, grant in after.items() if grant != before[user_id]}
    grants = dict.fromkeys(changed.values())
    standings = {grant: await standing_of(tx, grant or default_grant(settings())) for grant in grants}
    for user_id, grant in changed.items():
        await place(tx, user_id, standings[grant], had=before[user_id] is not None)


async def _audit(tx: Transaction, action: str, id: UUID, **detail: object) -> None:
    await add(tx, Entry(action, None, f"grp_{id}", {**detail, "by": "scim"}))
