"""Making tasks and changing them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.deals.editing import within
from app.deals.fields import change, checked, insert
from app.deals.hidden_tasks import RAISED
from app.events import NewEvent, append, facts
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.tasks.assignees import assignee
from app.tasks.stored import changeable, hold
from app.tasks.values import FIELDS, NAMES, OPEN
from app.vocabulary import ErrorCode, EventType, TaskSource, TaskStatus

_ACTIVITY = """
SELECT a.id FROM activity a JOIN stage s ON s.id = a.stage_id JOIN opportunity o ON o.playbook_id = s.playbook_id
WHERE a.id = $1 AND o.id = $2
"""


@dataclass(frozen=True, slots=True)
class TaskSaved:
    task_id: UUID
    created: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What a new task is of: a deal, a registration, or neither; and what of the deal it stands for."""

    opportunity_id: UUID | None = None
    registration_id: UUID | None = None
    activity_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What makes a task, where no person does. `effect_key`: one with this key is made once. `depth`: how many
    automations have led to it."""

    source: TaskSource = TaskSource.PERSON
    effect_key: str | None = None
    depth: int = 0


async def create_task(
    viewer: Viewer,
    about: About,
    given: Mapping[str, Any],
    *,
    origin: Origin | None = None,
    tx: Transaction | None = None,
) -> TaskSaved | Refused:
    """`given`: by column, of `FIELDS`, and `assignee_id`; without that, it is the viewer's own."""
    values, faults = checked(FIELDS, given), Faults()
    faults.note(values)
    if "title" not in given:
        faults.note(refused(ErrorCode.INVALID, FIELDS["title"].missing or "", "title"))
    async with within(tx) as own:
        faults.note(*await _about_problems(own, viewer, about))
        person_id = given.get("assignee_id", None if viewer.client else viewer.user_id)
        person = None
        if person_id is not None and not faults.at("opportunityId", "registrationId"):
            person = await assignee(own, viewer, person_id, about.opportunity_id, about.registration_id)
            faults.note(person)
        if isinstance(values, Refused) or isinstance(person, Refused) or faults:
            return faults.refused()
        return await _insert(own, viewer, about, values, person, origin or Origin())


async def _about_problems(tx: Transaction, viewer: Viewer, about: About) -> Iterable[Refused]:
    found: list[Refused] = []
    if about.opportunity_id is not None and about.registration_id is not None:
        found.append(refused(ErrorCode.INVALID, "Name a deal or a registration, not both.", "registrationId"))
    elif about.opportunity_id is not None and not await hold(tx, viewer, "opportunity", about.opportunity_id):
        found.append(refused(ErrorCode.NOT_FOUND, "There is no such deal.", "opportunityId"))
    elif about.registration_id is not None and not await hold(tx, viewer, "deal_registration", about.registration_id):
        found.append(refused(ErrorCode.NOT_FOUND, "There is no such registration.", "registrationId"))
    if not found and about.activity_id is not None:
        known = about.opportunity_id and await tx.fetchrow(_ACTIVITY, about.activity_id, about.opportunity_id)
        if not known:
            message = "The deal's playbook has no such activity."
            found.append(refused(ErrorCode.NOT_FOUND, message, "activityId"))
    return found


async def _insert(
    tx: Transaction, viewer: Viewer, about: About, values: dict[str, Any], person: Viewer | None, origin: Origin
) -> TaskSaved:
    by_person = origin.source is not TaskSource.AUTOMATION
    row = {
        "id": new_id(),
        "opportunity_id": about.opportunity_id,
        "registration_id": about.registration_id,
        "activity_id": about.activity_id,
        "assignee_id": person.user_id if person else None,
        "organization_id": person.organization_id if person else viewer.organization_id,
        "from_organization_id": viewer.organization_id,
        "created_by_id": viewer.user_id if by_person else None,
        "source": origin.source.value,
        "effect_key": origin.effect_key,
        "depth": origin.depth,
        **values,
    }
    await insert(tx, "task", row)
    fields = ["assignee", *(NAMES[column] for column in values)]
    await append(tx, _event(EventType.TASK_CREATED, row, fields, viewer.user_id))
    return TaskSaved(row["id"], created=True)


async def change_task(
    viewer: Viewer,
    task_id: UUID,
    given: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    tx: Transaction | None = None,
) -> TaskSaved | Refused:
    """Change what `given` has; what is as it was changes nothing. One that was completed or cancelled is opened again
    by a status."""
    values, faults = checked(FIELDS, given), Faults()
    faults.note(values)
    async with within(tx) as own:
        stored = await changeable(own, viewer, task_id, expected_version)
        if isinstance(stored, Refused):
            return faults.beside(stored)
        person_id = given.get("assignee_id", stored["assignee_id"])
        person = None
        if person_id is not None and person_id != stored["assignee_id"]:
            person = await assignee(own, viewer, person_id, stored["opportunity_id"], stored["registration_id"])
            faults.note(person)
        if isinstance(values, Refused) or isinstance(person, Refused) or faults:
            return faults.refused()
        if person_id != stored["assignee_id"]:
            values |= {"assignee_id": person_id}
            if person is not None:
                values |= {"organization_id": person.organization_id}
        return await _update(own, viewer, stored, values)


async def _update(tx: Transaction, viewer: Viewer, stored: asyncpg.Record, values: dict[str, Any]) -> TaskSaved:
    changed = {column: value for column, value in values.items() if stored[column] != value}
    if not changed:
        return TaskSaved(stored["id"])
    written = dict(changed)
    if "due_at" in changed:
        written |= {"overdue_at": None, "depth": 0}
    if changed.get("status") in OPEN:
        written |= {"completed_at": None, "completed_by_id": None}
    await change(tx, "task", stored["id"], written, *RAISED)
    row = {**stored, **changed}
    fields = [NAMES[column] for column in changed if column in NAMES]
    former = stored["assignee_id"] if "assignee_id" in changed else None
    await append(tx, _event(EventType.TASK_UPDATED, row, fields, viewer.user_id, former))
    return TaskSaved(stored["id"])


def _event(
    type_: EventType, row: Mapping[str, Any], fields: Iterable[str], actor: UUID | None, former: UUID | None = None
) -> NewEvent:
    return facts.task_changed(
        type_,
        row["id"],
        opportunity_id=row["opportunity_id"],
        registration_id=row["registration_id"],
        assignee_id=row["assignee_id"],
        organization_id=row["organization_id"],
        status=TaskStatus(row.get("status", TaskStatus.OPEN)),
        fields=fields,
        actor_id=actor,
        former_assignee_id=former,
    )
