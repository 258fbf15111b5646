"""The consumer by which tasks follow what they are of: those of advice that applies no more are cancelled, and those of
somebody who doesn't see the deal or the registration any more go to its owner, if that is a colleague of theirs."""

from datetime import UTC, datetime
from uuid import UUID

from app.consumers.consumer import Consumer
from app.database import Transaction
from app.deals.ends_of_tasks import ENDS, ended
from app.deals.fields import change
from app.deals.hidden_tasks import RAISED, give_those_of_deal, give_those_of_registration
from app.events import append
from app.events.log import LoggedEvent
from app.nouns import REGISTRATION
from app.vocabulary import ActionStatus, EventType, TaskStatus

_OF_ENDED_ACTIONS = """
SELECT t.id, t.opportunity_id, t.registration_id, t.assignee_id, t.organization_id, n.status, n.fulfilled
FROM task t JOIN next_best_action n ON n.id = t.action_id
WHERE t.opportunity_id = $1 AND t.status IN ('OPEN', 'IN_PROGRESS')
  AND n.status IN ('COMPLETED', 'DISMISSED', 'EXPIRED')
ORDER BY t.id FOR NO KEY UPDATE OF t
"""


async def _follow(tx: Transaction, event: LoggedEvent) -> None:
    if event.type is EventType.REGISTRATION_SAVED:
        if (registration_id := event.id_of(REGISTRATION)) is not None:
            await give_those_of_registration(tx, registration_id)
    elif event.opportunity_id is None:
        return
    elif event.type is EventType.RECOMMENDATIONS_UPDATED:
        await _end(tx, event.opportunity_id)
    else:
        await give_those_of_deal(tx, event.opportunity_id)


async def _end(tx: Transaction, deal_id: UUID) -> None:
    now = datetime.now(UTC)
    for row in await tx.fetch(_OF_ENDED_ACTIONS, deal_id):
        status = TaskStatus.DONE if row["fulfilled"] else ENDS[ActionStatus(row["status"])]
        done = now if status is TaskStatus.DONE else None
        await change(tx, "task", row["id"], {"status": status.value, "completed_at": done}, *RAISED)
        await append(tx, ended(row, status, None))


_FOLLOWED = frozenset({EventType.RECOMMENDATIONS_UPDATED, EventType.OPPORTUNITY_LEFT, EventType.REGISTRATION_SAVED})
TASKS = Consumer("tasks", _FOLLOWED, _follow)
