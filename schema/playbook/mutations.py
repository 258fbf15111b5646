"""Mutations of playbooks: drafting, publishing, archiving, availability."""

from functools import partial
from typing import Annotated

import strawberry

from app import nouns
from app.idempotency import Claim, once
from app.identity.viewer import Viewer
from app.outcomes import Refused, refused
from app.playbooks.archive import Archived, archive
from app.playbooks.availability import set_availability
from app.playbooks.discard import Discarded, discard
from app.playbooks.drafts import CopyOf, FromTemplate, create_playbook, update_playbook
from app.playbooks.publish import Published, publish
from app.playbooks.versions import PlaybookSaved
from app.vocabulary import ErrorCode
from schema.engine.ids import decode
from schema.engine.scans import Look, Scan
from schema.mutation import claimed_mutation, mutation
from schema.playbook.inputs import (
    ArchivePlaybookInput,
    CreatePlaybookInput,
    DiscardPlaybookDraftInput,
    PublishPlaybookInput,
    SetPlaybookAvailabilityInput,
    UpdatePlaybookInput,
)
from schema.playbook.payloads import DiscardPlaybookDraftPayload, PlaybookPayload

CreateInput = Annotated[CreatePlaybookInput, strawberry.argument(description="The source of the draft.")]
UpdateInput = Annotated[UpdatePlaybookInput, strawberry.argument(description="The changes.")]
PublishInput = Annotated[PublishPlaybookInput, strawberry.argument(description="The draft.")]
ArchiveInput = Annotated[ArchivePlaybookInput, strawberry.argument(description="The playbook.")]
DiscardInput = Annotated[DiscardPlaybookDraftInput, strawberry.argument(description="The draft.")]
AvailabilityInput = Annotated[SetPlaybookAvailabilityInput, strawberry.argument(description="The partners.")]


@strawberry.type
class PlaybookMutation:
    @mutation(
        payload=PlaybookPayload,
        noun=nouns.PLAYBOOK,
        description="Creates a draft: from a template, as a copy of a playbook, or empty.",
    )
    async def create_playbook(self, viewer: Viewer, input: CreateInput) -> PlaybookSaved | Refused:
        source: FromTemplate | CopyOf | None = None
        if input.template_key is not None and input.copy_of is not None:
            return refused(ErrorCode.INVALID, "Name a starter or a playbook to copy, not both.", "copyOf")
        if input.template_key is not None:
            source = FromTemplate(input.template_key)
        elif input.copy_of is not None:
            source = CopyOf(decode(input.copy_of, "pbk", "copyOf"))
        return await create_playbook(viewer, source, key=input.key, name=input.name, industry=input.industry)

    @mutation(
        payload=PlaybookPayload,
        noun=nouns.PLAYBOOK,
        description=(
            "Changes a draft. Stages, criteria, activities and questions keep their ids if they keep their keys."
        ),
    )
    async def update_playbook(self, viewer: Viewer, input: UpdateInput) -> PlaybookSaved | Refused:
        return await update_playbook(
            viewer,
            decode(input.playbook_id, "pbk", "playbookId"),
            input.changes(),
            available=input.available(),
            expected_updated_at=input.expected_updated_at,
        )

    @claimed_mutation(
        payload=PlaybookPayload,
        noun=nouns.PLAYBOOK,
        description=(
            "Publishes a draft: the previous version is archived, and open opportunities of all other versions move "
            "over, by `stageMapping`, otherwise by the keys, names and aliases of stages. Try it with `dryRun` first."
        ),
        scan=Scan("opportunity", always=Look.THROUGH, times=3),
    )
    async def publish_playbook(self, viewer: Viewer, input: PublishInput, claim: Claim | None) -> Published | Refused:
        call = partial(
            publish,
            viewer,
            decode(input.playbook_id, "pbk", "playbookId"),
            stage_mapping=[(entry.from_, entry.to) for entry in input.stage_mapping or ()],
            dry_run=input.dry_run,
            expected_updated_at=input.expected_updated_at,
        )
        if claim is None or input.dry_run:  # which leaves nothing behind, no record of itself either
            return await call()
        return await once(claim, call)

    @mutation(
        payload=PlaybookPayload,
        noun=nouns.PLAYBOOK,
        description=(
            "Archives a playbook: no opportunity can start on it any more. Opportunities on it continue until "
            "`movePlaybook` or a new version moves them."
        ),
    )
    async def archive_playbook(self, viewer: Viewer, input: ArchiveInput) -> Archived | Refused:
        return await archive(
            viewer,
            decode(input.playbook_id, "pbk", "playbookId"),
            expected_updated_at=input.expected_updated_at,
        )

    @mutation(
        payload=DiscardPlaybookDraftPayload,
        noun=nouns.PLAYBOOK,
        description=(
            "Deletes a draft with everything in it. Fails if opportunities are or were on it; archive it instead."
        ),
    )
    async def discard_playbook_draft(self, viewer: Viewer, input: DiscardInput) -> Discarded | Refused:
        return await discard(
            viewer,
            decode(input.playbook_id, "pbk", "playbookId"),
            expected_updated_at=input.expected_updated_at,
        )

    @mutation(
        payload=PlaybookPayload,
        noun=nouns.PLAYBOOK,
        description=(
            "Restricts a playbook to some partners, or opens it to all. Other partners can't see the playbook or its "
            "stages and can't start opportunities on it; they continue to see it with their existing opportunities."
        ),
    )
    async def set_playbook_availability(self, viewer: Viewer, input: AvailabilityInput) -> PlaybookSaved | Refused:
        return await set_availability(
            viewer,
            decode(input.playbook_id, "pbk", "playbookId"),
            input.available(),
            expected_updated_at=input.expected_updated_at,
        )
