"""The people whom a step means, named by what they have to do with the deal."""

from collections.abc import Sequence
from uuid import UUID

from app.database import Transaction

NAMES = ("OWNER", "CHANNEL_MANAGER", "PARTNER_MANAGERS", "TEAM", "VENDOR_ADMINS", "ACTOR")
ONE = ("OWNER", "CHANNEL_MANAGER", "ACTOR")
"""Those that are one person at most."""
MOST = 100

_OF_DEAL = {
    "OWNER": """
SELECT u.id FROM opportunity o JOIN user_account u ON u.id = o.owner_id
WHERE o.id = $1 AND u.active AND NOT u.api_client
""",
    "CHANNEL_MANAGER": """
SELECT u.id FROM opportunity o JOIN organization g ON g.id = o.partner_id
JOIN user_account u ON u.id = g.channel_manager_id WHERE o.id = $1 AND u.active AND NOT u.api_client
""",
    "PARTNER_MANAGERS": """
SELECT u.id FROM opportunity o JOIN user_account u ON u.organization_id = o.partner_id
WHERE o.id = $1 AND u.role = 'PARTNER_MANAGER' AND u.active AND NOT u.api_client ORDER BY u.id
""",
    "TEAM": """
SELECT u.id FROM team_member m JOIN user_account u ON u.id = m.user_id
WHERE m.opportunity_id = $1 AND u.active AND NOT u.api_client ORDER BY u.id
""",
}
_OF_REGISTRATION = {
    "OWNER": """
SELECT u.id FROM deal_registration r JOIN user_account u ON u.id = r.owner_id
WHERE r.id = $1 AND u.active AND NOT u.api_client
""",
    "CHANNEL_MANAGER": """
SELECT u.id FROM deal_registration r JOIN organization g ON g.id = r.partner_id
JOIN user_account u ON u.id = g.channel_manager_id WHERE r.id = $1 AND u.active AND NOT u.api_client
""",
    "PARTNER_MANAGERS": """
SELECT u.id FROM deal_registration r JOIN user_account u ON u.organization_id = r.partner_id
WHERE r.id = $1 AND u.role = 'PARTNER_MANAGER' AND u.active AND NOT u.api_client ORDER BY u.id
""",
}
_ADMINS = (
    "SELECT u.id FROM user_account u WHERE u.role = 'VENDOR_ADMIN' AND u.active AND NOT u.api_client ORDER BY u.id"
)
_PERSON = "SELECT u.id FROM user_account u WHERE u.id = $1 AND u.active AND NOT u.api_client"


async def people(
    tx: Transaction,
    who: str | Sequence[str],
    *,
    opportunity_id: UUID | None,
    registration_id: UUID | None,
    actor_id: UUID | None,
) -> list[UUID]:
    """Active ones, each once, `MOST` at most. `who`: of `NAMES`, or global ids of users."""
    found: dict[UUID, None] = {}
    for name in [who] if isinstance(who, str) else who:
        for row in await _named(tx, name, opportunity_id, registration_id, actor_id):
            found[row["id"]] = None
    return list(found)[:MOST]


async def _named(
    tx: Transaction, name: str, opportunity_id: UUID | None, registration_id: UUID | None, actor_id: UUID | None
) -> Sequence[dict[str, UUID]]:
    if name == "VENDOR_ADMINS":
        return await tx.fetch(_ADMINS)
    if name == "ACTOR":
        return await tx.fetch(_PERSON, actor_id) if actor_id else []
    if name.startswith("usr_"):
        return await tx.fetch(_PERSON, UUID(name.removeprefix("usr_")))
    if opportunity_id is not None:
        return await tx.fetch(_OF_DEAL[name], opportunity_id)
    if registration_id is not None and name in _OF_REGISTRATION:
        return await tx.fetch(_OF_REGISTRATION[name], registration_id)
    return []


def is_known(name: str) -> bool:
    if name in NAMES:
        return True
    try:
        return name.startswith("usr_") and str(UUID(name[4:])) == name[4:]
    except ValueError:
        return False
