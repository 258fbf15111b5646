"""Mutations of automations."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from app import nouns
from app.automation.saving import AutomationSaved, remove_automation, set_enabled, upsert_automation
from app.automation.trying import MOST_TRIED, Tried, TriedRun, try_automation
from app.identity.viewer import Viewer
from app.outcomes import Refused, UserError, as_it_stands
from schema.automation.inputs import EnableInput, RemoveInput, TryInput, UpsertInput, definition_of
from schema.automation.types import Automation
from schema.engine.declare import to_one
from schema.engine.ids import decode
from schema.enums import AutomationStepKind, EventType, RunStatus
from schema.mutation import Payload, mutation
from schema.opportunity.types import Opportunity
from schema.registration.types import DealRegistration


@strawberry.type(description="The result of a change to an automation.")
class AutomationPayload(Payload):
    automation_id: strawberry.Private[UUID | None]
    automation: Automation | None = to_one(
        "The automation after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed."
    )
    created: bool = strawberry.field(default=False, description="Whether it was created.")

    @classmethod
    def of(cls, outcome: AutomationSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(automation_id=as_it_stands(outcome))
        return cls(automation_id=outcome.automation_id, created=outcome.created)


@strawberry.type(description="The effect that a step would have had.")
class TriedStep:
    kind: AutomationStepKind = strawberry.field(description="The kind of the step.")
    due_at: datetime = strawberry.field(description="The time at which it would have been done.")
    summary: str | None = strawberry.field(
        description="The effect in a sentence; null if that can't be said. Untrusted: escape it."
    )
    error: str | None = strawberry.field(description="The reason why it would have failed, as far as that shows.")


@strawberry.type(description="A run that would have been.")
class TriedAutomationRun:
    opportunity_id: strawberry.Private[UUID | None]
    registration_id: strawberry.Private[UUID | None]
    at: datetime = strawberry.field(description="The time at which it would have begun.")
    event_type: EventType | None = strawberry.field(description="The type of event; null if the time triggers it.")
    opportunity: Opportunity | None = to_one("The opportunity that it would have been about.")
    registration: DealRegistration | None = to_one("The registration that it would have been about.")
    status: RunStatus = strawberry.field(
        description="`DONE`, or `SKIPPED` where a limit would have kept it from beginning."
    )
    error: str | None = strawberry.field(description="The reason why nothing would have been done; otherwise null.")
    depth: int = strawberry.field(description="The number of automations that would have led to it, itself included.")
    steps: list[TriedStep] = strawberry.field(description="The steps, in order; none of a run that would not begin.")

    @classmethod
    def of(cls, run: TriedRun) -> Self:
        return cls(
            opportunity_id=run.opportunity_id,
            registration_id=run.registration_id,
            at=run.at,
            event_type=None if run.event_type is None else EventType(run.event_type),
            status=RunStatus.SKIPPED if run.error else RunStatus.DONE,
            error=run.error,
            depth=run.depth,
            steps=[
                TriedStep(kind=AutomationStepKind(one.kind), due_at=one.due_at, summary=one.summary, error=one.error)
                for one in run.steps
            ],
        )


@strawberry.type(description="The result of `tryAutomation`.")
class TryAutomationPayload(Payload):
    runs: list[TriedAutomationRun] = strawberry.field(
        default_factory=list, description=f"The runs that would have been, oldest first; the first {MOST_TRIED}."
    )
    run_count: int | None = strawberry.field(
        default=None,
        description="The number of runs there would have been, as far as was looked, without `SKIPPED` ones; null "
        "if nothing was tried.",
    )
    looked_since: datetime | None = strawberry.field(
        default=None,
        description="The beginning of the time that was looked through; later than asked for where there is too much.",
    )

    @classmethod
    def of(cls, outcome: Tried | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls()
        runs = [TriedAutomationRun.of(run) for run in outcome.runs]
        return cls(runs=runs, run_count=outcome.total, looked_since=outcome.since)


@strawberry.type
class AutomationMutation:
    @mutation(
        payload=AutomationPayload,
        noun=nouns.AUTOMATION,
        description="Creates an automation, or replaces the one with the same key by a new version. It acts with the "
        "rights of the role of whoever saves it, and overrides nothing. Runs that have begun go on as they were.",
    )
    async def upsert_automation(self, viewer: Viewer, input: UpsertInput) -> AutomationSaved | Refused:
        definition = definition_of(input.automation)
        if isinstance(definition, Refused):
            return definition
        saved = await upsert_automation(
            viewer, definition, enabled=input.enabled, expected_version=input.expected_version
        )
        return within_input(saved) if isinstance(saved, Refused) else saved

    @mutation(
        payload=AutomationPayload,
        noun=nouns.AUTOMATION,
        description="Switches an automation on or off. What happened while it was off never triggers it; runs that "
        "have begun go on.",
    )
    async def set_automation_enabled(self, viewer: Viewer, input: EnableInput) -> AutomationSaved | Refused:
        return await set_enabled(
            viewer,
            decode(input.automation_id, "aut", "automationId"),
            input.enabled,
            expected_version=input.expected_version,
        )

    @mutation(
        payload=AutomationPayload,
        noun=nouns.AUTOMATION,
        description="Removes an automation. Steps that wait for their time are left out, as their runs say; what it "
        "did stays, and its key may be used again.",
    )
    async def remove_automation(self, viewer: Viewer, input: RemoveInput) -> AutomationSaved | Refused:
        return await remove_automation(
            viewer, decode(input.automation_id, "aut", "automationId"), expected_version=input.expected_version
        )

    @mutation(
        payload=TryAutomationPayload,
        noun=nouns.AUTOMATION,
        description="Tries an automation on the last days of the log: what it would have done, as runs that change "
        "nothing. Conditions and texts speak of the opportunity as it stood then, and the limits on runs hold; answers "
        "to questions and the customer are those of today.",
    )
    async def try_automation(self, viewer: Viewer, input: TryInput) -> Tried | Refused:
        definition = definition_of(input.automation)
        if isinstance(definition, Refused):
            return definition
        tried = await try_automation(viewer, definition, input.days)
        return within_input(tried) if isinstance(tried, Refused) else tried


OUTSIDE = ("expectedVersion", "days", "enabled")


def within_input(refusal: Refused) -> Refused:
    """The definition's paths begin at the definition."""
    if as_it_stands(refusal) is not None:
        return refusal
    return Refused(
        tuple(error if error.path[:1] in [(name,) for name in OUTSIDE] else _below(error) for error in refusal.errors)
    )


def _below(error: UserError) -> UserError:
    return UserError(error.code, error.message, ("automation", *error.path))
