"""A task."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import nouns
from app.database.sql import Sql, sql
from schema.engine.declare import column, entity, expression, to_one
from schema.engine.sql.frame import Frame
from schema.enums import TaskSource, TaskStatus, Urgency
from schema.guidance.types import NextBestAction
from schema.identity.types import User
from schema.node import Node
from schema.playbook.types import Activity

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity
    from schema.registration.types import DealRegistration


def _overdue(frame: Frame) -> Sql:
    open_ = sql("{} IN ('OPEN', 'IN_PROGRESS')", frame.column("status"))
    return sql("({} AND coalesce({} < now(), FALSE))", open_, frame.column("due_at"))


@entity(
    nouns.TASK,
    description="Something that somebody has to do: of an opportunity, of a registration, or of neither. A partner "
    "sees its own tasks and those that it gave to the vendor, of opportunities and registrations that the viewer sees; "
    "never another partner's, nor the vendor's.",
)
class Task(Node):
    title: str = column("The task in one line. Untrusted: escape it.")
    description: str | None = column("The details. Untrusted: escape it.")
    status: TaskStatus = column("The status.")
    urgency: Urgency = column("The urgency.")
    due_at: datetime | None = column("The date and time by which it should be done.")
    overdue: bool = expression(_overdue, "Whether it is to be done and its due date has passed.")
    assignee: User | None = to_one("The user who does it; null if nobody was named or the viewer can't see that user.")
    created_by: User | None = to_one(
        "The user who made it; null if an automation did or the viewer can't see that user."
    )
    source: TaskSource = column("The origin.")
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] | None = to_one(
        "The opportunity that it is of."
    )
    registration: Annotated["DealRegistration", strawberry.lazy("schema.registration.types")] | None = to_one(
        "The registration that it is of."
    )
    activity: Activity | None = to_one("The activity that it stands for: completing either completes both.")
    action: NextBestAction | None = to_one(
        "The next best action that it stands for, which was accepted: completing either completes both."
    )
    completed_at: datetime | None = column("The date and time of completion.")
    completed_by: User | None = to_one("The user who completed it; null if the viewer can't see that user.")
    created_at: datetime = column("The date and time of creation.")
    updated_at: datetime = column("The date and time of the last change.")
    version: int = column(
        "The version, which rises with every change. Send it as `expectedVersion` to detect concurrent changes."
    )
