"""The consumer by which tasks follow what they are of: those of advice that applies no more are cancelled, and those of
somebody who doesn't see the deal any more go to its owner, if that is a colleague of theirs."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.consumers.consumer import Consumer
from app.database import Transaction
from app.deals.ends_of_tasks import ENDS, ended
from app.deals.fields import change
from app.deals.seeing import seen_by
from app.events import append, facts
from app.events.log import LoggedEvent
from app.identity.users import person_within
from app.tasks.saving import RAISED
from app.vocabulary import ActionStatus, EventType, TaskStatus

_OF_ENDED_ACTIONS = """
SELECT t.id, t.opportunity_id, t.registration_id, t.assignee_id, t.organization_id, n.status, n.fulfilled
FROM task t JOIN next_best_action n ON n.id = t.action_id
WHERE t.opportunity_id = $1 AND t.status IN ('OPEN', 'IN_PROGRESS')
  AND n.status IN ('COMPLETED', 'DISMISSED', 'EXPIRED')
ORDER BY t.id FOR NO KEY UPDATE OF t
"""
_ASSIGNED = """
SELECT t.id, t.opportunity_id, t.registration_id, t.assignee_id, t.organization_id, t.status
FROM task t WHERE t.opportunity_id = $1 AND t.assignee_id IS NOT NULL AND t.status IN ('OPEN', 'IN_PROGRESS')
ORDER BY t.id FOR NO KEY UPDATE OF t
"""
_OWNER = "SELECT owner_id FROM opportunity WHERE id = $1"


async def _follow(tx: Transaction, event: LoggedEvent) -> None:
    if event.opportunity_id is None:
        return
    if event.type is EventType.RECOMMENDATIONS_UPDATED:
        await _end(tx, event.opportunity_id)
    else:
        await _reassign(tx, event.opportunity_id)


async def _end(tx: Transaction, deal_id: UUID) -> None:
    now = datetime.now(UTC)
    for row in await tx.fetch(_OF_ENDED_ACTIONS, deal_id):
        status = TaskStatus.DONE if row["fulfilled"] else ENDS[ActionStatus(row["status"])]
        done = now if status is TaskStatus.DONE else None
        await change(tx, "task", row["id"], {"status": status.value, "completed_at": done}, *RAISED)
        await append(tx, ended(row, status, None))


async def _reassign(tx: Transaction, deal_id: UUID) -> None:
    rows = await tx.fetch(_ASSIGNED, deal_id)
    for assignee_id in {row["assignee_id"] for row in rows}:
        person = await person_within(tx, assignee_id)
        if person is None or not await seen_by(tx, person, "opportunity", [deal_id]):
            heir = await _owner(tx, deal_id)
            for row in rows:
                if row["assignee_id"] == assignee_id:
                    await _give(tx, row, heir if heir and heir[1] == row["organization_id"] else None)


async def _owner(tx: Transaction, deal_id: UUID) -> tuple[UUID, UUID] | None:
    """With their organisation."""
    row = await tx.fetchrow(_OWNER, deal_id)
    person = await person_within(tx, row["owner_id"]) if row and row["owner_id"] else None
    return (person.user_id, person.organization_id) if person else None


async def _give(tx: Transaction, row: asyncpg.Record, heir: tuple[UUID, UUID] | None) -> None:
    if heir is None:
        await change(tx, "task", row["id"], {"status": TaskStatus.CANCELLED.value}, *RAISED)
        await append(tx, ended(row, TaskStatus.CANCELLED, None))
        return
    await change(tx, "task", row["id"], {"assignee_id": heir[0]}, *RAISED)
    given = facts.task_changed(
        EventType.TASK_UPDATED,
        row["id"],
        opportunity_id=row["opportunity_id"],
        registration_id=row["registration_id"],
        assignee_id=heir[0],
        former_assignee_id=row["assignee_id"],
        organization_id=row["organization_id"],
        status=TaskStatus(row["status"]),
        fields=["assignee"],
        actor_id=None,
    )
    await append(tx, given)


TASKS = Consumer("tasks", frozenset({EventType.RECOMMENDATIONS_UPDATED, EventType.OPPORTUNITY_LEFT}), _follow)
