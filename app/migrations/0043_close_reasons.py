"""Reasons for which deals end as codes, and comments on registrations."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0042_provisioning')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='Playbook', name='close_reasons', field=fields.JSONField(default=list, db_default=[])),
        ops.AddField(model_name='Opportunity', name='close_reason_key', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='Comment', name='registration', field=fields.ForeignKeyField('models.DealRegistration', source_field='registration_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
        ops.AddIndex(model_name='Comment', index=Index(fields=['registration_id', 'created_at', 'id'], name='comment_of_registration')),
    ]
