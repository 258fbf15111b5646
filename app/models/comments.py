"""Comments on deals and on registrations of deals."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from app.models.columns import primary_key, reference, word
from app.vocabulary import CommentAudience


class Comment(Model):
    """What somebody says beside a deal or a registration: personal data, whose text stands here and nowhere else.
    `organization`: the author's when it was written, whose own it is for OWN_ORGANIZATION. `partner_id`: of the
    deal's partners, it is this one's alone; null: of whoever has the deal. A removed one has no text any more, and
    stays where it was."""

    id = primary_key()
    opportunity = reference("Opportunity", null=True, on_delete=fields.CASCADE)
    registration = reference("DealRegistration", null=True, on_delete=fields.CASCADE)
    author = reference("User", null=True)
    organization = reference("Organization")
    partner_id = fields.UUIDField(null=True)
    audience = word(CommentAudience)
    body = fields.TextField()
    created_at = fields.DatetimeField(db_default=fields.Now())
    edited_at = fields.DatetimeField(null=True)
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "comment"
        indexes = (
            Index(fields=("opportunity_id", "created_at", "id"), name="comment_of_opportunity"),
            Index(fields=("registration_id", "created_at", "id"), name="comment_of_registration"),
            Index(fields=("author_id",), name="comment_by_author"),
        )
