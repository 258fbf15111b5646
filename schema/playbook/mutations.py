"""Drafting playbooks and putting them into force."""

from typing import Annotated, Self
from uuid import UUID

import strawberry

from app.outcomes import Refused, refused
from app.playbooks.drafts import CopyOf, FromTemplate, PlaybookSaved, create_playbook, update_playbook
from app.playbooks.moving import Unplaced
from app.playbooks.publish import Published, publish
from app.vocabulary import ErrorCode, Permission
from schema.context import Info
from schema.engine.declare import to_one
from schema.engine.ids import decode
from schema.engine.scans import Look, Scan
from schema.errors import UserError
from schema.mutation import mutation
from schema.opportunity.types import Opportunity
from schema.playbook.inputs import CreatePlaybookInput, PublishPlaybookInput, UpdatePlaybookInput
from schema.playbook.types import Playbook


@strawberry.type(description="An open deal that could not move to the new version and stays on its own.")
class UnplacedOpportunity:
    opportunity_id: strawberry.Private[UUID]
    opportunity: Opportunity = to_one("The deal.")
    stage_key: str = strawberry.field(description="The key of its stage, which the new version doesn't have.")


@strawberry.type(description="A playbook after a change.")
class PlaybookPayload:
    playbook_id: strawberry.Private[UUID | None]
    playbook: Playbook | None = to_one("The playbook as it stands now; null when nothing was changed.")
    moved_count: int | None = strawberry.field(
        default=None, description="After publishing: how many open deals moved to the new version."
    )
    unplaced: list[UnplacedOpportunity] = strawberry.field(
        default_factory=list, description="After publishing: open deals whose stage the new version doesn't have."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: PlaybookSaved | Published | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(playbook_id=None)
        if isinstance(outcome, PlaybookSaved):
            return cls(playbook_id=outcome.playbook_id)
        unplaced = [_unplaced(one) for one in outcome.unplaced]
        return cls(playbook_id=outcome.playbook_id, moved_count=outcome.moved, unplaced=unplaced)


def _unplaced(one: Unplaced) -> UnplacedOpportunity:
    return UnplacedOpportunity(opportunity_id=one.opportunity_id, stage_key=one.stage_key)


CreateInput = Annotated[CreatePlaybookInput, strawberry.argument(description="Where the draft comes from.")]
UpdateInput = Annotated[UpdatePlaybookInput, strawberry.argument(description="What to change.")]
PublishInput = Annotated[PublishPlaybookInput, strawberry.argument(description="Which draft.")]


@strawberry.type
class PlaybookMutation:
    @mutation(
        permission=Permission.MANAGE_PLAYBOOKS,
        description="Begin a draft: from a starter, as a copy of a playbook, or from nothing.",
    )
    async def create_playbook(self, info: Info, input: CreateInput) -> PlaybookPayload:
        source: FromTemplate | CopyOf | None = None
        if input.template_key is not None and input.copy_of is not None:
            return refused(  # type: ignore[return-value]
                ErrorCode.INVALID, "Name a starter or a playbook to copy, not both.", "copyOf"
            )
        if input.template_key is not None:
            source = FromTemplate(input.template_key)
        elif input.copy_of is not None:
            source = CopyOf(decode(input.copy_of, "pbk", "copyOf"))
        return await create_playbook(  # type: ignore[return-value]
            info.context.viewer, source, key=input.key, name=input.name, industry=input.industry
        )

    @mutation(
        permission=Permission.MANAGE_PLAYBOOKS,
        description="Change a draft. Stages, criteria, activities and questions keep their ids with their keys.",
    )
    async def update_playbook(self, info: Info, input: UpdateInput) -> PlaybookPayload:
        return await update_playbook(  # type: ignore[return-value]
            info.context.viewer,
            decode(input.playbook_id, "pbk", "playbookId"),
            input.changes(),
            expected_updated_at=input.expected_updated_at,
        )

    @mutation(
        permission=Permission.MANAGE_PLAYBOOKS,
        description="Put a draft into force: open deals move over by stage key, the version before is archived.",
        scan=Scan("opportunity", always=Look.THROUGH, times=3),
    )
    async def publish_playbook(self, info: Info, input: PublishInput) -> PlaybookPayload:
        return await publish(  # type: ignore[return-value]
            info.context.viewer,
            decode(input.playbook_id, "pbk", "playbookId"),
            expected_updated_at=input.expected_updated_at,
        )
