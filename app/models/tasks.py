"""Tasks of people, and the addresses of their calendars."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key, reference, word
from app.vocabulary import TaskSource, TaskStatus
from guidance.actions import Urgency


class Task(Model):
    """Something that somebody has to do, of a deal, of a registration or of neither.

    `organization`: whose task it is, the assignee's or, without one, the creator's; `from_organization`: the creator's,
    the vendor's for those that an automation made. `activity` and `action`: what it stands for, which is completed with
    it. `overdue_at`: that it is overdue was told of this due date. `effect_key`: what made it, so that it is made once.
    `depth`: how many automations have led to it, one because of the other.
    """

    id = primary_key()
    opportunity = reference("Opportunity", null=True, on_delete=fields.CASCADE)
    registration = reference("DealRegistration", null=True, on_delete=fields.CASCADE)
    activity = reference("Activity", null=True, on_delete=fields.SET_NULL)
    action = reference("NextBestAction", null=True, on_delete=fields.SET_NULL)
    organization = reference("Organization")
    from_organization = reference("Organization")
    assignee = reference("User", null=True)
    created_by = reference("User", null=True)
    source = word(TaskSource, default=TaskSource.PERSON, db_default=TaskSource.PERSON)
    status = word(TaskStatus, default=TaskStatus.OPEN, db_default=TaskStatus.OPEN)
    urgency = word(Urgency, default=Urgency.NORMAL, db_default=Urgency.NORMAL)
    title = fields.TextField()
    description = fields.TextField(null=True)
    due_at = fields.DatetimeField(null=True)
    overdue_at = fields.DatetimeField(null=True)
    completed_at = fields.DatetimeField(null=True)
    completed_by = reference("User", null=True)
    effect_key = fields.TextField(null=True)
    depth = fields.IntField(default=0, db_default=0)
    version = fields.IntField(default=1, db_default=1)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())

    class Meta:
        table = "task"
        constraints = (
            UniqueConstraint(fields=("effect_key",), name="task_effect_unique"),
            UniqueConstraint(
                fields=("due_at", "id"),
                name="task_becoming_overdue",
                condition="status IN ('OPEN', 'IN_PROGRESS') AND overdue_at IS NULL",
            ),
        )
        indexes = (
            Index(fields=("assignee_id", "status", "due_at", "id"), name="task_of_assignee"),
            Index(fields=("organization_id", "status", "due_at", "id"), name="task_of_organization"),
            Index(fields=("due_at", "id"), name="task_by_due"),
            Index(fields=("opportunity_id", "due_at", "id"), name="task_of_opportunity"),
            Index(fields=("registration_id", "due_at", "id"), name="task_of_registration"),
            Index(fields=("action_id",), name="task_of_action"),
        )


class CalendarFeed(Model):
    """A user's calendar of tasks, read by whoever knows its address. `secret_hash`: SHA-256 of the
    secret in it."""

    id = primary_key()
    user = reference("User", on_delete=fields.CASCADE)
    secret_hash = fields.BinaryField()
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "calendar_feed"
        constraints = (
            UniqueConstraint(fields=("user_id",), name="calendar_feed_of_user"),
            UniqueConstraint(fields=("secret_hash",), name="calendar_feed_unique"),
        )
