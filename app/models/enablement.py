"""The material that helps: battlecards, decks, templates, and which stage they belong to."""

from tortoise import fields
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key, reference, searchable, word, words
from app.vocabulary import ContentKind, LifecyclePhase
from guidance.facts import Reader


class Content(Model):
    """A piece of enablement content. `body` is Markdown; empty `audience` or `industries` means everyone.
    `reader`: whom it is written for; only what is for customers is shared with one. `limited`, written by triggers: it
    is linked to stages, and all of these are of playbooks that are limited to some partners."""

    id = primary_key()
    key = fields.TextField()
    title = fields.TextField()
    kind = word(ContentKind)
    summary = fields.TextField(default="", db_default="")
    body = fields.TextField(null=True)
    url = fields.TextField(null=True)
    language = fields.TextField(default="en", db_default="en")
    lifecycle_phase = word(LifecyclePhase, default=LifecyclePhase.SELL)
    reader = word(Reader, default=Reader.PARTNER, db_default=Reader.PARTNER)
    audience = words()
    industries = words()
    version = fields.IntField(default=1, db_default=1)
    archived = fields.BooleanField(default=False, db_default=False)
    limited = fields.BooleanField(default=False, db_default=False)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    search = searchable("title", "summary", "body")

    class Meta:
        table = "content"
        constraints = (UniqueConstraint(fields=("key", "language"), name="content_key_language_unique"),)
        indexes = (
            GinIndex(fields=("search",), name="content_search"),
            Index(fields=("updated_at",), name="content_updated"),
        )


class StageContent(Model):
    """A piece of content linked to a stage; `position` is the playbook's ranking, lowest first."""

    id = primary_key()
    stage = reference("Stage", on_delete=fields.CASCADE)
    content = reference("Content", on_delete=fields.CASCADE)
    position = fields.IntField()

    class Meta:
        table = "stage_content"
        constraints = (UniqueConstraint(fields=("stage_id", "content_id"), name="stage_content_unique"),)
        indexes = (Index(fields=("content_id",), name="stage_content_by_content"),)
