"""Notifications, inboxes, preferences, and what waits to leave by mail or chat."""

from app.database import migrations
from tortoise.migrations import operations as ops
from app.models.columns import new_id
from app.vocabulary import ChatService, NotificationChannel, NotificationKind, NotificationPace, Role
from orjson import loads
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('models', '0077_open_deals_of_partners')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='Inbox',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('unread', fields.IntField(default=0, db_default=0)),
                ('last_number', fields.BigIntField(default=0, db_default=0)),
                ('standing', fields.TextField(null=True, unique=False)),
            ],
            options={'table': 'inbox', 'app': 'models', 'constraints': [UniqueConstraint(fields=('user_id',), name='inbox_of_user'), CheckConstraint(check='unread >= 0', name='inbox_unread')], 'pk_attr': 'id', 'table_description': "A person's inbox. `unread`: of its notifications, those that the person sees and has not read, kept with every"},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Notification',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('number', fields.BigIntField()),
                ('kind', fields.CharEnumField(description='NotificationKind', enum_type=NotificationKind, max_length=40)),
                ('key', fields.TextField(unique=False)),
                ('actor', fields.ForeignKeyField('models.User', source_field='actor_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('registration', fields.ForeignKeyField('models.DealRegistration', source_field='registration_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('comment', fields.ForeignKeyField('models.Comment', source_field='comment_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('invitation', fields.ForeignKeyField('models.DealPartner', source_field='invitation_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('details', fields.JSONField(default=dict, db_default={}, encoder=JSON_DUMPS, decoder=loads)),
                ('own_title', fields.TextField(null=True, unique=False)),
                ('own_body', fields.TextField(null=True, unique=False)),
                ('at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('read_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('in_inbox', fields.BooleanField(default=True, db_default=True)),
            ],
            options={'table': 'notification', 'app': 'models', 'constraints': [UniqueConstraint(fields=('user_id', 'key'), name='notification_once'), UniqueConstraint(fields=('user_id', 'number'), name='notification_number')], 'indexes': [Index(fields=['user_id', 'read_at', 'number'], name='notification_unread'), Index(fields=['opportunity_id'], name='notification_of_deal'), Index(fields=['registration_id'], name='notification_of_registration'), Index(fields=['comment_id'], name='notification_of_comment'), Index(fields=['invitation_id'], name='notification_of_invitation'), Index(fields=['actor_id'], name='notification_by_actor'), Index(fields=['at'], name='notification_at')], 'pk_attr': 'id', 'table_description': 'Something that one person is told. Its words are made when it is read, from what it is about; it holds ids and'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='NotificationDefault',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('role', fields.CharEnumField(description='Role', enum_type=Role, max_length=40)),
                ('kind', fields.CharEnumField(description='NotificationKind', enum_type=NotificationKind, max_length=40)),
                ('channel', fields.CharEnumField(description='NotificationChannel', enum_type=NotificationChannel, max_length=40)),
                ('pace', fields.CharEnumField(description='NotificationPace', enum_type=NotificationPace, max_length=40)),
            ],
            options={'table': 'notification_default', 'app': 'models', 'constraints': [UniqueConstraint(fields=('role', 'kind', 'channel'), name='notification_default_unique')], 'pk_attr': 'id', 'table_description': "The vendor's choice for people in a role who have made none."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='NotificationDelivery',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('notification', fields.ForeignKeyField('models.Notification', source_field='notification_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('channel', fields.CharEnumField(description='NotificationChannel', enum_type=NotificationChannel, max_length=40)),
                ('pace', fields.CharEnumField(description='NotificationPace', enum_type=NotificationPace, max_length=40)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notification_delivery', 'app': 'models', 'constraints': [UniqueConstraint(fields=('notification_id', 'channel'), name='notification_delivery_once')], 'indexes': [Index(fields=['user_id', 'due_at'], name='notification_delivery_of_user'), Index(fields=['due_at'], name='notification_delivery_due')], 'pk_attr': 'id', 'table_description': 'A notification that waits for its turn in a channel. It goes when a message has taken it up.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='NotificationMessage',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('channel', fields.CharEnumField(description='NotificationChannel', enum_type=NotificationChannel, max_length=40)),
                ('pace', fields.CharEnumField(description='NotificationPace', enum_type=NotificationPace, max_length=40)),
                ('notification_ids', ArrayField(default=list, db_default=[], element_type='UUID')),
                ('made_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('attempts', fields.IntField(default=0, db_default=0)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('failed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reason', fields.TextField(null=True, unique=False)),
            ],
            options={'table': 'notification_message', 'app': 'models', 'indexes': [Index(fields=['user_id', 'made_at'], name='notification_message_of_user'), Index(fields=['due_at'], name='notification_message_due')], 'pk_attr': 'id', 'table_description': 'An e-mail or a chat message about some notifications. Its id names it to whoever receives it, however often it is'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='NotificationPreference',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharEnumField(description='NotificationKind', enum_type=NotificationKind, max_length=40)),
                ('channel', fields.CharEnumField(description='NotificationChannel', enum_type=NotificationChannel, max_length=40)),
                ('pace', fields.CharEnumField(description='NotificationPace', enum_type=NotificationPace, max_length=40)),
            ],
            options={'table': 'notification_preference', 'app': 'models', 'constraints': [UniqueConstraint(fields=('user_id', 'kind', 'channel'), name='notification_preference_unique')], 'pk_attr': 'id', 'table_description': "A person's own choice for a kind and a channel."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='NotificationSetting',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('quiet_from', fields.IntField(null=True)),
                ('quiet_until', fields.IntField(null=True)),
                ('quiet_weekends', fields.BooleanField(default=False, db_default=False)),
                ('daily_at', fields.IntField(default=480, db_default=480)),
                ('chat_service', fields.CharEnumField(null=True, description='ChatService', enum_type=ChatService, max_length=40)),
                ('chat_secret_url', fields.TextField(null=True, unique=False)),
            ],
            options={'table': 'notification_setting', 'app': 'models', 'constraints': [UniqueConstraint(fields=('user_id',), name='notification_setting_of_user'), CheckConstraint(check='(quiet_from IS NULL) = (quiet_until IS NULL)', name='notification_setting_quiet'), CheckConstraint(check='(chat_service IS NULL) = (chat_secret_url IS NULL)', name='notification_setting_chat')], 'pk_attr': 'id', 'table_description': "When and where a person is told. Times are minutes of the day in the person's time zone: nothing leaves from"},
            bases=['Model'],
        ),
        ops.AddConstraint(model_name='Inbox', constraint=UniqueConstraint(fields=('user_id',), name='inbox_of_user')),
        ops.AddConstraint(model_name='Inbox', constraint=CheckConstraint(check='unread >= 0', name='inbox_unread')),
        ops.AddConstraint(model_name='Notification', constraint=UniqueConstraint(fields=('user_id', 'key'), name='notification_once')),
        ops.AddConstraint(model_name='Notification', constraint=UniqueConstraint(fields=('user_id', 'number'), name='notification_number')),
        ops.AddConstraint(model_name='NotificationDefault', constraint=UniqueConstraint(fields=('role', 'kind', 'channel'), name='notification_default_unique')),
        ops.AddConstraint(model_name='NotificationDelivery', constraint=UniqueConstraint(fields=('notification_id', 'channel'), name='notification_delivery_once')),
        ops.AddConstraint(model_name='NotificationPreference', constraint=UniqueConstraint(fields=('user_id', 'kind', 'channel'), name='notification_preference_unique')),
        ops.AddConstraint(model_name='NotificationSetting', constraint=UniqueConstraint(fields=('user_id',), name='notification_setting_of_user')),
        ops.AddConstraint(model_name='NotificationSetting', constraint=CheckConstraint(check='(quiet_from IS NULL) = (quiet_until IS NULL)', name='notification_setting_quiet')),
        ops.AddConstraint(model_name='NotificationSetting', constraint=CheckConstraint(check='(chat_service IS NULL) = (chat_secret_url IS NULL)', name='notification_setting_chat')),
    ]
