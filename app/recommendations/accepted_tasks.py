"""The task that somebody takes on by accepting advice, and its end with the advice."""

from datetime import datetime
from uuid import UUID

from app.database import Transaction
from app.deals.ends_of_tasks import end_of_action
from app.deals.fields import insert
from app.events import append, facts
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.vocabulary import ActionStatus, EventType, TaskSource, TaskStatus

LONGEST_TITLE = 200
_ACTION = """
SELECT n.opportunity_id, n.urgency, n.due_at, n.activity_id,
  coalesce(n.translations -> $2 ->> 'title', n.title) AS title,
  coalesce(n.translations -> $2 ->> 'rationale', n.rationale) AS description
FROM next_best_action n WHERE n.id = $1 AND n.task_id IS NULL AND NOT EXISTS (
  SELECT FROM task t WHERE t.action_id = n.id AND t.status IN ('OPEN', 'IN_PROGRESS'))
"""


async def follow_answer(
    tx: Transaction, viewer: Viewer, deal_id: UUID, action_id: UUID, status: ActionStatus, at: datetime
) -> None:
    if status is ActionStatus.ACCEPTED:
        await _take_on(tx, viewer, action_id)
    else:
        await end_of_action(tx, deal_id, action_id, status, viewer.user_id, at)


async def _take_on(tx: Transaction, viewer: Viewer, action_id: UUID) -> None:
    """By a person: an API client has nothing to do. Advice to do a task stands for that one."""
    action = None if viewer.client else await tx.fetchrow(_ACTION, action_id, viewer.language)
    if action is None:
        return
    row = {
        "id": new_id(),
        "opportunity_id": action["opportunity_id"],
        "activity_id": action["activity_id"],
        "action_id": action_id,
        "organization_id": viewer.organization_id,
        "from_organization_id": viewer.organization_id,
        "assignee_id": viewer.user_id,
        "created_by_id": viewer.user_id,
        "source": TaskSource.GUIDANCE.value,
        "urgency": action["urgency"],
        "title": action["title"][:LONGEST_TITLE],
        "description": action["description"],
        "due_at": action["due_at"],
    }
    await insert(tx, "task", row)
    created = facts.task_changed(
        EventType.TASK_CREATED,
        row["id"],
        opportunity_id=row["opportunity_id"],
        registration_id=None,
        assignee_id=viewer.user_id,
        organization_id=viewer.organization_id,
        status=TaskStatus.OPEN,
        fields=["assignee", "title", "description", "dueAt", "urgency"],
        actor_id=viewer.user_id,
    )
    await append(tx, created)
