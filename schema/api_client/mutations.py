"""Mutations on API clients."""

from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.api_clients.rotating import LONGEST_OVERLAP_HOURS, OVERLAP_HOURS, remove_client, rotate_secret
from app.api_clients.saving import LONGEST_NAME, ApiClientSaved, upsert_client
from app.identity.viewer import Viewer
from app.outcomes import Refused, as_it_stands
from schema.api_client.types import ApiClient
from schema.engine.declare import to_one
from schema.engine.ids import decode, decode_given
from schema.enums import ApiScope
from schema.mutation import Payload, client_mutation_id, mutation

VERSION = "The version that the change is based on. Fails with `CONFLICT` if it has changed since."


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="An API client. Created if there is no `apiClientId`.")
class UpsertApiClientInput:
    api_client_id: strawberry.ID | None = _said("The client to change.")
    partner_id: strawberry.ID | None = _said(
        "The partner that a new client belongs to, given by an administrator of the vendor; by default the own "
        "organisation."
    )
    name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"The name, unique within the organisation, at most {LONGEST_NAME} characters. Required for a new "
        "client; omit to leave unchanged.",
    )
    scopes: list[ApiScope] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The client's rights. Required for a new client; omit to leave unchanged. What is taken away "
        "ends within a second.",
    )
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `rotateApiClientSecret`.")
class RotateApiClientSecretInput:
    api_client_id: strawberry.ID = strawberry.field(description="The client.")
    overlap_hours: int = strawberry.field(
        default=OVERLAP_HOURS,
        description=f"Hours for which the secret in use is accepted beside the new one, 0 to {LONGEST_OVERLAP_HOURS}. "
        "0 ends it, and its access tokens, within a second. A secret from an earlier rotation ends in any case.",
    )
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `removeApiClient`.")
class RemoveApiClientInput:
    api_client_id: strawberry.ID = strawberry.field(description="The client.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of a change to an API client.")
class ApiClientPayload(Payload):
    client_id: strawberry.Private[UUID | None]
    api_client: ApiClient | None = to_one(
        "The client after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed.",
        column="client_id",
    )
    secret: str | None = strawberry.field(
        default=None,
        description="The new secret, the `client_secret`. Shown this once: keep it where secrets are kept. Null if the "
        "change makes none, and in an answer that is repeated for its `clientMutationId`.",
    )
    created: bool = strawberry.field(default=False, description="Whether it was created.")

    @classmethod
    def of(cls, outcome: ApiClientSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(client_id=as_it_stands(outcome))
        return cls(client_id=outcome.client_id, secret=outcome.secret, created=outcome.created)


UpsertInput = Annotated[UpsertApiClientInput, strawberry.argument(description="The client.")]
RotateInput = Annotated[RotateApiClientSecretInput, strawberry.argument(description="The client.")]
RemoveInput = Annotated[RemoveApiClientInput, strawberry.argument(description="The client to remove.")]

WHO = "For managers of a partner, for their own organisation, and for administrators of the vendor."


@strawberry.type
class ApiClientMutation:
    @mutation(
        payload=ApiClientPayload,
        noun=nouns.API_CLIENT,
        description=f"Creates an API client, with its first secret, or changes one. {WHO}",
    )
    async def upsert_api_client(self, viewer: Viewer, input: UpsertInput) -> ApiClientSaved | Refused:
        given = {"name": input.name, "scopes": input.scopes}
        return await upsert_client(
            viewer,
            {name: value for name, value in given.items() if value is not strawberry.UNSET},
            client_id=decode_given(input.api_client_id, "cli", "apiClientId"),
            partner_id=decode_given(input.partner_id, "ptr", "partnerId"),
            expected_version=input.expected_version,
        )

    @mutation(
        payload=ApiClientPayload,
        noun=nouns.API_CLIENT,
        description=f"Issues a new secret for an API client. Its former secret may be accepted for a while. {WHO}",
    )
    async def rotate_api_client_secret(self, viewer: Viewer, input: RotateInput) -> ApiClientSaved | Refused:
        return await rotate_secret(
            viewer,
            decode(input.api_client_id, "cli", "apiClientId"),
            overlap_hours=input.overlap_hours,
            expected_version=input.expected_version,
        )

    @mutation(
        payload=ApiClientPayload,
        noun=nouns.API_CLIENT,
        description=f"Removes an API client. Its access tokens are refused and its sockets end within a second. {WHO}",
    )
    async def remove_api_client(self, viewer: Viewer, input: RemoveInput) -> ApiClientSaved | Refused:
        return await remove_client(
            viewer,
            decode(input.api_client_id, "cli", "apiClientId"),
            expected_version=input.expected_version,
        )
