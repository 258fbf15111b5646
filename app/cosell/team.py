"""Putting people on the team of a deal, and taking them off it."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.cosell.standing import Standing, may_grant, standing_in
from app.database import Transaction
from app.database.connection import as_house
from app.database.sql import sql
from app.deals.editing import Changed, changeable, finish, within
from app.deals.handover import parties, tidings
from app.deals.store import StoredDeal
from app.events import append, facts
from app.identity.scopes import Parties, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.models.columns import new_id
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode, OrganizationKind, Permission, TeamAccess, TeamRole

_SAVE = """
INSERT INTO team_member (id, opportunity_id, user_id, role, access, added_at, added_by_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (opportunity_id, user_id) DO UPDATE SET role = excluded.role, access = excluded.access
WHERE (team_member.role, team_member.access) IS DISTINCT FROM (excluded.role, excluded.access) RETURNING id
"""
_REMOVE = "DELETE FROM team_member WHERE opportunity_id = $1 AND user_id = $2 RETURNING id"
_NOBODY = (
    "No active user of the vendor, or of a partner that takes part, has this id; partners are asked by `invitePartner`."
)
_MEMBER = "SELECT role FROM team_member WHERE opportunity_id = $1 AND user_id = $2"


async def add_member(
    viewer: Viewer,
    opportunity_id: UUID,
    user_id: UUID,
    role: TeamRole,
    access: TeamAccess,
    *,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Changed | Refused:
    """From then on the person sees the deal; with EDIT, they change it. Who is on the team already is given this role
    and access."""
    when = at or datetime.now(UTC)
    async with within(tx) as own:
        found = await changeable(own, viewer, opportunity_id, expected_version, Permission.SHARE_OPPORTUNITY)
        if isinstance(found, Refused):
            return found
        before = await parties(own, found)
        person = await _person(own, viewer, user_id)
        if problem := _problem(viewer, found, before, person, role):
            return problem
        if not await may_grant(own, viewer, found, access):
            message = (
                "Your organisation may read this deal, not change it, so that your people may read it: leave READ."
            )
            return refused(ErrorCode.FORBIDDEN, message, "access")
        async with as_house(own):
            said = (new_id(), found.id, user_id, role.value, access.value, when, viewer.user_id)
            if await own.fetchrow(_SAVE, *said) is None:
                return Changed(found.id)
            return await _told(own, viewer, found, before, when)


async def remove_member(
    viewer: Viewer,
    opportunity_id: UUID,
    user_id: UUID,
    *,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Changed | Refused:
    """From then on the person sees no more of the deal than their role does."""
    async with within(tx) as own:
        found = await changeable(own, viewer, opportunity_id, expected_version, Permission.SHARE_OPPORTUNITY)
        if isinstance(found, Refused):
            return found
        person = await _person(own, viewer, user_id)
        if person is None or await own.fetchrow(_MEMBER, found.id, user_id) is None:
            return refused(ErrorCode.NOT_FOUND, "Nobody on the team has this id.", "userId")
        if standing_in(viewer, found) is Standing.ALONG and person["organization_id"] != viewer.organization_id:
            message = "Only your own people are yours to take off the team."
            return refused(ErrorCode.FORBIDDEN, message, "userId")
        before = await parties(own, found)
        async with as_house(own):
            await own.fetchrow(_REMOVE, found.id, user_id)
            return await _told(own, viewer, found, before, at or datetime.now(UTC))


def _problem(
    viewer: Viewer, found: StoredDeal, deal: Parties, person: asyncpg.Record | None, role: TeamRole
) -> Refused | None:
    if role is TeamRole.OWNER:
        message = "The owner is on the team by itself: name another one by `updateOpportunity`."
        return refused(ErrorCode.INVALID, message, "role")
    if person is None or not person["active"] or not _takes_part(deal, person):
        return refused(ErrorCode.NOT_FOUND, _NOBODY, "userId")
    if person["id"] == deal.owner_id:
        return refused(ErrorCode.INVALID, "They own the deal, and are on its team already.", "userId")
    if standing_in(viewer, found) is Standing.ALONG and person["organization_id"] != viewer.organization_id:
        return refused(ErrorCode.FORBIDDEN, "Only your own people are yours to put on the team.", "userId")
    return None


def _takes_part(deal: Parties, person: asyncpg.Record) -> bool:
    if person["kind"] == OrganizationKind.VENDOR:
        return True
    return person["organization_id"] in (deal.partner_id, *deal.along)


async def _person(tx: Transaction, viewer: Viewer, user_id: UUID) -> asyncpg.Record | None:
    """As far as the viewer sees them."""
    statement = sql(
        "SELECT u.id, u.active, u.organization_id, g.kind FROM user_account u"
        " JOIN organization g ON g.id = u.organization_id WHERE u.id = {} AND {}",
        user_id,
        visible(scope_of(viewer), "user_account", "u"),
    ).statement()
    return await tx.fetchrow(statement.text, *statement.arguments(slots_of(viewer)))


async def _told(tx: Transaction, viewer: Viewer, found: StoredDeal, before: Parties, at: datetime) -> Changed:
    event = facts.opportunity_updated(found.id, fields=["team"], actor_id=viewer.user_id)
    changed = await finish(tx, viewer, found, event, at)
    await append(tx, *tidings(found.id, before, await parties(tx, found)))
    return changed
