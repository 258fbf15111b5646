"""Completing a task, and with it the activity or the advice that it stands for."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.database import Transaction, joined
from app.deals.editing import within
from app.deals.ends_of_tasks import ended, may_change
from app.deals.fields import change, text_problem
from app.deals.hidden_tasks import RAISED
from app.deals.marks import complete_activity
from app.events import append
from app.identity.viewer import Viewer
from app.outcomes import Faults, Refused, UserError
from app.recommendations.respond import respond
from app.tasks.saving import TaskSaved
from app.tasks.stored import changeable, read
from app.tasks.values import OPEN
from app.vocabulary import ActionResponse, ActionStatus, TaskStatus

LONGEST_NOTE = 2_000
_ACTION = "SELECT status FROM next_best_action WHERE id = $1"
_ADVISED = "SELECT id FROM next_best_action WHERE task_id = $1 AND status IN ('PROPOSED', 'ACCEPTED')"
_TO_DO = """
SELECT o.id FROM opportunity o LEFT JOIN opportunity_activity a ON a.opportunity_id = o.id AND a.activity_id = $2
WHERE o.id = $1 AND o.status = 'OPEN' AND coalesce(a.status, 'PENDING') = 'PENDING'
"""


async def complete_task(
    viewer: Viewer,
    task_id: UUID,
    *,
    note: str | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> TaskSaved | Refused:
    """One that is done already stays as it is. If what it stands for can't be completed, neither can the task."""
    when = at or datetime.now(UTC)
    faults = Faults()
    faults.note(text_problem(note, LONGEST_NOTE, "note"))
    async with within(tx) as own:
        known = await read(own, viewer, task_id)
        undone = None
        if known is not None and _is_meant(viewer, known, expected_version) and not faults:
            # First, as it locks the deal; with it, it may complete this task.
            undone = await _complete_what_it_stands_for(own, viewer, known, note, when)
            if isinstance(undone, Refused):
                return undone
        stored = await changeable(own, viewer, task_id, None if undone else expected_version)
        if isinstance(stored, Refused):
            return faults.beside(stored)
        if faults:
            return faults.refused()
        if stored["status"] != TaskStatus.DONE:
            by_whom = None if viewer.client else viewer.user_id
            done = {"status": TaskStatus.DONE.value, "completed_at": when, "completed_by_id": by_whom}
            await change(own, "task", task_id, done, *RAISED)
            await append(own, ended(stored, TaskStatus.DONE, viewer.user_id))
        return TaskSaved(task_id)


def _is_meant(viewer: Viewer, task: asyncpg.Record, expected_version: int | None) -> bool:
    """It is open, and the viewer may complete it."""
    return task["status"] in OPEN and may_change(viewer, task) and expected_version in (None, task["version"])


async def _complete_what_it_stands_for(
    tx: Transaction, viewer: Viewer, task: asyncpg.Record, note: str | None, at: datetime
) -> bool | Refused:
    """Whether there was something: of a closed deal, nothing is."""
    deal_id = task["opportunity_id"]
    if task["activity_id"] is not None and await tx.fetchrow(_TO_DO, deal_id, task["activity_id"]):
        outcome = await complete_activity(viewer, deal_id, task["activity_id"], note=note, at=at, tx=tx)
        return _at_the_task(outcome) if isinstance(outcome, Refused) else True
    if task["action_id"] is not None and await _is_open(tx, task["action_id"]):
        with joined(tx):
            answered = await respond(viewer, task["action_id"], ActionResponse.COMPLETE, reason=note, at=at)
        return _at_the_task(answered) if isinstance(answered, Refused) else True
    return await _complete_advice(tx, viewer, task["id"], note, at)


async def _complete_advice(tx: Transaction, viewer: Viewer, task_id: UUID, note: str | None, at: datetime) -> bool:
    """The advice to do the task, and with it the task. Where the viewer may not answer it, the task is done alone, and
    the advice ends by itself."""
    advised = await tx.fetchrow(_ADVISED, task_id)
    if advised is None:
        return False
    with joined(tx):
        answered = await respond(viewer, advised["id"], ActionResponse.COMPLETE, reason=note, at=at)
    return not isinstance(answered, Refused)


async def _is_open(tx: Transaction, action_id: UUID) -> bool:
    row = await tx.fetchrow(_ACTION, action_id)
    return row is not None and row["status"] in (ActionStatus.PROPOSED, ActionStatus.ACCEPTED)


def _at_the_task(refusal: Refused) -> Refused:
    """Paths lead into another mutation's input; what is recorded elsewhere says where."""
    return Refused(tuple(_here(error) for error in refusal.errors))


def _here(error: UserError) -> UserError:
    if error.path in (("note",), ("reason",)):
        return UserError(error.code, error.message, ("note",))
    return UserError(error.code, error.message, error.path if len(error.path) > 1 else ("taskId",))
