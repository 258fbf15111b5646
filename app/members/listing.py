"""People and partners as commands name and print them."""

from uuid import UUID

from app.database import Database
from app.members.addresses import address_key

_USERS = """
SELECT u.id, u.name, u.email, u.role, u.active, u.subject, u.deactivated_at, g.name AS organization
FROM user_account u JOIN organization g ON g.id = u.organization_id
WHERE NOT u.api_client AND ($1::text IS NULL OR (g.key = $1 AND g.kind = 'PARTNER')) AND (NOT $2 OR NOT u.active)
ORDER BY g.kind DESC, g.name, u.name, u.id
"""
_PARTNERS = """
SELECT g.id, g.key, g.name, g.tier, g.partner_kind,
  (SELECT count(*) FROM user_account u WHERE u.organization_id = g.id AND u.active) AS people
FROM organization g WHERE g.kind = 'PARTNER' ORDER BY g.name, g.id
"""
_CALLED = """
SELECT id, name FROM user_account
WHERE NOT api_client AND (lower(email) = lower($1) OR name = $1 OR subject = $1 OR id::text = lower($1))
ORDER BY id LIMIT 2
"""


class NoSuchPerson(Exception):
    """Nobody is called that, or several are, or somebody is who shouldn't be."""


class NoSuchPartner(Exception):
    """No partner has that key, or one has that shouldn't."""


async def users(database: Database, *, inactive: bool = False, partner: str | None = None) -> list[str]:
    """A line for each: id, name, address, role, organization, and whether they can sign in."""
    if partner is not None:
        await partner_called(database, partner)
    rows = await database.fetch(_USERS, partner, inactive)
    return [
        f"{row['id']}  {row['name']:<24}  {row['email'] or '-':<32}  {row['role']:<15}  {row['organization']:<24}  "
        + _access(row["active"], row["subject"], row["deactivated_at"] is not None)
        for row in rows
    ]


def _access(active: bool, subject: str | None, deactivated: bool) -> str:
    if active:
        return "active" if subject else "active, not yet signed in by e-mail"
    return "deactivated" if deactivated else "inactive"


async def partners(database: Database) -> list[str]:
    """A line for each: id, key, name, tier, kind, and how many of its people can sign in."""
    return [
        f"{row['id']}  {row['key']:<24}  {row['name']:<32}  {row['tier'] or '-':<10}  {row['partner_kind'] or '-':<24}"
        f"  {row['people']} active"
        for row in await database.fetch(_PARTNERS)
    ]


async def partner_called(database: Database, key: str) -> UUID:
    """The partner with this key. Raises `NoSuchPartner`."""
    row = await database.fetchrow("SELECT id FROM organization WHERE key = $1 AND kind = 'PARTNER'", key)
    if row is None:
        raise NoSuchPartner(f"No partner has the key “{key}”; `stagepath partners list` prints them.")
    found: UUID = row["id"]
    return found


async def no_partner_is(database: Database, key: str | None) -> None:
    """Raises `NoSuchPartner` where one has this key already."""
    if key and await database.fetchrow("SELECT 1 FROM organization WHERE key = $1", key):
        raise NoSuchPartner(f"There is an organization with the key “{key}” already.")


async def person_called(database: Database, called: str) -> tuple[UUID, str]:
    """Id and name of the one user with this name, e-mail address, subject or id. Raises `NoSuchPerson`."""
    rows = await database.fetch(_CALLED, called.strip())
    if not rows:
        raise NoSuchPerson(f"Nobody is called “{called}”; `stagepath users list` prints everybody.")
    if len(rows) > 1:
        raise NoSuchPerson(f"Several are called “{called}”; say whom by id: `stagepath users list` prints them.")
    return rows[0]["id"], rows[0]["name"]


async def nobody_has(database: Database, email: str) -> None:
    """Raises `NoSuchPerson` where somebody has this address already."""
    row = await database.fetchrow("SELECT name FROM user_account WHERE email_key = $1", address_key(email))
    if row is not None:
        raise NoSuchPerson(f"{row['name']} has this address already; `stagepath users` activates and moves people.")
