"""The people who own the export's deals, found among the users by external id, e-mail address or name."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.members.addresses import address_key, is_address
from app.models.columns import new_id
from app.vocabulary import OrganizationKind, Role

_OWNERS = """
SELECT DISTINCT d.owner, COALESCE(u.name, d.owner) AS name, u.email
FROM import_deal d JOIN import_target t USING (deal) LEFT JOIN import_user u ON u.external_id = d.owner
WHERE d.owner IS NOT NULL
UNION
SELECT u.external_id, u.name, u.email FROM import_user u
ORDER BY 1
"""

_USERS = """
SELECT u.id, u.external_id, u.name, u.email FROM user_account u JOIN organization g ON g.id = u.organization_id
WHERE NOT u.api_client AND (g.kind = 'VENDOR' OR $1::uuid IS NULL OR g.id = $1)
"""

_CREATE = """
INSERT INTO user_account (id, organization_id, name, email, email_key, role, external_id, active, language, created_at)
SELECT given.id, $1, given.name, given.email,
  CASE WHEN NOT EXISTS (SELECT FROM user_account u WHERE u.email_key = given.key) THEN given.key END,
  $2, given.external_id, FALSE, 'en', now()
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[]) AS given (id, external_id, name, email, key)
"""

_CREATE_VENDOR = """
INSERT INTO organization (id, key, name, kind, industries, created_at) VALUES ($1, 'vendor', $2, $3, '{}', now())
"""

_DEALS = """
SELECT count(*) FILTER (WHERE w.user_id IS NULL)
FROM import_deal d JOIN import_target t USING (deal) LEFT JOIN import_owner w ON w.owner = d.owner
WHERE d.owner IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class OwnerCounts:
    """`unmatched`: owners that no user is; `deals_unmatched`: their deals, which keep the owner they have here."""

    matched: int
    created: int
    unmatched: int
    deals_unmatched: int


async def match(
    connection: asyncpg.Connection, system: str, vendor_id: UUID, partner_id: UUID | None, *, create: bool
) -> OwnerCounts:
    """Fill `import_owner`. With `create`, owners who aren't users become inactive ones of the partner or the vendor."""
    owners = await connection.fetch(_OWNERS)
    directory = _directory(await connection.fetch(_USERS, partner_id))
    found = {owner["owner"]: _user_of(owner, system, directory) for owner in owners}
    missing = [owner for owner in owners if found[owner["owner"]] is None]
    if create and missing:
        found |= await _create(connection, system, partner_id or vendor_id, partner_id is not None, missing)
    pairs = [(owner, user) for owner, user in found.items() if user is not None]
    await connection.copy_records_to_table("import_owner", records=pairs)
    return OwnerCounts(
        matched=len(pairs) - (len(missing) if create else 0),
        created=len(missing) if create else 0,
        unmatched=0 if create else len(missing),
        deals_unmatched=await connection.fetchval(_DEALS),
    )


Directory = dict[tuple[str, str], UUID | None]


def _directory(users: Iterable[asyncpg.Record]) -> Directory:
    """(field, text in lower case) → the only user with it; None where several have it."""
    directory: Directory = {}
    for user in users:
        for field in ("external_id", "email", "name"):
            if user[field] is not None:
                entry = (field, user[field].casefold())
                directory[entry] = None if entry in directory else user["id"]
    return directory


def _user_of(owner: asyncpg.Record, system: str, directory: Directory) -> UUID | None:
    wanted = (
        ("external_id", f"{system}:{owner['owner']}".casefold()),
        ("email", (owner["email"] or owner["owner"]).casefold()),
        ("name", owner["name"].casefold()),
    )
    return next((user for entry in wanted if (user := directory.get(entry)) is not None), None)


async def _create(
    connection: asyncpg.Connection, system: str, organization_id: UUID, partner: bool, missing: list[asyncpg.Record]
) -> dict[str, UUID]:
    role = Role.PARTNER_SELLER if partner else Role.CHANNEL_MANAGER
    ids = {owner["owner"]: new_id() for owner in missing}
    external = [f"{system}:{owner['owner']}" for owner in missing]
    names, emails = [owner["name"] for owner in missing], [owner["email"] for owner in missing]
    values = (list(ids.values()), external, names, emails, _keys(emails))
    await connection.execute(_CREATE, organization_id, role.value, *values)
    return ids


def _keys(emails: Iterable[str | None]) -> list[str | None]:
    """By which they are found when they are invited; of several with one address, the first."""
    known: set[str] = set()
    keys: list[str | None] = []
    for email in emails:
        key = address_key(email) if email is not None and is_address(email.strip()) else None
        keys.append(None if key in known else key)
        known |= {key} if key else set()
    return keys


async def vendor(connection: asyncpg.Connection, name: str) -> tuple[UUID, bool]:
    """(the vendor's id, whether it was created just now)."""
    kind = OrganizationKind.VENDOR.value
    found: UUID | None = await connection.fetchval(
        "SELECT id FROM organization WHERE kind = $1 ORDER BY created_at LIMIT 1", kind
    )
    if found is not None:
        return found, False
    id = new_id()
    await connection.execute(_CREATE_VENDOR, id, name, kind)
    return id, True
