"""Open tasks of a deal or a registration that their assignee doesn't see any more: they go to the owner of the deal, or
of the registration, if that is a colleague who sees it; else they are cancelled."""

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.deals.ends_of_tasks import ended
from app.deals.fields import change
from app.deals.seeing import seen_by
from app.events import append, facts
from app.identity.users import person_within
from app.identity.viewer import Viewer
from app.vocabulary import EventType, TaskStatus

RAISED = (
    "version = version + 1",
    "updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond')",
)
"""How a change of a task leaves its version and time."""
_OPEN = """
SELECT t.id, t.opportunity_id, t.registration_id, t.assignee_id, t.organization_id, t.status
FROM task t WHERE {} AND t.assignee_id IS NOT NULL AND t.status IN ('OPEN', 'IN_PROGRESS')
  AND coalesce(t.opportunity_id, t.registration_id) IS NOT NULL
ORDER BY t.id FOR NO KEY UPDATE
"""
_OF_DEAL = _OPEN.format(
    "(t.opportunity_id = $1 OR t.registration_id IN (SELECT r.id FROM deal_registration r WHERE r.opportunity_id = $1))"
)
_OF_REGISTRATION = _OPEN.format("t.registration_id = $1")
_OF_PERSON = _OPEN.format("t.assignee_id = $1")
_OWNER = """
SELECT coalesce((SELECT o.owner_id FROM opportunity o WHERE o.id = $1),
  (SELECT coalesce(r.owner_id, o.owner_id) FROM deal_registration r LEFT JOIN opportunity o ON o.id = r.opportunity_id
    WHERE r.id = $2)) AS owner_id
"""
_PLACES = (("opportunity", "opportunity_id"), ("deal_registration", "registration_id"))


async def give_those_of_deal(tx: Transaction, deal_id: UUID) -> None:
    """Those of its registrations as well."""
    await _give_hidden(tx, await tx.fetch(_OF_DEAL, deal_id), None)


async def give_those_of_registration(tx: Transaction, registration_id: UUID) -> None:
    await _give_hidden(tx, await tx.fetch(_OF_REGISTRATION, registration_id), None)


async def give_those_of_person(tx: Transaction, person_id: UUID, by: UUID | None) -> None:
    """Who has become another in the same transaction."""
    await _give_hidden(tx, await tx.fetch(_OF_PERSON, person_id), by)


async def _give_hidden(tx: Transaction, rows: Sequence[asyncpg.Record], by: UUID | None) -> None:
    for assignee_id in sorted({row["assignee_id"] for row in rows}):
        own = [row for row in rows if row["assignee_id"] == assignee_id]
        person = await person_within(tx, assignee_id)
        seen = frozenset() if person is None else await _seen(tx, person, own)
        for row in own:
            if row["id"] not in seen:
                await _give(tx, row, by)


async def _seen(tx: Transaction, person: Viewer, rows: Collection[asyncpg.Record]) -> frozenset[UUID]:
    """Of the tasks, those whose deal, and whose registration, they see."""
    hidden: set[UUID] = set()
    for table, column in _PLACES:
        there = {row["id"]: row[column] for row in rows if row[column] is not None}
        shown = await seen_by(tx, person, table, set(there.values()))
        hidden |= {id for id, about in there.items() if about not in shown}
    return frozenset(row["id"] for row in rows) - hidden


async def _give(tx: Transaction, row: asyncpg.Record, by: UUID | None) -> None:
    heir = await _heir(tx, row)
    if heir is None:
        await change(tx, "task", row["id"], {"status": TaskStatus.CANCELLED.value}, *RAISED)
        await append(tx, ended(row, TaskStatus.CANCELLED, by))
        return
    await change(tx, "task", row["id"], {"assignee_id": heir}, *RAISED)
    given = facts.task_changed(
        EventType.TASK_UPDATED,
        row["id"],
        opportunity_id=row["opportunity_id"],
        registration_id=row["registration_id"],
        assignee_id=heir,
        former_assignee_id=row["assignee_id"],
        organization_id=row["organization_id"],
        status=TaskStatus(row["status"]),
        fields=["assignee"],
        actor_id=by,
    )
    await append(tx, given)


async def _heir(tx: Transaction, row: asyncpg.Record) -> UUID | None:
    found = await tx.fetchrow(_OWNER, row["opportunity_id"], row["registration_id"])
    owner = await person_within(tx, found["owner_id"]) if found and found["owner_id"] else None
    if owner is None or owner.organization_id != row["organization_id"] or owner.user_id == row["assignee_id"]:
        return None
    return owner.user_id if row["id"] in await _seen(tx, owner, [row]) else None
