"""The consumer by which advice follows its deal: what a change has made void expires within seconds, read or not; a
new deal gets its first advice; where somebody has answered an action, the rules are asked what comes next, and where a
task is due, changed or done, what is left of it.

One job does so for all deals that changed, so a deal that changes ten times in a moment is looked at once.
"""

from datetime import timedelta

from app.consumers.consumer import Consumer
from app.database import Transaction
from app.events.log import LoggedEvent
from app.jobs import defer_missing
from app.recommendations.upkeep import RENEW
from app.vocabulary import EventType

WITHIN = timedelta(seconds=5)

OF_DEALS = frozenset(
    {
        EventType.OPPORTUNITY_CREATED,
        EventType.OPPORTUNITY_STAGE_CHANGED,
        EventType.OPPORTUNITY_UPDATED,
        EventType.CRITERION_MARKED,
        EventType.ACTIVITY_COMPLETED,
    }
)


OF_TASKS = frozenset({EventType.TASK_CREATED, EventType.TASK_UPDATED, EventType.TASK_COMPLETED, EventType.TASK_OVERDUE})
# Of a task that is due only later, nothing is said yet; one that stands for other advice ends with it.
_OUTDATE = """
UPDATE recommendation r SET fresh_until = clock_timestamp() FROM task t
WHERE t.id = $1 AND r.opportunity_id = t.opportunity_id AND r.fresh_until > clock_timestamp() AND t.action_id IS NULL
  AND (t.due_at < clock_timestamp() + interval '1 day' OR EXISTS (
    SELECT FROM next_best_action n WHERE n.task_id = t.id AND n.status IN ('PROPOSED', 'ACCEPTED')))
RETURNING r.opportunity_id
"""


async def _follow(tx: Transaction, event: LoggedEvent) -> bool:
    if event.type is EventType.RECOMMENDATIONS_UPDATED and "response" not in event.payload:
        return False  # the advice itself has changed
    locked = event.type in OF_TASKS
    if locked and not await tx.fetch(_OUTDATE, event.subject_id):
        return False
    await defer_missing(tx, RENEW, {RENEW: {"since": event.at.isoformat()}}, after=WITHIN)
    return locked


ADVICE = Consumer("advice", OF_DEALS | OF_TASKS | {EventType.RECOMMENDATIONS_UPDATED}, _follow)
