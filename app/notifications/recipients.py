"""The people whom something concerns: those on a deal, those who have registered it, and those who look after it."""

from typing import Any
from uuid import UUID

from app.events.log import Reader

# Of the deal: its owner and team; of its partner, the managers and whoever manages it at the vendor.
_OF_DEAL = """
SELECT o.owner_id, o.partner_id, g.channel_manager_id,
  ARRAY(SELECT m.user_id FROM team_member m WHERE m.opportunity_id = o.id ORDER BY m.user_id) AS team,
  ARRAY(SELECT u.id FROM user_account u WHERE u.organization_id = o.partner_id AND u.role = 'PARTNER_MANAGER'
    AND u.active ORDER BY u.id) AS managers
FROM opportunity o LEFT JOIN organization g ON g.id = o.partner_id WHERE o.id = $1
"""
_OF_REGISTRATION = """
SELECT r.owner_id, r.submitted_by_id, r.reviewer_id, r.partner_id, r.opportunity_id, g.channel_manager_id,
  ARRAY(SELECT u.id FROM user_account u WHERE u.organization_id = r.partner_id AND u.role = 'PARTNER_MANAGER'
    AND u.active ORDER BY u.id) AS managers
FROM deal_registration r JOIN organization g ON g.id = r.partner_id WHERE r.id = $1
"""
_REVIEWERS = """
SELECT u.id FROM user_account u JOIN organization o ON o.id = u.organization_id AND o.kind = 'VENDOR'
WHERE u.active AND u.placed AND NOT u.api_client AND u.role = ANY ($1::text[]) ORDER BY u.id LIMIT 50
"""
_MANAGERS = """
SELECT u.id FROM user_account u WHERE u.organization_id = $1 AND u.role = 'PARTNER_MANAGER' AND u.active ORDER BY u.id
"""
_TALKED = """
SELECT DISTINCT c.author_id AS id FROM comment c
WHERE c.author_id IS NOT NULL AND c.removed_at IS NULL
  AND (c.opportunity_id = $1::uuid OR c.registration_id = $2::uuid)
"""
_ADDED = "SELECT m.user_id AS id FROM team_member m WHERE m.opportunity_id = $1 AND m.added_at >= $2 ORDER BY m.user_id"


class People(dict[str, Any]):
    """By what they have to do with it; empty for what is no more."""

    def of(self, *names: str) -> set[UUID]:
        found: set[UUID] = set()
        for name in names:
            given = self.get(name)
            if isinstance(given, list):
                found |= set(given)
            elif given is not None:
                found.add(given)
        return found


async def of_deal(db: Reader, id: UUID) -> People:
    """`owner_id`, `team`, `managers`, `channel_manager_id`; and `partner_id`."""
    row = await db.fetchrow(_OF_DEAL, id)
    return People(row or {})


async def of_registration(db: Reader, id: UUID) -> People:
    """`owner_id`, `submitted_by_id`, `reviewer_id`, `managers`, `channel_manager_id`; and `partner_id`,
    `opportunity_id`."""
    row = await db.fetchrow(_OF_REGISTRATION, id)
    return People(row or {})


async def reviewers(db: Reader, found: People, *, all_of_them: bool = False) -> set[UUID]:
    """Who reviews now, or the partner's channel manager; where there is neither, whoever may."""
    named = found.of("reviewer_id") or found.of("channel_manager_id")
    if named and not all_of_them:
        return named
    for roles in (["CHANNEL_MANAGER"], ["VENDOR_ADMIN"]):
        others = {row["id"] for row in await db.fetch(_REVIEWERS, roles)}
        if others:
            return named | others
    return named


async def managers_of(db: Reader, partner_id: UUID) -> set[UUID]:
    return {row["id"] for row in await db.fetch(_MANAGERS, partner_id)}


async def who_talked(db: Reader, opportunity_id: UUID | None, registration_id: UUID | None) -> set[UUID]:
    return {row["id"] for row in await db.fetch(_TALKED, opportunity_id, registration_id)}


async def added_since(db: Reader, opportunity_id: UUID, since: Any) -> set[UUID]:
    return {row["id"] for row in await db.fetch(_ADDED, opportunity_id, since)}
