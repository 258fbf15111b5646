"""Filters and orders of tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.database.sql import Sql, sql
from app.identity.scopes import ORGANIZATION, USER
from schema.engine.declare import Key, Listing, ListingArguments
from schema.engine.ids import decode_given
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import OrderDirection, TaskOrderField, TaskScope, TaskSource, TaskStatus, Urgency

OPEN = "('OPEN', 'IN_PROGRESS')"


@strawberry.input(description="Conditions on tasks, all of which must hold. Values within a list are alternatives.")
class TaskFilter:
    scope: TaskScope | None = strawberry.field(
        default=None, description="The owners of the tasks; default: all that are visible."
    )
    assignee_id: strawberry.ID | None = strawberry.field(default=None, description="Assigned to this user.")
    opportunity_id: strawberry.ID | None = strawberry.field(default=None, description="Of this opportunity.")
    registration_id: strawberry.ID | None = strawberry.field(default=None, description="Of this registration.")
    status: list[TaskStatus] | None = strawberry.field(default=None, description="In one of these states.")
    open: bool | None = strawberry.field(
        default=None, description="True: only those that are to be done, `OPEN` or `IN_PROGRESS`; false: only others."
    )
    overdue: bool | None = strawberry.field(
        default=None,
        description="True: only those that are to be done and whose due date has passed; false: only others.",
    )
    due_before: datetime | None = strawberry.field(
        default=None, description="Due before this date and time. Those without a due date are excluded."
    )
    due_after: datetime | None = strawberry.field(
        default=None, description="Due at this date and time or later. Those without a due date are excluded."
    )
    urgency: list[Urgency] | None = strawberry.field(default=None, description="Of one of these urgencies.")
    source: list[TaskSource] | None = strawberry.field(default=None, description="Limits the list to these origins.")


@strawberry.input(description="The order of a list of tasks.")
class TaskOrder:
    field: TaskOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(description="The direction.")


TaskFilterArgument = Annotated[TaskFilter | None, strawberry.argument(description="Conditions on the tasks.")]
TaskOrderArgument = Annotated[
    TaskOrder | None, strawberry.argument(description="The order; by due date by default, the earliest first.")
]
_IDS = {
    "assignee_id": ("usr", "assigneeId"),
    "opportunity_id": ("opp", "opportunityId"),
    "registration_id": ("reg", "registrationId"),
}
_WORDS = ("status", "urgency", "source")


def _ask(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: TaskFilter = arguments.get("filter") or TaskFilter()
    order: TaskOrder | None = arguments.get("order_by")
    values: dict[str, object] = {
        name: decode_given(getattr(wanted, name), prefix, "filter", argument)
        for name, (prefix, argument) in _IDS.items()
    }
    for name in _WORDS:
        words = getattr(wanted, name)
        values[name] = None if words is None else [word.value for word in words]
    values |= {"due_before": wanted.due_before, "due_after": wanted.due_after}
    choices = {} if order is None else {"field": order.field.value, "direction": order.direction.value}
    if wanted.scope is not None:
        choices["scope"] = wanted.scope.value
    for name in ("open", "overdue"):
        if getattr(wanted, name) is not None:
            choices[name] = str(getattr(wanted, name))
    return ListingArguments({name: value for name, value in values.items() if value is not None}, choices)


_CONDITIONS = {
    "assignee_id": ("{} = {}", "assignee_id"),
    "opportunity_id": ("{} = {}", "opportunity_id"),
    "registration_id": ("{} = {}", "registration_id"),
    "status": ("{} = ANY ({}::text[])", "status"),
    "urgency": ("{} = ANY ({}::text[])", "urgency"),
    "source": ("{} = ANY ({}::text[])", "source"),
    "due_before": ("{} < {}::timestamptz", "due_at"),
    "due_after": ("{} >= {}::timestamptz", "due_at"),
}


def _where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    found = [
        sql(template, frame.column(column), given.value(name))
        for name, (template, column) in _CONDITIONS.items()
        if given.value(name) is not None
    ]
    match given.choice("scope"):
        case TaskScope.MINE:
            found.append(sql("{} = {}", frame.column("assignee_id"), USER))
        case TaskScope.MY_TEAM:
            found.append(sql("{} = {}", frame.column("organization_id"), ORGANIZATION))
    status, due = frame.column("status"), frame.column("due_at")
    if (open_ := given.choice("open")) is not None:
        found.append(sql(f"{{}} {'IN' if open_ == 'True' else 'NOT IN'} {OPEN}", status))
    match given.choice("overdue"):
        case "True":
            found.append(sql(f"{{}} IN {OPEN} AND {{}} < now()", status, due))
        case "False":
            found.append(sql(f"({{}} NOT IN {OPEN} OR {{}} IS NULL OR {{}} >= now())", status, due, due))
    return found


_WEIGHT = "CASE {} WHEN 'CRITICAL' THEN 3 WHEN 'HIGH' THEN 2 WHEN 'NORMAL' THEN 1 ELSE 0 END"


def _order(frame: Frame, given: Bindings) -> Sequence[Key]:
    field = TaskOrderField(given.choice("field", TaskOrderField.DUE_AT.value))
    descending = given.choice("direction", OrderDirection.ASC.value) == OrderDirection.DESC
    last = Key(frame.column("id"), "uuid", descending)
    match field:
        case TaskOrderField.CREATED_AT:
            return [Key(frame.column("created_at"), "timestamptz", descending), last]
        case TaskOrderField.URGENCY:
            weight = Key(sql(_WEIGHT, frame.column("urgency")), "integer", descending)
            return [weight, Key(frame.column("due_at"), "timestamptz", nullable=True), Key(frame.column("id"), "uuid")]
        case TaskOrderField.DUE_AT:
            return [Key(frame.column("due_at"), "timestamptz", descending, nullable=True), last]


TASKS = Listing(
    "tasks",
    _order,
    where=_where,
    bind=_ask,
    personal=True,
    scan=Scan(
        "task",
        {
            "opportunityId": Look.FEW,
            "registrationId": Look.FEW,
            "assigneeId": Look.PART,
            "scope": Look.PART,
            **dict.fromkeys(("status", "open", "urgency", "source", "dueBefore", "dueAfter"), Look.THROUGH),
            "overdue": Look.THROUGH,
            TaskOrderField.CREATED_AT.value: Look.THROUGH,
            TaskOrderField.URGENCY.value: Look.THROUGH,
        },
        always=Look.SORTED,
    ),
)
OF_DEAL = replace(TASKS, name="deal-tasks", link="opportunity_id", scan=None)
OF_REGISTRATION = replace(TASKS, name="registration-tasks", link="registration_id", scan=None)
