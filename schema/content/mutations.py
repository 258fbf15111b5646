"""Writing enablement content."""

from typing import Annotated, Self
from uuid import UUID

import strawberry

from app import nouns
from app.enablement.upsert import ContentInput, ContentSaved, StageLink, upsert_content
from app.identity.viewer import Viewer
from app.outcomes import Refused, as_it_stands
from schema.content.types import Content
from schema.engine.declare import to_one
from schema.enums import ContentKind, LifecyclePhase, PartnerTier, Reader
from schema.mutation import Payload, client_mutation_id, mutation
from schema.playbook.inputs import said


@strawberry.input(description="A link from content to a stage in the published version and the draft of a playbook.")
class StageLinkInput:
    playbook_key: str = strawberry.field(description="The key of the playbook.")
    stage_key: str = strawberry.field(description="The key of the stage.")
    position: int | None = said(
        "The rank among the stage's content, lowest first. Defaults to last. A translation has that of its original."
    )


@strawberry.input(description="A piece of content, identified by key and language. Omitted fields are cleared.")
class UpsertContentInput:
    key: str = strawberry.field(description="The machine-readable key, shared by the translations of a piece.")
    title: str = strawberry.field(description="The name.")
    kind: ContentKind = strawberry.field(description="The kind of content.")
    summary: str = said("A summary of its use.", "")
    body: str | None = said("The text in Markdown, at most 200,000 bytes.")
    url: str | None = said("The http or https address of content that is hosted elsewhere.")
    language: str = said("The language, as a BCP 47 tag.", "en")
    lifecycle_phase: LifecyclePhase = said("The phase of the partner lifecycle.", LifecyclePhase.SELL)
    reader: Reader | None = said(
        "The audience it is written for. Null means `CUSTOMER` for decks, case studies and demos, otherwise `PARTNER`."
    )
    audience: list[PartnerTier] | None = said("The partner tiers it is meant for; empty for all.")
    industries: list[str] | None = said("The industries it is meant for; empty for all.")
    stages: list[StageLinkInput] | None = said(
        "The stages it is linked to. Omit to leave the links unchanged. The original of a piece is the one in the "
        "programme's language, otherwise the first; translations follow its links whenever it is linked anew."
    )
    archived: bool = said("Whether it is hidden from partners.", False)
    expected_version: int | None = said(
        "The version that the change is based on. Fails with `CONFLICT` if it has changed since; 0 requires it to be "
        "new."
    )
    client_mutation_id: str | None = client_mutation_id()

    def piece(self) -> ContentInput:
        stages = None
        if self.stages is not None:
            stages = [StageLink(link.playbook_key, link.stage_key, link.position) for link in self.stages]
        return ContentInput(
            key=self.key,
            title=self.title,
            kind=self.kind,
            summary=self.summary,
            body=self.body,
            url=self.url,
            language=self.language,
            lifecycle_phase=self.lifecycle_phase,
            reader=self.reader,
            audience=self.audience or (),
            industries=self.industries or (),
            stages=stages,
            archived=self.archived,
            expected_version=self.expected_version,
        )


@strawberry.type(description="The result of a change to a piece of content.")
class ContentPayload(Payload):
    content_id: strawberry.Private[UUID | None]
    content: Content | None = to_one(
        "The content after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed."
    )
    created: bool = strawberry.field(default=False, description="Whether the change created it.")

    @classmethod
    def of(cls, outcome: ContentSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(content_id=as_it_stands(outcome))
        return cls(content_id=outcome.content_id, created=outcome.created)


UpsertInput = Annotated[UpsertContentInput, strawberry.argument(description="The piece of content.")]


@strawberry.type
class ContentMutation:
    @mutation(
        payload=ContentPayload, noun=nouns.CONTENT, description="Creates or replaces a piece of enablement content."
    )
    async def upsert_content(self, viewer: Viewer, input: UpsertInput) -> ContentSaved | Refused:
        return await upsert_content(viewer, input.piece())
