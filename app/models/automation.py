"""Automations, their runs, and what these rest on."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key, reference, word, words
from app.vocabulary import AutomationStepKind, Role, RunStatus


class Automation(Model):
    """What happens by itself when something has happened. A user of the same id stands for it wherever it has done
    something, with the rights of `role`; `scopes`: those of the API client that saved it, which limit them.

    One of `events`, `days_in_stage`, `days_before_close`, `days_silent` and `schedule` triggers it, from `active_since`
    on; `events` is empty for the others. `looked_until`, `looked_id`: how far the deals have been looked through whose
    time has come: every one of an earlier moment, and of that moment those with a smaller id. One that is removed stays
    for its runs, and so that the log's events are known as its doing.
    """

    id = primary_key()
    key = fields.TextField()
    name = fields.TextField()
    description = fields.TextField(null=True)
    enabled = fields.BooleanField(default=False, db_default=False)
    version = fields.IntField(default=1, db_default=1)
    role = word(Role)
    scopes: object = ArrayField(element_type="text", null=True)
    playbook_key = fields.TextField(null=True)
    events = words()
    days_in_stage = fields.IntField(null=True)
    days_before_close = fields.IntField(null=True)
    days_silent = fields.IntField(null=True)
    schedule = fields.TextField(null=True)
    time_zone = fields.TextField(default="UTC", db_default="UTC")
    condition = fields.TextField(default="", db_default="")
    steps: object = fields.JSONField()
    active_since = fields.DatetimeField(null=True)
    looked_until = fields.DatetimeField(null=True)
    looked_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_by = reference("User", null=True)
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "automation"
        constraints = (UniqueConstraint(fields=("key",), name="automation_key_in_use", condition="removed_at IS NULL"),)
        indexes = (Index(fields=("enabled", "key"), name="automation_enabled"),)


class AutomationRun(Model):
    """What an automation did because of an event, or of a deal's moment: once, by the unique `moment`.

    `event_xid`, `event_seq`: the event's place in the log. `depth`: how many automations have led to the event, one
    after the other. `error`: why it failed or was not begun. `role`, `scopes`: the automation's as it was begun.
    """

    id = primary_key()
    automation = reference("Automation", on_delete=fields.CASCADE)
    version = fields.IntField()
    role = word(Role, null=True)
    scopes: object = ArrayField(element_type="text", null=True)
    moment = fields.TextField()
    opportunity = reference("Opportunity", null=True, on_delete=fields.CASCADE)
    registration = reference("DealRegistration", null=True, on_delete=fields.CASCADE)
    event_seq = fields.BigIntField(null=True)
    depth = fields.IntField(default=0, db_default=0)
    status = word(RunStatus)
    error = fields.TextField(null=True)
    started_at = fields.DatetimeField(db_default=fields.Now())
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "automation_run"
        constraints = (UniqueConstraint(fields=("automation_id", "version", "moment"), name="automation_run_once"),)
        indexes = (
            Index(fields=("automation_id", "started_at", "id"), name="automation_run_of_automation"),
            Index(fields=("opportunity_id", "started_at", "id"), name="automation_run_of_opportunity"),
            Index(fields=("registration_id", "started_at", "id"), name="automation_run_of_registration"),
            Index(fields=("started_at", "id"), name="automation_run_started"),
        )


class StepRun(Model):
    """A step of a run, as it stood in the automation's version. `attempts`: those begun. `outcome`: what came of it,
    in ids and keys; `error`: why it failed, or was left out."""

    id = primary_key()
    run = reference("AutomationRun", on_delete=fields.CASCADE)
    position = fields.IntField()
    kind = word(AutomationStepKind)
    step: object = fields.JSONField()
    status = word(RunStatus, default=RunStatus.WAITING, db_default=RunStatus.WAITING)
    due_at = fields.DatetimeField()
    attempts = fields.IntField(default=0, db_default=0)
    finished_at = fields.DatetimeField(null=True)
    outcome = fields.TextField(null=True)
    error = fields.TextField(null=True)

    class Meta:
        table = "automation_step_run"
        constraints = (
            UniqueConstraint(fields=("run_id", "position"), name="automation_step_once"),
            UniqueConstraint(fields=("due_at", "id"), name="automation_step_waiting", condition="status = 'WAITING'"),
        )


class AutomationCause(Model):
    """A transaction that an automation's step has written events in, and how deep in a chain it was."""

    xid = fields.BigIntField(primary_key=True, generated=False)
    depth = fields.IntField()
    at = fields.DatetimeField(db_default=fields.Now())

    class Meta:
        table = "automation_cause"
        indexes = (Index(fields=("at",), name="automation_cause_at"),)


class DealPulse(Model):
    """When somebody last did something in a deal: a change, a comment, a task, an answer to advice. What automations
    and the product do by themselves doesn't count."""

    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    id = primary_key()
    last_at = fields.DatetimeField()

    class Meta:
        table = "deal_pulse"
        constraints = (UniqueConstraint(fields=("opportunity_id",), name="deal_pulse_of_deal"),)
        indexes = (Index(fields=("last_at", "opportunity_id"), name="deal_pulse_last"),)
