"""Notices of tasks, for whom they were given to."""

from uuid import UUID

from app.database import Transaction
from app.events.log import LoggedEvent
from app.notifications.notify import Notice
from app.vocabulary import EventType, NotificationKind

_TASK = "SELECT assignee_id, opportunity_id, registration_id, due_at FROM task WHERE id = $1"


async def of_task(tx: Transaction, event: LoggedEvent) -> list[Notice]:
    """Somebody hears of a task that another has given them, and once of each due date that they have missed."""
    row = await tx.fetchrow(_TASK, event.subject_id)
    if row is None or row["assignee_id"] is None:
        return []
    if event.type is EventType.TASK_OVERDUE:
        due = row["due_at"].isoformat() if row["due_at"] else ""
        return [_notice(NotificationKind.TASK_OVERDUE, f"overdue/{event.subject_id}/{due}", event, row["assignee_id"])]
    if "assignee" not in event.payload.get("fields", []):
        return []
    return [_notice(NotificationKind.TASK_ASSIGNED, f"event/{event.seq}/task", event, row["assignee_id"])]


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
