"""Records of what an identity provider says of users and groups, by SCIM."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import primary_key, reference


class ProvisionedUser(Model):
    """A user of the same id, as their identity provider describes them: personal data, which goes with them.

    `user_name_key`: as `app.members.addresses` compares addresses. `attributes`: SCIM's, but for those that have a
    column. `placed`: they have a role, from a group or from somebody here; until then they can't sign in, and `waiting`
    says whether the provider has them active. `removed_at`: the provider
    deleted them; they don't exist for it any more unless somebody here lets them in again.
    """

    id = primary_key()
    user_name = fields.TextField()
    user_name_key = fields.TextField()
    external_id = fields.TextField(null=True)
    attributes: object = fields.JSONField(default=dict, db_default={})
    placed = fields.BooleanField(default=True, db_default=True)
    waiting = fields.BooleanField(default=False, db_default=False)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "provisioned_user"
        constraints = (UniqueConstraint(fields=("user_name_key",), name="provisioned_user_name_unique"),)
        indexes = (Index(fields=("external_id",), name="provisioned_user_external_id"),)


class ProvisionedGroup(Model):
    """A group of the identity provider. `name_key`: its name without regard to case."""

    id = primary_key()
    display_name = fields.TextField()
    name_key = fields.TextField()
    external_id = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())

    class Meta:
        table = "provisioned_group"
        constraints = (UniqueConstraint(fields=("name_key",), name="provisioned_group_name_unique"),)


class ProvisionedMember(Model):
    """A user's membership in a group of the identity provider."""

    id = primary_key()
    group = reference("ProvisionedGroup", on_delete=fields.CASCADE)
    user = reference("User", on_delete=fields.CASCADE)

    class Meta:
        table = "provisioned_member"
        constraints = (UniqueConstraint(fields=("group_id", "user_id"), name="provisioned_member_unique"),)
        indexes = (Index(fields=("user_id",), name="provisioned_member_of_user"),)
