"""Moving a deal to another playbook."""

from typing import Annotated

import strawberry

from app import nouns
from app.deals.editing import Changed
from app.identity.viewer import Viewer
from app.outcomes import Refused
from app.playbooks.transfer import move_playbook
from schema.engine.ids import decode
from schema.mutation import client_mutation_id, mutation
from schema.opportunity.mutations import VERSION, OpportunityPayload


@strawberry.input(description="Input of `movePlaybook`.")
class MovePlaybookInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    playbook_key: str | None = strawberry.field(
        default=None,
        description=("The key of the playbook, whose published version is used. Defaults to the opportunity's own."),
    )
    stage_key: str | None = strawberry.field(
        default=None,
        description=(
            "The key of an open stage of that playbook. Defaults to the stage with the same key, or with that key or "
            "name as its name or alias."
        ),
    )
    reason: str | None = strawberry.field(
        default=None, description=("The reason for the move, at most 2,000 characters. Required.")
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    client_mutation_id: str | None = client_mutation_id()


MoveInput = Annotated[MovePlaybookInput, strawberry.argument(description="The opportunity and its destination.")]


@strawberry.type
class TransferMutation:
    @mutation(
        payload=OpportunityPayload,
        noun=nouns.OPPORTUNITY,
        description=(
            "Moves an open opportunity to the published version of a playbook: from an older version, or from another "
            "playbook. Not blocked by criteria. Confirmations carry over to criteria with the same text, and statuses "
            "to activities with the same key or name."
        ),
    )
    async def move_playbook(self, viewer: Viewer, input: MoveInput) -> Changed | Refused:
        return await move_playbook(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            playbook_key=input.playbook_key,
            stage_key=input.stage_key,
            reason=input.reason,
            expected_version=input.expected_version,
        )
