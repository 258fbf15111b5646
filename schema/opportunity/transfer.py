"""Moving a deal to another playbook."""

from typing import Annotated

import strawberry

from app.playbooks.transfer import move_playbook
from app.vocabulary import Permission
from schema.context import Info
from schema.engine.ids import decode
from schema.mutation import client_mutation_id, mutation
from schema.opportunity.mutations import VERSION, OpportunityPayload


@strawberry.input(description="Where an open deal goes.")
class MovePlaybookInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The deal.")
    playbook_key: str | None = strawberry.field(
        default=None, description="The playbook, whose version in force is meant; if nothing is said, the deal's own."
    )
    stage_key: str | None = strawberry.field(
        default=None,
        description="An open stage there; if nothing is said, the one that has the key of the deal's stage, or its key "
        "or name as a name or an alias.",
    )
    reason: str | None = strawberry.field(default=None, description="Why; needed, up to 2,000 characters.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    client_mutation_id: str | None = client_mutation_id()


MoveInput = Annotated[MovePlaybookInput, strawberry.argument(description="Which deal, and where to.")]


@strawberry.type
class TransferMutation:
    @mutation(
        permission=Permission.OVERRIDE,
        description="Move an open deal to the version in force of a playbook: one that stayed on an older version, or "
        "to another playbook. No criterion blocks it. What was confirmed goes along to criteria that ask the same, and "
        "what was done to activities of the same key or name.",
    )
    async def move_playbook(self, info: Info, input: MoveInput) -> OpportunityPayload:
        return await move_playbook(  # type: ignore[return-value]
            info.context.viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            playbook_key=input.playbook_key,
            stage_key=input.stage_key,
            reason=input.reason,
            expected_version=input.expected_version,
        )
