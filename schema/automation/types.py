"""Automations and their runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import orjson
import strawberry
from strawberry.scalars import JSON

from app import nouns
from app.automation.definition import Step, Trigger
from app.automation.store import TOLD
from app.database import database
from app.database.sql import Sql, sql
from app.events.log import COLUMNS, logged
from schema.connections import connection
from schema.engine.declare import (
    Key,
    Listing,
    Paged,
    Requester,
    column,
    computed,
    entity,
    to_many,
    to_one,
)
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import AutomationStepKind, EventType, Role, RunStatus
from schema.event.types import Event
from schema.identity.types import User
from schema.node import Node
from schema.pagination import Connection

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity
    from schema.registration.types import DealRegistration


@strawberry.type(
    description="The trigger of an automation. One field besides `timeZone` is given, the others are null."
)
class AutomationTrigger:
    events: list[EventType] | None = strawberry.field(description="Events of these types.")
    days_in_stage: int | None = strawberry.field(
        description="An open opportunity has been in its stage for this many days."
    )
    days_before_close: int | None = strawberry.field(
        description="So many days before an open opportunity's expected close date; negative: after it."
    )
    days_silent: int | None = strawberry.field(
        description="Nobody has done anything in an open opportunity for this many days."
    )
    schedule: str | None = strawberry.field(
        description="A cron schedule of five fields, for each open opportunity: `0 8 * * MON`."
    )
    time_zone: str = strawberry.field(
        description="The time zone of the schedule, and of the days before close, as an IANA name."
    )

    @classmethod
    def of(cls, trigger: Trigger) -> "AutomationTrigger":
        events = sorted(trigger.events) or None
        return cls(
            events=None if events is None else [EventType(type_) for type_ in events],
            days_in_stage=trigger.days_in_stage,
            days_before_close=trigger.days_before_close,
            days_silent=trigger.days_silent,
            schedule=trigger.schedule,
            time_zone=trigger.time_zone,
        )


@strawberry.type(description="A step of an automation.")
class AutomationStep:
    kind: AutomationStepKind = strawberry.field(description="The kind of the step.")
    settings: JSON = strawberry.field(description="The settings: an object with the fields of its kind.")
    after_minutes: int = strawberry.field(description="Minutes after the beginning of the run; 0: at once.")
    only_if_still: str | None = strawberry.field(
        description="A CEL condition that is asked again when its time comes; null if there is none."
    )

    @classmethod
    def of(cls, step: Step) -> "AutomationStep":
        stored = step.stored()
        return cls(
            kind=AutomationStepKind(stored["kind"]),
            settings=JSON(stored["settings"]),
            after_minutes=stored["afterMinutes"],
            only_if_still=step.only_if_still,
        )


_READ = """
SELECT id, events, days_in_stage, days_before_close, days_silent, schedule, time_zone, steps::text AS steps
FROM automation WHERE id = ANY ($1::uuid[])
"""
_STEPS = "SELECT id, step::text AS step FROM automation_step_run WHERE id = ANY ($1::uuid[])"
_EVENTS = f"""
SELECT r.id AS run, {COLUMNS} FROM automation_run r JOIN event e ON e.seq = r.event_seq
WHERE r.id = ANY ($1::uuid[]) AND {TOLD}
"""  # noqa: S608 (columns)


async def _triggers(_: Requester, ids: Sequence[UUID], __: Mapping[str, Any]) -> Mapping[UUID, AutomationTrigger]:
    known = {type_.value for type_ in EventType}
    return {
        row["id"]: AutomationTrigger.of(
            Trigger(
                frozenset(EventType(name) for name in row["events"] if name in known),
                row["days_in_stage"],
                row["days_before_close"],
                row["days_silent"],
                row["schedule"],
                row["time_zone"],
            )
        )
        for row in await database().fetch(_READ, list(ids))
    }


async def _steps(_: Requester, ids: Sequence[UUID], __: Mapping[str, Any]) -> Mapping[UUID, list[AutomationStep]]:
    return {
        row["id"]: [AutomationStep.of(Step.of(one)) for one in orjson.loads(row["steps"])]
        for row in await database().fetch(_READ, list(ids))
    }


async def _step(_: Requester, ids: Sequence[UUID], __: Mapping[str, Any]) -> Mapping[UUID, AutomationStep]:
    rows = await database().fetch(_STEPS, list(ids))
    return {row["id"]: AutomationStep.of(Step.of(orjson.loads(row["step"]))) for row in rows}


async def _events(_: Requester, ids: Sequence[UUID], __: Mapping[str, Any]) -> Mapping[UUID, Event | None]:
    found: dict[UUID, Event | None] = dict.fromkeys(ids)
    for row in await database().fetch(_EVENTS, list(ids)):
        found[row["run"]] = Event.of(logged(row))
    return found


def _newest(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [
        Key(frame.column("started_at"), "timestamptz", descending=True),
        Key(frame.column("id"), "uuid", descending=True),
    ]


def _in_order(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("position"), "integer"), Key(frame.column("id"), "uuid")]


RUNS_OF_AUTOMATION = Listing("automation-runs", _newest, link="automation_id")
STEPS_OF_RUN = Listing("automation-run-steps", _in_order, link="run_id")


@entity(nouns.STEP_RUN, description="A step of a run.")
class StepRun(Node):
    kind: AutomationStepKind = column("The kind of the step.")
    step: AutomationStep = computed(_step, "The step, as the automation's version of the run has it.", personal=False)
    status: RunStatus = column("The status.")
    due_at: datetime = column("The time at which it is done, or is tried again.")
    attempts: int = column("The number of times that it was begun.")
    finished_at: datetime | None = column("The time at which it came to an end.")
    outcome: str | None = column("The outcome, in ids and keys: `tsk_…`.")
    error: str | None = column("The reason why it failed or was left out.")


@entity(nouns.AUTOMATION_RUN, description="A run of an automation, because of an event or of an opportunity's moment.")
class AutomationRun(Node):
    automation: Annotated["Automation", strawberry.lazy("schema.automation.types")] = to_one("The automation.")
    version: int = column("The version of the automation, which the run keeps to.")
    event: Event | None = computed(
        _events, "The event that triggered it; null if the time did, or if the log no longer holds it.", personal=False
    )
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] | None = to_one(
        "The opportunity that it is about."
    )
    registration: Annotated["DealRegistration", strawberry.lazy("schema.registration.types")] | None = to_one(
        "The registration that it is about."
    )
    depth: int = column("The number of automations that have led to it, one because of the other.")
    started_at: datetime = column("The time at which it was begun.")
    finished_at: datetime | None = column("The time at which its last step came to an end.")
    status: RunStatus = column("The status.")
    error: str | None = column("The reason why it failed, or why nothing was done.")
    steps: list[StepRun] = to_many(STEPS_OF_RUN, "The steps, in order; none of a run that was not begun.", rows=5)


@entity(
    nouns.AUTOMATION,
    description="An action that happens by itself when something has happened. For the vendor; partners see what it "
    "has done in their opportunities.",
)
class Automation(Node):
    key: str = column("The machine-readable key, which never changes.")
    name: str = column("The name.")
    description: str | None = column("The purpose.")
    enabled: bool = column("Whether it is on.")
    version: int = column(
        "The version, which rises with every change of the definition. Send it as `expectedVersion` to detect "
        "concurrent changes."
    )
    role: Role = column("The role with whose rights it acts: that of whoever saved it last.")
    playbook_key: str | None = column("The playbook whose opportunities it is about; null for all.")
    trigger: AutomationTrigger = computed(_triggers, "The trigger.", personal=False)
    condition: str = column("The CEL condition under which it runs; empty: always.")
    steps: list[AutomationStep] = computed(_steps, "The steps, in order.", personal=False, rows=5)
    active_since: datetime | None = column("Since when it has been on; null while it is off.")
    created_at: datetime = column("The date and time of creation.")
    updated_at: datetime = column("The date and time of the last change.")
    updated_by: User | None = to_one("The user who changed it last.")
    removed_at: datetime | None = column("The date and time of its removal; null while it is there.")
    runs: Connection[Annotated["AutomationRun", strawberry.lazy("schema.automation.types")]] = connection(
        Paged(RUNS_OF_AUTOMATION), "Its runs, newest first."
    )


def _by_key(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("key"), "text"), Key(frame.column("id"), "uuid")]


def _there(frame: Frame, _: Bindings) -> Sequence[Sql]:
    return [sql("{} IS NULL", frame.column("removed_at"))]


AUTOMATIONS = Listing("automations", _by_key, where=_there, scan=Scan("automation", {}, always=Look.FREE))
