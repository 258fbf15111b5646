"""Pushed changes of tasks."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.events.live_filter import OfTasks
from app.events.log import LoggedEvent
from app.identity.viewer import Viewer
from schema.context import Info
from schema.engine.declare import Requester, to_one
from schema.engine.ids import decode_given
from schema.enums import EventType, TaskScope
from schema.event.cursors import event_cursor
from schema.event.feed import Feed
from schema.event.live import follow
from schema.event.subscriptions import AfterEvent
from schema.scalars import Cursor
from schema.task.types import Task


@strawberry.type(description="An event of a task.")
class TaskEvent:
    task_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(description="The event's position in the log, for use as `after` to resume.")
    type: EventType = strawberry.field(description="The type of event.")
    at: datetime = strawberry.field(description="The date and time.")
    fields: list[str] = strawberry.field(description="The names of the fields that were changed.")
    task: Task | None = to_one("The task in its state at delivery; null if the viewer can no longer see it.")


@strawberry.input(description="Conditions on events of tasks, all of which must hold.")
class TaskEventFilter:
    scope: TaskScope | None = strawberry.field(
        default=None,
        description="The owners of the tasks; default: all that are visible. `MINE` also tells of those given away.",
    )
    assignee_id: strawberry.ID | None = strawberry.field(
        default=None, description="Tasks of this user, and those that the user had until then."
    )
    opportunity_id: strawberry.ID | None = strawberry.field(default=None, description="Tasks of this opportunity.")
    registration_id: strawberry.ID | None = strawberry.field(default=None, description="Tasks of this registration.")

    def read(self, viewer: Viewer) -> OfTasks:
        places = {
            "opportunityId": decode_given(self.opportunity_id, "opp", "filter", "opportunityId"),
            "registrationId": decode_given(self.registration_id, "reg", "filter", "registrationId"),
            "assigneeId": decode_given(self.assignee_id, "usr", "filter", "assigneeId"),
        }
        found = [(name, id) for name, id in places.items() if id is not None]
        if self.scope is TaskScope.MINE:
            found.append(("assigneeId", viewer.user_id))
        if self.scope is TaskScope.MY_TEAM:
            found.append(("organizationId", viewer.organization_id))
        return OfTasks(tuple(found))


async def _happened(_: Requester, event: LoggedEvent) -> TaskEvent:
    return TaskEvent(
        cursor=event_cursor(event),
        type=event.type,
        at=event.at,
        fields=[str(name) for name in event.payload.get("fields", [])],
        task_id=event.subject_id,
    )


@strawberry.type
class TaskSubscription:
    @strawberry.subscription(description="Pushes the events of tasks that the viewer can see, as they happen.")
    async def tasks_changed(
        self,
        info: Info,
        filter: Annotated[TaskEventFilter | None, strawberry.argument(description="Limits the events.")] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[TaskEvent, None]:
        wanted = (filter or TaskEventFilter()).read(info.context.viewer)
        async with aclosing(follow(info, Feed(wanted, _happened), after)) as happened:
            async for event in happened:
                yield event
