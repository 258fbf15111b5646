"""`checkAutomation`: the problems of a definition, before it is saved."""

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from app.automation import checking
from app.automation.definition import Definition
from app.vocabulary import Permission
from schema.automation.inputs import AutomationInput, definition_of
from schema.automation.mutations import within_input
from schema.context import Info
from schema.engine.declare import Made, Requester
from schema.engine.serve.resolvers import root
from schema.errors import ClientError, UserError, user_errors

PRICE = 50
"""In rows: conditions are tried out on long values, for milliseconds each."""


async def _checked(requester: Requester, arguments: Mapping[str, Any]) -> list[UserError]:
    if not requester.viewer.may(Permission.MANAGE_PLAYBOOKS):
        raise ClientError("Reserved for those who may save automations.", code="FORBIDDEN")
    definition = definition_of(arguments["automation"])
    if isinstance(definition, Definition):
        found = await checking.checked(requester.viewer, definition)
        return [] if found is None else user_errors(within_input(found).errors)
    return user_errors(definition.errors)


@strawberry.type
class AutomationCheckQuery:
    @root(
        Made(_checked, rows=PRICE),
        "The problems of an automation's definition, as `upsertAutomation` would name them; empty if there are none. "
        "Nothing is stored. Whether key and playbook are there shows only when it is saved. For those who may save "
        f"automations; null and `FORBIDDEN` for others. Each costs as much as reading {PRICE} rows.",
    )
    async def check_automation(
        self,
        info: Info,
        automation: Annotated[AutomationInput, strawberry.argument(description="The definition to check.")],
    ) -> list[UserError] | None: ...
