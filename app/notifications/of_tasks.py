"""Notices of tasks, for whom they were given to."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.database import Transaction
from app.events.log import LoggedEvent
from app.notifications.notify import Notice
from app.vocabulary import EventType, NotificationKind, TaskStatus

_TASK = "SELECT assignee_id, due_at, overdue_at, status FROM task WHERE id = $1"
_OPEN = frozenset({TaskStatus.OPEN.value, TaskStatus.IN_PROGRESS.value})


async def of_task(tx: Transaction, event: LoggedEvent) -> list[Notice]:
    """Somebody hears of a task that another has given them, and once of each due date that they have missed."""
    row = await tx.fetchrow(_TASK, event.subject_id)
    if row is None or row["assignee_id"] is None:
        return []
    if event.type is EventType.TASK_OVERDUE:
        if not _is_overdue(row, event):
            return []
        key = f"overdue/{event.subject_id}/{row['due_at'].isoformat()}"
        return [_notice(NotificationKind.TASK_OVERDUE, key, event, row["assignee_id"])]
    if "assignee" not in event.payload.get("fields", []):
        return []
    return [_notice(NotificationKind.TASK_ASSIGNED, f"event/{event.seq}/task", event, row["assignee_id"])]


def _is_overdue(row: Mapping[str, Any], event: LoggedEvent) -> bool:
    """Still, and by the date of which it was said: another one has its own day."""
    due, told = row["due_at"], row["overdue_at"]
    return row["status"] in _OPEN and due is not None and due < max(event.at, told or event.at)


def _notice(kind: NotificationKind, key: str, event: LoggedEvent, to: UUID) -> Notice:
    deal, registration = (event.payload.get(name) for name in ("opportunityId", "registrationId"))
    return Notice(
        kind,
        key,
        [to],
        event.actor_id,
        UUID(deal) if deal else None,
        UUID(registration) if registration else None,
        task_id=event.subject_id,
    )


TASKS = dict.fromkeys((EventType.TASK_CREATED, EventType.TASK_UPDATED, EventType.TASK_OVERDUE), of_task)
