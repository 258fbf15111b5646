"""Users and groups of an identity provider, by SCIM."""

from app.database import migrations
from tortoise.migrations import operations as ops
from app.models.columns import new_id
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('models', '0041_cosell')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(
            model_name='User',
            name='claims_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.CreateModel(
            name='ProvisionedGroup',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('display_name', fields.TextField(unique=False)),
                ('name_key', fields.TextField(unique=False)),
                ('external_id', fields.TextField(null=True, unique=False)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'provisioned_group', 'app': 'models', 'constraints': [UniqueConstraint(fields=('name_key',), name='provisioned_group_name_unique')], 'pk_attr': 'id', 'table_description': 'A group of the identity provider. `name_key`: its name without regard to case.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ProvisionedMember',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('group', fields.ForeignKeyField('models.ProvisionedGroup', source_field='group_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'provisioned_member', 'app': 'models', 'constraints': [UniqueConstraint(fields=('group_id', 'user_id'), name='provisioned_member_unique')], 'indexes': [Index(fields=['user_id'], name='provisioned_member_of_user')], 'pk_attr': 'id', 'table_description': "A user's membership in a group of the identity provider."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ProvisionedUser',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('user_name', fields.TextField(unique=False)),
                ('user_name_key', fields.TextField(unique=False)),
                ('external_id', fields.TextField(null=True, unique=False)),
                ('attributes', fields.JSONField(default=dict, db_default={}, encoder=JSON_DUMPS, decoder=loads)),
                ('placed', fields.BooleanField(default=True, db_default=True)),
                ('waiting', fields.BooleanField(default=False, db_default=False)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('removed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'provisioned_user', 'app': 'models', 'constraints': [UniqueConstraint(fields=('user_name_key',), name='provisioned_user_name_unique')], 'indexes': [Index(fields=['external_id'], name='provisioned_user_external_id')], 'pk_attr': 'id', 'table_description': 'A user of the same id, as their identity provider describes them: personal data, which goes with them.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='ProvisionedGroup',
            constraint=UniqueConstraint(fields=('name_key',), name='provisioned_group_name_unique'),
        ),
        ops.AddConstraint(
            model_name='ProvisionedMember',
            constraint=UniqueConstraint(fields=('group_id', 'user_id'), name='provisioned_member_unique'),
        ),
        ops.AddConstraint(
            model_name='ProvisionedUser',
            constraint=UniqueConstraint(fields=('user_name_key',), name='provisioned_user_name_unique'),
        ),
    ]
