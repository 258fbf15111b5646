"""API clients: programs of an organisation that call the API under a name of their own."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from app.models.columns import primary_key, reference, words


class ApiClient(Model):
    """A client of the OAuth 2.0 client credentials grant. A user of the same id stands for it (`User.api_client`), made
    by a trigger.

    `scopes`: of `ApiScope`. `secret_hash`: SHA-256 of the secret in use, the `secret_number`th; that of the one before,
    with `former_secret_ends_at`, until when both are accepted. A client that is removed stays, for its name.
    """

    id = primary_key()
    organization = reference("Organization")
    name = fields.TextField()
    scopes = words()
    secret_hash = fields.BinaryField()
    secret_number = fields.IntField(default=1, db_default=1)
    secret_changed_at = fields.DatetimeField(db_default=fields.Now())
    former_secret_hash = fields.BinaryField(null=True)
    former_secret_ends_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1, db_default=1)
    created_by = reference("User", null=True)
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    last_used_at = fields.DatetimeField(null=True)
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_client"
        indexes = (Index(fields=("organization_id", "name", "id"), name="api_client_of_organization"),)
