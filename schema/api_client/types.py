"""Programs of an organisation that call the API."""

from datetime import datetime

from app import nouns
from schema.engine.declare import column, entity, to_one
from schema.enums import ApiScope
from schema.identity.types import Organization, User
from schema.node import Node


@entity(
    nouns.API_CLIENT,
    description="A program that calls the API as its organisation, by the OAuth 2.0 client credentials grant. Its `id` "
    "is the `client_id`. Seen by the managers of the organisation and by the vendor.",
)
class ApiClient(Node):
    name: str = column("The name, unique within the organisation. The audit log shows it.")
    organization: Organization = to_one("The organisation that the client acts as.")
    scopes: list[ApiScope] = column("The client's rights. Every scope includes reading.")
    secret_changed_at: datetime = column("The time at which the secret in use was issued.")
    former_secret_ends_at: datetime | None = column(
        "The time until which the secret before is accepted as well; null if it isn't any more."
    )
    created_by: User | None = to_one("The user who created the client.", column="created_by_id")
    created_at: datetime = column("The time of creation.")
    last_used_at: datetime | None = column("The time of the last access token, to the minute; null if there was none.")
    removed_at: datetime | None = column("The time of removal; null while the client may be used.")
    version: int = column(
        "The version, which rises with every change. Send it as `expectedVersion` to detect concurrent changes."
    )
