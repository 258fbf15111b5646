"""Tasks that stand for an activity or for advice end with it, in the same transaction; whoever sees them or not. And a
task ends with the advice to do it, if it is one that the viewer may change."""

from datetime import datetime
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.database.connection import as_house
from app.events import NewEvent, append, facts
from app.identity.viewer import Viewer
from app.outcomes import Refused, refused
from app.vocabulary import ActionStatus, ErrorCode, EventType, Role, TaskStatus

_END = """
UPDATE task t SET status = $4, completed_at = $5, completed_by_id = $6, version = version + 1, updated_at = $3
WHERE t.id IN (SELECT x.id FROM task x WHERE x.status IN ('OPEN', 'IN_PROGRESS') AND x.opportunity_id = $1
  AND x.{what} = $2 ORDER BY x.id FOR NO KEY UPDATE)
RETURNING id, opportunity_id, registration_id, assignee_id, organization_id
"""
_HELD = """
SELECT t.id, t.opportunity_id, t.registration_id, t.assignee_id, t.created_by_id, t.organization_id FROM task t
WHERE t.id = $1 AND t.status IN ('OPEN', 'IN_PROGRESS') FOR NO KEY UPDATE
"""
_DONE = """
UPDATE task SET status = 'DONE', completed_at = $2, completed_by_id = $3, version = version + 1,
  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond')
WHERE id = $1
"""
OF_SOMEBODY_ELSE = "This is somebody else's task: ask them, or a manager of theirs, to change it."
ENDS = {
    ActionStatus.COMPLETED: TaskStatus.DONE,
    ActionStatus.DISMISSED: TaskStatus.CANCELLED,
    ActionStatus.EXPIRED: TaskStatus.CANCELLED,
}


async def end_of_activity(tx: Transaction, deal_id: UUID, activity_id: UUID, by: UUID | None, at: datetime) -> None:
    """It was completed, or left out."""
    await _end(tx, "activity_id", deal_id, activity_id, TaskStatus.DONE, by, at)


async def end_of_action(
    tx: Transaction, deal_id: UUID, action_id: UUID, status: ActionStatus, by: UUID | None, at: datetime
) -> None:
    """Of what somebody has dismissed, and of what applies no more, nothing is left to do."""
    if status in ENDS:
        await _end(tx, "action_id", deal_id, action_id, ENDS[status], by, at)


async def complete_own_task(tx: Transaction, viewer: Viewer, task_id: UUID, at: datetime) -> Refused | None:
    """Where it is still to do. The transaction has locked its deal."""
    async with as_house(tx):
        row = await tx.fetchrow(_HELD, task_id)
        if row is None:
            return None
        if not may_change(viewer, row):
            return refused(ErrorCode.FORBIDDEN, OF_SOMEBODY_ELSE, "taskId")
        await tx.execute(_DONE, task_id, at, None if viewer.client else viewer.user_id)
        await append(tx, ended(row, TaskStatus.DONE, viewer.user_id))
    return None


async def _end(
    tx: Transaction, what: str, deal_id: UUID, id: UUID, status: TaskStatus, by: UUID | None, at: datetime
) -> None:
    done = status is TaskStatus.DONE
    async with as_house(tx):
        said = (deal_id, id, at, status.value, at if done else None, by if done else None)
        for row in await tx.fetch(_END.format(what=what), *said):
            await append(tx, ended(row, status, by))


def ended(row: asyncpg.Record, status: TaskStatus, by: UUID | None) -> NewEvent:
    """`row`: the task's id, deal, registration, assignee and organisation."""
    type_ = EventType.TASK_COMPLETED if status is TaskStatus.DONE else EventType.TASK_UPDATED
    return facts.task_changed(
        type_,
        row["id"],
        opportunity_id=row["opportunity_id"],
        registration_id=row["registration_id"],
        assignee_id=row["assignee_id"],
        organization_id=row["organization_id"],
        status=status,
        fields=["status"],
        actor_id=by,
    )


def may_change(viewer: Viewer, task: asyncpg.Record) -> bool:
    """By who sees it: whose it is, who made it, the managers of either, and the vendor's people. What is nobody's, by
    all of the organisation."""
    if viewer.is_vendor or viewer.user_id in (task["assignee_id"], task["created_by_id"]):
        return True
    if task["assignee_id"] is None and task["organization_id"] == viewer.organization_id:
        return True
    return viewer.role is Role.PARTNER_MANAGER
