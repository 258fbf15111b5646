"""An automation as clients write it."""

from datetime import timedelta
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from app.automation.checking import LONGEST_NAME, MOST_STEPS
from app.automation.definition import Definition, Step, Trigger
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode
from schema.enums import AutomationStepKind, EventType
from schema.mutation import client_mutation_id


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="The trigger of an automation: exactly one of the fields besides `timeZone`.")
class AutomationTriggerInput:
    events: list[EventType] | None = _said("Events of these types.")
    days_in_stage: int | None = _said("An open opportunity has been in its stage for this many days.")
    days_before_close: int | None = _said(
        "So many days before an open opportunity's expected close date; negative: after it; 0: on that day."
    )
    days_silent: int | None = _said(
        "Nobody has done anything in an open opportunity for this many days: no change, comment, task or response. "
        "What automations do doesn't count."
    )
    schedule: str | None = _said(
        "A cron schedule of five fields: `0 8 * * MON`. It is asked for each open opportunity; at most every 15 "
        "minutes."
    )
    time_zone: str = strawberry.field(
        default="UTC", description="The time zone of the schedule, and of the days before close, as an IANA name."
    )

    def read(self) -> Trigger:
        return Trigger(
            frozenset(self.events or ()),
            self.days_in_stage,
            self.days_before_close,
            self.days_silent,
            self.schedule,
            self.time_zone,
        )


@strawberry.input(description="A step of an automation.")
class AutomationStepInput:
    kind: AutomationStepKind = strawberry.field(description="The kind of the step.")
    settings: JSON = strawberry.field(
        description="The settings: an object with the fields of its kind, as `docs/automation.md` lists them. Texts "
        "are templates over `event`, `deal`, `partner`, `account`, `owner` and `registration`: "
        "`Call {{ account.name }}`."
    )
    after_minutes: int = strawberry.field(
        default=0, description="Minutes after the beginning of the run, up to a year; 0: at once."
    )
    only_if_still: str | None = _said(
        "A CEL condition that is asked again when its time comes; if it doesn't hold any more, the step is left out."
    )


@strawberry.input(description="The definition of an automation.")
class AutomationInput:
    key: str = strawberry.field(description="The key: lower-case letters, digits and hyphens.")
    name: str = strawberry.field(description=f"The name, at most {LONGEST_NAME} characters.")
    description: str | None = _said("The purpose.")
    playbook_key: str | None = _said("Limits it to opportunities on this playbook, in any version.")
    trigger: AutomationTriggerInput = strawberry.field(description="The trigger.")
    condition: str = strawberry.field(
        default="",
        description="A CEL condition over `event`, `deal`, `partner`, `account`, `owner` and `registration` under "
        'which it runs: `deal.amount > 50000.0 && event.toStage == "negotiation"`. Empty: always.',
    )
    steps: list[AutomationStepInput] = strawberry.field(description=f"The steps in order, 1 to {MOST_STEPS}.")


@strawberry.input(description="An automation. Replaces the one with the same key.")
class UpsertAutomationInput:
    automation: AutomationInput = strawberry.field(description="The definition.")
    enabled: bool | None = _said("Whether it is on. A new one is off by default; others stay as they are.")
    expected_version: int | None = _said(
        "The version that the change is based on; 0 requires it to be new. Fails with `CONFLICT` if it has changed."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `setAutomationEnabled`.")
class SetAutomationEnabledInput:
    automation_id: strawberry.ID = strawberry.field(description="The automation.")
    enabled: bool = strawberry.field(description="Whether it is on.")
    expected_version: int | None = _said(
        "The version that the change is based on. Fails with `CONFLICT` if it has changed since."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `removeAutomation`.")
class RemoveAutomationInput:
    automation_id: strawberry.ID = strawberry.field(description="The automation.")
    expected_version: int | None = _said(
        "The version that the change is based on. Fails with `CONFLICT` if it has changed since."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `tryAutomation`.")
class TryAutomationInput:
    automation: AutomationInput = strawberry.field(description="The definition to try, stored or not.")
    days: int = strawberry.field(default=30, description="Over the last so many days of the log, 1 to 730.")
    client_mutation_id: str | None = client_mutation_id()


UpsertInput = Annotated[UpsertAutomationInput, strawberry.argument(description="The automation.")]
EnableInput = Annotated[SetAutomationEnabledInput, strawberry.argument(description="The automation to switch.")]
RemoveInput = Annotated[RemoveAutomationInput, strawberry.argument(description="The automation to remove.")]
TryInput = Annotated[TryAutomationInput, strawberry.argument(description="The automation to try.")]


def _step(given: AutomationStepInput) -> Step:
    settings: object = given.settings
    assert isinstance(settings, dict)
    return Step(given.kind, settings, timedelta(minutes=given.after_minutes), given.only_if_still)


def definition_of(given: AutomationInput) -> Definition | Refused:
    for place, step in enumerate(given.steps):
        if not isinstance(step.settings, dict):
            message = "Settings are an object with the fields of the step's kind."
            return refused(ErrorCode.INVALID, message, "automation", "steps", str(place), "settings")
    return Definition(
        key=given.key.strip(),
        name=given.name.strip(),
        description=given.description,
        playbook_key=given.playbook_key,
        trigger=given.trigger.read(),
        condition=given.condition.strip(),
        steps=tuple(map(_step, given.steps)),
    )
