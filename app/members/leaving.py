"""Handing over the open deals and partners of users who are deactivated or move to another organisation."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.events import append, facts
from app.identity.viewer import Viewer
from app.members.rules import Access
from app.members.store import Person, person_by_id
from app.members.tasks_of_leavers import hand_over_tasks
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode, EventType, OrganizationKind, RegistrationStatus

# Of those who go, the open deals that they may own no more: all, when they are inactive; else those of other partners.
_DEALS = """
SELECT o.id, o.partner_id FROM opportunity o
WHERE o.owner_id = $1 AND o.status = 'OPEN' AND ($2::uuid IS NULL OR o.partner_id IS DISTINCT FROM $2)
ORDER BY o.id FOR NO KEY UPDATE
"""
_HAND_OVER = """
UPDATE opportunity SET owner_id = $2, version = version + 1, updated_at = $3 WHERE id = ANY ($1::uuid[])
"""
# Registrations go to a colleague, or to nobody in particular of the partner; reviews under way to whoever of the vendor
# takes over. Ended ones stay as they are.
_REGISTRATIONS = """
UPDATE deal_registration SET version = version + 1, updated_at = $3,
  owner_id = CASE WHEN owner_id = $1 THEN (SELECT u.id FROM user_account u WHERE u.id = $2
    AND u.organization_id = deal_registration.partner_id) ELSE owner_id END,
  reviewer_id = CASE WHEN reviewer_id = $1 THEN (SELECT u.id FROM user_account u JOIN organization g
    ON g.id = u.organization_id AND g.kind = 'VENDOR' WHERE u.id = $2) ELSE reviewer_id END
WHERE (owner_id = $1 OR reviewer_id = $1)
  AND status IN ('DRAFT', 'SUBMITTED', 'IN_REVIEW', 'CHANGES_REQUESTED', 'APPROVED')
RETURNING id, status, partner_id
"""
_PARTNERS = "SELECT id FROM organization WHERE channel_manager_id = $1 ORDER BY id FOR NO KEY UPDATE"
_LOOK_AFTER = "UPDATE organization SET channel_manager_id = $2 WHERE channel_manager_id = $1"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many open deals and partners went to somebody else."""

    deals: int = 0
    partners: int = 0


async def hand_over(
    tx: Transaction, by: Viewer | None, person: Person, after: Access, heir_id: UUID | None
) -> HandedOver | Refused:
    """Give what `person` may not keep, once they are as `after` says, to the heir; refused where none is named who may
    take all of it."""
    heir = None
    if heir_id is not None:
        heir = await person_by_id(tx, heir_id)
        if heir is None:
            return refused(ErrorCode.NOT_FOUND, "There is no such user.", "reassignTo")
        if heir.id == person.id or not heir.standing.active:
            return refused(ErrorCode.INVALID, "Name another user, who is active.", "reassignTo")
    deals = await _deals(tx, person, after)
    partners = [] if _stays_at_the_vendor(after) else await tx.fetch(_PARTNERS, person.id)
    problem = _in_the_way(person, deals, partners, heir)
    if problem is not None:
        return problem
    leaves = not (after.active and after.organization_id == person.standing.organization_id)
    if heir is None:
        if leaves:
            await hand_over_tasks(tx, by.user_id if by else None, person.id, None)
        return HandedOver()
    if deals:
        await tx.execute(_HAND_OVER, [deal["id"] for deal in deals], heir.id, datetime.now(UTC))
        actor = by.user_id if by else None
        changed = [facts.opportunity_updated(deal["id"], fields=["owner"], actor_id=actor) for deal in deals]
        came = [
            facts.opportunity_came(deal["id"], partner_id=deal["partner_id"], readers=[heir.id])
            for deal in deals
            if deal["partner_id"] == heir.standing.organization_id
        ]
        await append(tx, *changed, *came)
    if leaves:
        await _hand_over_registrations(tx, by, person, heir)
        await hand_over_tasks(tx, by.user_id if by else None, person.id, heir.id)
    if partners:
        await tx.execute(_LOOK_AFTER, person.id, heir.id)
    return HandedOver(len(deals), len(partners))


async def _hand_over_registrations(tx: Transaction, by: Viewer | None, person: Person, heir: Person) -> None:
    actor = by.user_id if by else None
    rows = await tx.fetch(_REGISTRATIONS, person.id, heir.id, datetime.now(UTC))
    changed = [
        facts.registration_step(
            EventType.REGISTRATION_SAVED,
            row["id"],
            status=RegistrationStatus(row["status"]),
            partner_id=row["partner_id"],
            actor_id=actor,
            fields=["reviewer" if person.standing.kind is OrganizationKind.VENDOR else "owner"],
        )
        for row in rows
    ]
    await append(tx, *changed)


def _stays_at_the_vendor(after: Access) -> bool:
    return after.active and after.kind is OrganizationKind.VENDOR


async def _deals(tx: Transaction, person: Person, after: Access) -> list[asyncpg.Record]:
    if _stays_at_the_vendor(after):
        return []
    return await tx.fetch(_DEALS, person.id, after.organization_id if after.active else None)


def _in_the_way(
    person: Person, deals: list[asyncpg.Record], partners: list[asyncpg.Record], heir: Person | None
) -> Refused | None:
    if not deals and not partners:
        return None
    if heir is None:
        what = " and ".join(filter(None, (_counted(deals, "open deal"), _counted(partners, "partner to look after"))))
        message = f"{person.name} has {what}: name in `reassignTo` who takes over."
        return refused(ErrorCode.BLOCKED, message, "reassignTo")
    if heir.standing.kind is OrganizationKind.VENDOR:
        return None
    others = [deal for deal in deals if deal["partner_id"] != heir.standing.organization_id]
    if others or partners:
        what = " and ".join(filter(None, (_counted(others, "open deal"), _counted(partners, "partner to look after"))))
        message = f"{heir.name} can't have {what}: name an active user of the same partner, or of the vendor."
        return refused(ErrorCode.BLOCKED, message, "reassignTo")
    return None


def _counted(things: list[asyncpg.Record], called: str) -> str:
    if not things:
        return ""
    plural = called.replace("deal", "deals").replace("partner", "partners")
    return f"{len(things)} {called if len(things) == 1 else plural}"
