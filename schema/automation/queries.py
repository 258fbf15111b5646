"""Queries for automations."""

import strawberry

from app.automation.templates import templates
from schema.automation.types import AUTOMATIONS, Automation, AutomationStep, AutomationTrigger
from schema.connections import root_connection
from schema.context import Info
from schema.engine.declare import Made, Paged, Requester
from schema.engine.serve.resolvers import root
from schema.listing import by_id
from schema.node import IdArgument
from schema.pagination import Connection


@strawberry.type(description="An automation that is shipped, to be saved by `upsertAutomation`.")
class AutomationTemplate:
    key: str = strawberry.field(description="The machine-readable key.")
    name: str = strawberry.field(description="The name.")
    description: str = strawberry.field(description="The purpose.")
    trigger: AutomationTrigger = strawberry.field(description="The trigger.")
    condition: str = strawberry.field(description="The CEL condition; empty: always.")
    steps: list[AutomationStep] = strawberry.field(description="The steps, in order.")


async def _templates(requester: Requester, _: object) -> list[AutomationTemplate]:
    if not requester.viewer.is_vendor:
        return []
    return [
        AutomationTemplate(
            key=one.key,
            name=one.name,
            description=one.description or "",
            trigger=AutomationTrigger.of(one.trigger),
            condition=one.condition,
            steps=[AutomationStep.of(step) for step in one.steps],
        )
        for one in templates()
    ]


@strawberry.type
class AutomationQuery:
    @root(by_id("aut"), "The automation with this id; null if there is none. Reserved for the vendor.")
    async def automation(self, info: Info, id: IdArgument) -> Automation | None: ...

    automations: Connection[Automation] = root_connection(
        Paged(AUTOMATIONS), "The automations by key. Empty for partners."
    )

    @root(Made(_templates, rows=10), "The automations that are shipped, by name. Empty for partners.")
    async def automation_templates(self, info: Info) -> list[AutomationTemplate]: ...
