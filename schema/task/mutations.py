"""Mutations of tasks."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.outcomes import Refused, as_it_stands, refused
from app.tasks.completing import LONGEST_NOTE, complete_task
from app.tasks.saving import About, TaskSaved, change_task, create_task
from app.tasks.values import FIELDS, LONGEST_DESCRIPTION, LONGEST_TITLE
from app.vocabulary import ErrorCode
from schema.engine.declare import to_one
from schema.engine.ids import decode, decode_given
from schema.enums import TaskStatus, Urgency
from schema.mutation import Payload, client_mutation_id, mutation
from schema.task.types import Task

VERSION = "The version that the change is based on. Fails with `CONFLICT` if it has changed since."


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


def _may_change(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="A task. Created if there is no `taskId`. Omitted fields stay unchanged.")
class UpsertTaskInput:
    task_id: strawberry.ID | None = _said("The task to change.")
    opportunity_id: strawberry.ID | None = _said("The opportunity that a new task is of; it never changes.")
    registration_id: strawberry.ID | None = _said("The registration that a new task is of, instead.")
    activity_id: strawberry.ID | None = _said(
        "The activity of the opportunity's playbook that a new task stands for: completing either completes both."
    )
    title: str | None = _may_change(
        f"The task in one line, at most {LONGEST_TITLE} characters. Required for a new one."
    )
    description: str | None = _may_change(f"The details, at most {LONGEST_DESCRIPTION:,} characters; null for none.")
    assignee_id: strawberry.ID | None = _may_change(
        "The user who is to do it, who has to see the opportunity or registration; null: nobody yet. By default, a new "
        "task is the viewer's own."
    )
    due_at: datetime | None = _may_change("The date and time by which it should be done; null for none.")
    urgency: Urgency | None = _may_change("The urgency; `NORMAL` by default.")
    status: TaskStatus | None = _may_change(
        "`OPEN`, `IN_PROGRESS` or `CANCELLED`; `OPEN` by default. What was completed is opened again by it."
    )
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `completeTask`.")
class CompleteTaskInput:
    task_id: strawberry.ID = strawberry.field(description="The task.")
    note: str | None = _said(
        f"A note, at most {LONGEST_NOTE:,} characters: on the activity, or as the `reason` of the next best action, "
        "for which the task stands. Others keep none."
    )
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of a change to a task.")
class TaskPayload(Payload):
    task_id: strawberry.Private[UUID | None]
    task: Task | None = to_one(
        "The task after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed, or if the "
        "viewer no longer sees it."
    )
    created: bool = strawberry.field(default=False, description="Whether it was created.")

    @classmethod
    def of(cls, outcome: TaskSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(task_id=as_it_stands(outcome))
        return cls(task_id=outcome.task_id, created=outcome.created)


UpsertInput = Annotated[UpsertTaskInput, strawberry.argument(description="The task.")]
CompleteInput = Annotated[CompleteTaskInput, strawberry.argument(description="The task that is done.")]


@strawberry.type
class TaskMutation:
    @mutation(
        payload=TaskPayload,
        noun=nouns.TASK,
        description="Creates a task, or changes one. Changed by the assignee, whoever made it, their managers and the "
        "vendor; by everybody of the organisation while it is nobody's.",
    )
    async def upsert_task(self, viewer: Viewer, input: UpsertInput) -> TaskSaved | Refused:
        given = {column: getattr(input, column) for column in FIELDS}
        given["assignee_id"] = input.assignee_id
        given = {column: value for column, value in given.items() if value is not strawberry.UNSET}
        if given.get("assignee_id") is not None:
            given["assignee_id"] = decode(given["assignee_id"], "usr", "assigneeId")
        about = About(
            decode_given(input.opportunity_id, "opp", "opportunityId"),
            decode_given(input.registration_id, "reg", "registrationId"),
            decode_given(input.activity_id, "act", "activityId"),
        )
        if input.task_id is None:
            if input.expected_version not in (None, 0):
                return refused(ErrorCode.CONFLICT, "There is no such task yet.", "expectedVersion")
            return await create_task(viewer, about, given)
        if about != About():
            message = "What a task is of never changes: leave it out, or make a new task."
            return refused(ErrorCode.INVALID, message, _first(about))
        task_id = decode(input.task_id, "tsk", "taskId")
        return await change_task(viewer, task_id, given, expected_version=input.expected_version)

    @mutation(
        payload=TaskPayload,
        noun=nouns.TASK,
        description="Completes a task, and with it the activity or the next best action that it stands for, as "
        "`completeActivity` and `respondToAction` do. If that is refused, the task stays as it was. One that is done "
        "already stays so.",
    )
    async def complete_task(self, viewer: Viewer, input: CompleteInput) -> TaskSaved | Refused:
        return await complete_task(
            viewer,
            decode(input.task_id, "tsk", "taskId"),
            note=input.note,
            expected_version=input.expected_version,
        )


def _first(about: About) -> str:
    if about.opportunity_id is not None:
        return "opportunityId"
    return "activityId" if about.registration_id is None else "registrationId"
