"""Queries for tasks."""

import strawberry

from schema.connections import root_connection
from schema.context import Info
from schema.engine.declare import Paged
from schema.engine.serve.resolvers import root
from schema.listing import by_id
from schema.node import IdArgument
from schema.pagination import Connection
from schema.task.listings import TASKS, TaskFilterArgument, TaskOrderArgument
from schema.task.types import Task


@strawberry.type
class TaskQuery:
    @root(by_id("tsk"), "The task with this id; null if there is none or the viewer can't see it.")
    async def task(self, info: Info, id: IdArgument) -> Task | None: ...

    tasks: Connection[Task] = root_connection(
        Paged(TASKS),
        "The tasks that the viewer can see, by due date by default.",
        filter=TaskFilterArgument,
        order_by=TaskOrderArgument,
    )
