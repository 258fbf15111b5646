"""Notifications of people, their inboxes and preferences, and what waits to leave by e-mail or chat."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key, reference, uuids, word
from app.vocabulary import ChatService, NotificationChannel, NotificationKind, NotificationPace, Role


class Inbox(Model):
    """A person's inbox. `unread`: of its notifications, those that the person sees and has not read, kept with every
    change. `last_number`: of the last notification; it is drawn under the row's lock, so that numbers appear in order.
    `standing`: as whom the person's unread ones were counted last (`app.notifications.counter`)."""

    id = primary_key()
    user = reference("User", on_delete=fields.CASCADE)
    unread = fields.IntField(default=0, db_default=0)
    last_number = fields.BigIntField(default=0, db_default=0)
    standing = fields.TextField(null=True)

    class Meta:
        table = "inbox"
        constraints = (
            UniqueConstraint(fields=("user_id",), name="inbox_of_user"),
            CheckConstraint(check="unread >= 0", name="inbox_unread"),
        )


class Notification(Model):
    """Something that one person is told. Its words are made when it is read, from what it is about; it holds ids and
    keys. `key`: the same for whatever must be told once. `number`: its place in the person's inbox. `in_inbox`: false
    for what is told by other channels alone. `organization_id`: as whose member the person was told; to a member of
    another it is not shown. `own_title` and `own_body` are an author's, as of an automation."""

    id = primary_key()
    user = reference("User", on_delete=fields.CASCADE)
    organization_id = fields.UUIDField(null=True)
    number = fields.BigIntField()
    kind = word(NotificationKind)
    key = fields.TextField()
    actor = reference("User", null=True)
    opportunity = reference("Opportunity", null=True, on_delete=fields.CASCADE)
    registration = reference("DealRegistration", null=True, on_delete=fields.CASCADE)
    comment = reference("Comment", null=True, on_delete=fields.CASCADE)
    invitation = reference("DealPartner", null=True, on_delete=fields.CASCADE)
    task = reference("Task", null=True, on_delete=fields.CASCADE)
    details: object = fields.JSONField(default=dict, db_default={})
    own_title = fields.TextField(null=True)
    own_body = fields.TextField(null=True)
    at = fields.DatetimeField(db_default=fields.Now())
    read_at = fields.DatetimeField(null=True)
    in_inbox = fields.BooleanField(default=True, db_default=True)

    class Meta:
        table = "notification"
        constraints = (
            UniqueConstraint(fields=("user_id", "key"), name="notification_once"),
            UniqueConstraint(fields=("user_id", "number"), name="notification_number"),
        )
        indexes = (
            Index(fields=("user_id", "read_at", "number"), name="notification_unread"),
            Index(fields=("opportunity_id",), name="notification_of_deal"),
            Index(fields=("registration_id",), name="notification_of_registration"),
            Index(fields=("comment_id",), name="notification_of_comment"),
            Index(fields=("invitation_id",), name="notification_of_invitation"),
            Index(fields=("task_id",), name="notification_of_task"),
            Index(fields=("actor_id",), name="notification_by_actor"),
            Index(fields=("at",), name="notification_at"),
        )


class NotificationDelivery(Model):
    """A notification that waits for its turn in a channel. It goes when a message has taken it up."""

    id = primary_key()
    notification = reference("Notification", on_delete=fields.CASCADE)
    user = reference("User", on_delete=fields.CASCADE)
    channel = word(NotificationChannel)
    pace = word(NotificationPace)
    due_at = fields.DatetimeField()

    class Meta:
        table = "notification_delivery"
        constraints = (UniqueConstraint(fields=("notification_id", "channel"), name="notification_delivery_once"),)
        indexes = (
            Index(fields=("user_id", "due_at"), name="notification_delivery_of_user"),
            Index(fields=("due_at",), name="notification_delivery_due"),
        )


class NotificationMessage(Model):
    """An e-mail or a chat message about some notifications. Its id names it to whoever receives it, however often it is
    tried; its words are made when it is sent and kept nowhere. `due_at`: of the next attempt; null: there is none."""

    id = primary_key()
    user = reference("User", on_delete=fields.CASCADE)
    channel = word(NotificationChannel)
    pace = word(NotificationPace)
    notification_ids = uuids()
    made_at = fields.DatetimeField(db_default=fields.Now())
    due_at = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0, db_default=0)
    sent_at = fields.DatetimeField(null=True)
    failed_at = fields.DatetimeField(null=True)
    reason = fields.TextField(null=True)

    class Meta:
        table = "notification_message"
        indexes = (
            Index(fields=("user_id", "made_at"), name="notification_message_of_user"),
            Index(fields=("due_at",), name="notification_message_due"),
        )


class NotificationPreference(Model):
    """A person's own choice for a kind and a channel."""

    id = primary_key()
    user = reference("User", on_delete=fields.CASCADE)
    kind = word(NotificationKind)
    channel = word(NotificationChannel)
    pace = word(NotificationPace)

    class Meta:
        table = "notification_preference"
        constraints = (UniqueConstraint(fields=("user_id", "kind", "channel"), name="notification_preference_unique"),)


class NotificationDefault(Model):
    """The vendor's choice for people in a role who have made none."""

    id = primary_key()
    role = word(Role)
    kind = word(NotificationKind)
    channel = word(NotificationChannel)
    pace = word(NotificationPace)

    class Meta:
        table = "notification_default"
        constraints = (UniqueConstraint(fields=("role", "kind", "channel"), name="notification_default_unique"),)


class NotificationSetting(Model):
    """When and where a person is told. Times are minutes of the day in the person's time zone: nothing leaves from
    `quiet_from` until `quiet_until`, nor, if they are `quiet_weekends`, on Saturdays and Sundays. `daily_at`: when the
    daily digest leaves. `chat_secret_url`: the incoming webhook, which is a secret in itself, sealed."""

    id = primary_key()
    user = reference("User", on_delete=fields.CASCADE)
    quiet_from = fields.IntField(null=True)
    quiet_until = fields.IntField(null=True)
    quiet_weekends = fields.BooleanField(default=False, db_default=False)
    daily_at = fields.IntField(default=480, db_default=480)
    chat_service = word(ChatService, null=True)
    chat_secret_url = fields.TextField(null=True)

    class Meta:
        table = "notification_setting"
        constraints = (
            UniqueConstraint(fields=("user_id",), name="notification_setting_of_user"),
            CheckConstraint(check="(quiet_from IS NULL) = (quiet_until IS NULL)", name="notification_setting_quiet"),
            CheckConstraint(
                check="(chat_service IS NULL) = (chat_secret_url IS NULL)", name="notification_setting_chat"
            ),
        )
