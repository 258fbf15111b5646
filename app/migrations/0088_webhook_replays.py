"""Replays of webhook endpoints: how far each has come."""

from app.database import migrations
from app.vocabulary import WebhookReplayStatus
from tortoise import fields
from tortoise.migrations import operations as ops


def column(name, field):
    return ops.AddField(model_name='WebhookEndpoint', name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [('models', '0087_targets_of_partners_people')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        column('replay_status', fields.CharEnumField(null=True, description='WebhookReplayStatus', enum_type=WebhookReplayStatus, max_length=40)),
        column('replay_started_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        column('replay_ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        column('replay_xid', fields.BigIntField(null=True)),
        column('replay_seq', fields.BigIntField(null=True)),
        column('replay_until_xid', fields.BigIntField(null=True)),
        column('replay_until_seq', fields.BigIntField(null=True)),
        column('replay_told', fields.IntField(default=0, db_default=0)),
        column('replay_reached_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
    ]
