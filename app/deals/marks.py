"""Marking criteria, and completing, skipping or reopening activities."""

from datetime import UTC, datetime
from uuid import UUID

from app.database import Transaction
from app.deals import messages
from app.deals.account_locks import hold_customer
from app.deals.confirming import mark_problem, standing_of
from app.deals.editing import Changed, editable, finish, within
from app.deals.ends_of_tasks import end_of_activity
from app.deals.fields import text_problem
from app.deals.filling_in import filling_in
from app.deals.former_marks import keep_former
from app.deals.store import stands
from app.events import facts
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ActivityStatus, CriterionCheck, ErrorCode, Permission

LONGEST_NOTE = 5_000

_MARK = """
INSERT INTO criterion_mark (id, opportunity_id, criterion_id, met, marked_at, marked_by_id, evidence, confirmed_as)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (opportunity_id, criterion_id)
DO UPDATE SET met = excluded.met, marked_at = excluded.marked_at, marked_by_id = excluded.marked_by_id,
              evidence = excluded.evidence, confirmed_as = excluded.confirmed_as
"""
_RECORD = """
INSERT INTO opportunity_activity (id, opportunity_id, activity_id, status, completed_at, completed_by_id, note,
  confirmed_as)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (opportunity_id, activity_id)
DO UPDATE SET status = excluded.status, completed_at = excluded.completed_at,
              completed_by_id = excluded.completed_by_id, note = excluded.note, confirmed_as = excluded.confirmed_as
"""


async def mark_criterion(
    viewer: Viewer,
    opportunity_id: UUID,
    criterion_id: UUID,
    met: bool,
    *,
    evidence: str | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Changed | Refused:
    """Only by who may confirm it, and of an open deal. Marking it again as it is marked changes nothing, unless that
    mark doesn't count. The deal may then advance by itself. Whoever gives a transaction holds the customer in it first
    (`hold_customer`)."""
    when = at or datetime.now(UTC)
    faults = Faults()
    faults.note(text_problem(evidence, LONGEST_NOTE, "evidence"))
    async with within(tx) as own:
        if met and tx is None:
            await hold_customer(own, opportunity_id, criterion_id)
        found = await editable(own, viewer, opportunity_id, expected_version, Permission.EDIT_OPPORTUNITY)
        if isinstance(found, Refused):
            return faults.beside(found)
        criterion = found.play.criteria.get(criterion_id)
        if criterion is None:
            faults.note(refused(ErrorCode.NOT_FOUND, "The deal's playbook has no such criterion.", "criterionId"))
            return faults.refused()
        if criterion.check is CriterionCheck.EXPRESSION:
            told = found.play.spoken(viewer.language).criteria[criterion_id]
            waits = filling_in(found, told, viewer.language, when).errors
            faults.note(refused(ErrorCode.INVALID, " ".join(one.message for one in waits), "criterionId"))
        faults.note(mark_problem(viewer, found, criterion, "criterionId"))
        if faults:
            return faults.refused()
        mark = found.marks.get(criterion_id)
        if mark is not None and not stands(mark, criterion):
            mark = None  # they said it of other words, or could not confirm it
        if (mark.met, mark.evidence) == (met, evidence) if mark else not met and evidence is None:
            return Changed(opportunity_id)
        said = standing_of(viewer).value
        await keep_former(own, found, criterion_id, viewer, when)
        await own.execute(_MARK, new_id(), opportunity_id, criterion_id, met, when, viewer.user_id, evidence, said)
        event = facts.criterion_marked(opportunity_id, criterion_key=criterion.key, met=met, actor_id=viewer.user_id)
        return await finish(own, viewer, found, event, when)


async def complete_activity(
    viewer: Viewer,
    opportunity_id: UUID,
    activity_id: UUID,
    *,
    status: ActivityStatus = ActivityStatus.COMPLETED,
    note: str | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Changed | Refused:
    """COMPLETED, SKIPPED (a required one only by who may override, with a note), or PENDING to take it back. Only by
    those who may confirm it, and of an open deal."""
    when = at or datetime.now(UTC)
    faults = Faults()
    faults.note(text_problem(note, LONGEST_NOTE, "note"))
    async with within(tx) as own:
        found = await editable(own, viewer, opportunity_id, expected_version, Permission.EDIT_OPPORTUNITY)
        if isinstance(found, Refused):
            return faults.beside(found)
        activity = found.play.activities.get(activity_id)
        if activity is None:
            faults.note(refused(ErrorCode.NOT_FOUND, "The deal's playbook has no such activity.", "activityId"))
            return faults.refused()
        denied = mark_problem(viewer, found, activity, "activityId")
        faults.note(denied)
        if status is ActivityStatus.SKIPPED and activity.required and denied is None:
            told = found.play.spoken(viewer.language).activities[activity_id]
            if not viewer.may(Permission.OVERRIDE):
                faults.note(refused(ErrorCode.FORBIDDEN, messages.may_not_skip(told.text, viewer.language), "status"))
            elif not (note or "").strip():
                faults.note(refused(ErrorCode.INVALID, messages.say_why_left_out(told.text, viewer.language), "note"))
        if faults:
            return faults.refused()
        record = found.activities.get(activity_id)
        now = (record.status, record.note) if record else (ActivityStatus.PENDING, None)
        if now == (status, note) and found.is_done(activity_id) is (status is not ActivityStatus.PENDING):
            return Changed(opportunity_id)
        done, said = status is not ActivityStatus.PENDING, standing_of(viewer).value
        who, then = (viewer.user_id, when) if done else (None, None)
        await own.execute(_RECORD, new_id(), opportunity_id, activity_id, status.value, then, who, note, said)
        event = facts.activity_completed(
            opportunity_id, activity_key=activity.key, status=status, actor_id=viewer.user_id
        )
        if done:
            await end_of_activity(own, opportunity_id, activity_id, viewer.user_id, when)
        return await finish(own, viewer, found, event, when)
