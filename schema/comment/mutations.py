"""Mutations of comments."""

from typing import Annotated, Self
from uuid import UUID

import strawberry

from app import nouns
from app.comments.writing import LONGEST, CommentWritten, add_comment, edit_comment, remove_comment
from app.identity.viewer import Viewer
from app.outcomes import Refused
from schema.comment.places import place_of
from schema.comment.types import Comment
from schema.engine.declare import to_one
from schema.engine.ids import decode
from schema.enums import CommentAudience
from schema.mutation import Payload, client_mutation_id, mutation

BODY = f"The text, from 1 to {LONGEST:,} characters."


@strawberry.input(description="A new comment.")
class AddCommentInput:
    opportunity_id: strawberry.ID | None = strawberry.field(default=None, description="The opportunity.")
    registration_id: strawberry.ID | None = strawberry.field(
        default=None, description="The registration, instead of an opportunity."
    )
    body: str = strawberry.field(description=BODY)
    audience: CommentAudience = strawberry.field(
        default=CommentAudience.EVERYONE_ON_IT, description="The audience, which never changes."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `editComment`.")
class EditCommentInput:
    comment_id: strawberry.ID = strawberry.field(description="The comment.")
    body: str = strawberry.field(description=BODY)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `removeComment`.")
class RemoveCommentInput:
    comment_id: strawberry.ID = strawberry.field(description="The comment.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of a change to a comment.")
class CommentPayload(Payload):
    comment_id: strawberry.Private[UUID | None]
    comment: Comment | None = to_one("The comment after the change; null if nothing was changed.")

    @classmethod
    def of(cls, outcome: CommentWritten | Refused) -> Self:
        return cls(comment_id=None if isinstance(outcome, Refused) else outcome.comment_id)


AddInput = Annotated[AddCommentInput, strawberry.argument(description="The comment.")]
EditInput = Annotated[EditCommentInput, strawberry.argument(description="The comment and its new text.")]
RemoveInput = Annotated[RemoveCommentInput, strawberry.argument(description="The comment to remove.")]


@strawberry.type
class CommentMutation:
    @mutation(
        payload=CommentPayload,
        noun=nouns.COMMENT,
        description="Comments on an opportunity or a registration. Its version stays.",
    )
    async def add_comment(self, viewer: Viewer, input: AddInput) -> CommentWritten | Refused:
        on = place_of(input.opportunity_id, input.registration_id)
        return on if isinstance(on, Refused) else await add_comment(viewer, on, input.body, input.audience)

    @mutation(
        payload=CommentPayload,
        noun=nouns.COMMENT,
        description="Changes the text of a comment. Reserved for its author.",
    )
    async def edit_comment(self, viewer: Viewer, input: EditInput) -> CommentWritten | Refused:
        return await edit_comment(viewer, decode(input.comment_id, "com", "commentId"), input.body)

    @mutation(
        payload=CommentPayload,
        noun=nouns.COMMENT,
        description="Removes the text of a comment for good; the rest stays as a trace. Reserved for its author, the "
        "managers of the author's organisation, and the vendor.",
    )
    async def remove_comment(self, viewer: Viewer, input: RemoveInput) -> CommentWritten | Refused:
        return await remove_comment(viewer, decode(input.comment_id, "com", "commentId"))
