"""Writing enablement content."""

from typing import Annotated, Self
from uuid import UUID

import strawberry

from app.enablement.upsert import ContentInput, ContentSaved, StageLink, upsert_content
from app.outcomes import Refused
from app.vocabulary import Permission
from schema.content.types import Content
from schema.context import Info
from schema.engine.declare import to_one
from schema.enums import ContentKind, LifecyclePhase, PartnerTier, Reader
from schema.errors import UserError
from schema.mutation import client_mutation_id, mutation
from schema.playbook.inputs import said


@strawberry.input(description="A stage that content helps in, in the published and the draft version of a playbook.")
class StageLinkInput:
    playbook_key: str = strawberry.field(description="The playbook's key.")
    stage_key: str = strawberry.field(description="The stage's key.")
    position: int | None = said(
        "Its rank among the stage's content, lowest first; last if nothing is said. A translation has its original's."
    )


@strawberry.input(description="A piece of content, found by key and language. What isn't said is empty afterwards.")
class UpsertContentInput:
    key: str = strawberry.field(description="Short name for programs; translations of one piece share it.")
    title: str = strawberry.field(description="What it is called.")
    kind: ContentKind = strawberry.field(description="What it is.")
    summary: str = said("What it is good for.", "")
    body: str | None = said("The text itself, as Markdown; up to 200,000 bytes.")
    url: str | None = said("Where it is, when it is not here: an http or https address.")
    language: str = said("Its language, as a BCP 47 tag.", "en")
    lifecycle_phase: LifecyclePhase = said("The phase of the partner lifecycle that it serves.", LifecyclePhase.SELL)
    reader: Reader | None = said(
        "Whom it is written for; null: `CUSTOMER` for a deck, a case study and a demo, `PARTNER` for all else."
    )
    audience: list[PartnerTier] | None = said("Tiers it is meant for; empty: all.")
    industries: list[str] | None = said("Industries it is meant for; empty: all.")
    stages: list[StageLinkInput] | None = said(
        "Stages it is linked to; left out, the links stay as they are. Of a piece's languages, the one in the "
        "programme's is the original, else the first there was; its translations are linked as it is, whenever it "
        "is linked anew."
    )
    archived: bool = said("Whether partners no longer see it.", False)
    expected_version: int | None = said(
        "The version you decided on: refused with `CONFLICT` if it changed since; 0: it must be new."
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


@strawberry.type(description="A piece of content after a change.")
class ContentPayload:
    content_id: strawberry.Private[UUID | None]
    content: Content | None = to_one("The content as it stands now; null when nothing was changed.")
    created: bool = strawberry.field(default=False, description="Whether it is a new piece.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: ContentSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(content_id=None)
        return cls(content_id=outcome.content_id, created=outcome.created)


UpsertInput = Annotated[UpsertContentInput, strawberry.argument(description="The piece.")]


@strawberry.type
class ContentMutation:
    @mutation(permission=Permission.MANAGE_CONTENT, description="Create or replace a piece of enablement content.")
    async def upsert_content(self, info: Info, input: UpsertInput) -> ContentPayload:
        return await upsert_content(info.context.viewer, input.piece())  # type: ignore[return-value]
