"""Mutations on webhook endpoints and their deliveries."""

from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.outcomes import Refused, as_it_stands, refused
from app.outgoing import LONGEST_URL
from app.vocabulary import ErrorCode
from app.webhooks.bodies import Unanswerable
from app.webhooks.replays import MOST as MOST_REPLAYS
from app.webhooks.replays import ReplayBegun, replay
from app.webhooks.rotating import LONGEST_OVERLAP_HOURS, OVERLAP_HOURS, remove_endpoint, rotate_secret
from app.webhooks.saving import COLUMNS, LONGEST_DESCRIPTION, MOST, EndpointSaved, upsert_endpoint
from app.webhooks.sending_again import DeliveryAsked, redeliver, send_test
from schema.engine.declare import to_one
from schema.engine.ids import decode, decode_given, encode
from schema.enums import EventType
from schema.event.cursors import event_number
from schema.mutation import Payload, client_mutation_id, mutation
from schema.scalars import Cursor
from schema.webhook.answering import prepare
from schema.webhook.types import WebhookDelivery, WebhookEndpoint

VERSION = "The version that the change is based on. Fails with `CONFLICT` if it has changed since."
WHO = "For managers of a partner and administrators of the vendor, for their own organisation."


def _unset(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=f"{description} Omit to leave unchanged.")


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(
    description=f"A webhook endpoint. Created if there is no `endpointId`; an organisation has at most {MOST}."
)
class UpsertWebhookEndpointInput:
    endpoint_id: strawberry.ID | None = _said("The endpoint to change.")
    url: str | None = _unset(
        f"The URL that is sent a `POST` for each event: `https://`, at most {LONGEST_URL:,} characters, on a port that "
        "the server's settings allow. Required for a new endpoint."
    )
    description: str | None = _unset(f"A note on its purpose, at most {LONGEST_DESCRIPTION} characters.")
    event_types: list[EventType] | None = _unset("The types of events it is told of; null or empty: all.")
    changed_fields: list[str] | None = _unset(
        "Only events that changed one of these fields, such as `amount`; null or empty: any event."
    )
    filter: str | None = _unset(
        'A condition in CEL, such as `event.toStage == "proposal" && deal.amount > 100000.0`; null or empty: none.'
    )
    document: str | None = _unset(
        "A subscription, whose answer is sent as `data`, executed as the user who saves it; null: the body only names "
        "the event."
    )
    ordered: bool | None = _unset("Whether deliveries keep their order: each waits for the one before. By default not.")
    enabled: bool | None = _unset("Whether events are sent. By default they are.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `rotateWebhookSecret`.")
class RotateWebhookSecretInput:
    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    overlap_hours: int = strawberry.field(
        default=OVERLAP_HOURS,
        description=f"Hours for which the secret in use signs beside the new one, 0 to {LONGEST_OVERLAP_HOURS}. A "
        "secret from an earlier rotation ends in any case.",
    )
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `removeWebhookEndpoint`.")
class RemoveWebhookEndpointInput:
    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `sendTestWebhook`.")
class SendTestWebhookInput:
    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `redeliverWebhook`.")
class RedeliverWebhookInput:
    delivery_id: strawberry.ID = strawberry.field(description="The delivery.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `replayWebhook`.")
class ReplayWebhookInput:
    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    after: Cursor | None = _said(
        "The cursor of an event: what happened after it is sent. By default since the log begins."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of a change to a webhook endpoint.")
class WebhookEndpointPayload(Payload):
    endpoint_key: strawberry.Private[UUID | None]
    endpoint: WebhookEndpoint | None = to_one(
        "The endpoint after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed.",
        column="endpoint_key",
    )
    secret: str | None = strawberry.field(
        default=None,
        description="The new secret, by which the receiver verifies signatures. Shown this once: keep it where secrets "
        "are kept. Null if the change makes none, and in an answer that is repeated for its `clientMutationId`.",
    )
    created: bool = strawberry.field(default=False, description="Whether it was created.")

    @classmethod
    def of(cls, outcome: EndpointSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(endpoint_key=as_it_stands(outcome))
        return cls(endpoint_key=outcome.endpoint_id, secret=outcome.secret, created=outcome.created)


@strawberry.type(description="The result of `removeWebhookEndpoint`.")
class RemoveWebhookEndpointPayload(Payload):
    endpoint_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the endpoint that was removed; null if none was."
    )

    @classmethod
    def of(cls, outcome: EndpointSaved | Refused) -> Self:
        return (
            cls()
            if isinstance(outcome, Refused)
            else cls(endpoint_id=strawberry.ID(encode("whe", outcome.endpoint_id)))
        )


@strawberry.type(description="The result of a request to send a webhook.")
class WebhookDeliveryPayload(Payload):
    delivery_key: strawberry.Private[UUID | None]
    delivery: WebhookDelivery | None = to_one(
        "The delivery, waiting to be sent; null if nothing was changed.", column="delivery_key"
    )

    @classmethod
    def of(cls, outcome: DeliveryAsked | Refused) -> Self:
        return cls(delivery_key=None if isinstance(outcome, Refused) else outcome.delivery_id)


@strawberry.type(description="The result of `replayWebhook`.")
class ReplayWebhookPayload(Payload):
    endpoint_key: strawberry.Private[UUID | None]
    endpoint: WebhookEndpoint | None = to_one(
        "The endpoint, to which the events are sent in the background, with its `replay`; null if nothing was changed.",
        column="endpoint_key",
    )

    @classmethod
    def of(cls, outcome: ReplayBegun | Refused) -> Self:
        return cls(endpoint_key=None if isinstance(outcome, Refused) else outcome.endpoint_id)


UpsertInput = Annotated[UpsertWebhookEndpointInput, strawberry.argument(description="The endpoint.")]
RotateInput = Annotated[RotateWebhookSecretInput, strawberry.argument(description="The endpoint.")]
RemoveInput = Annotated[RemoveWebhookEndpointInput, strawberry.argument(description="The endpoint to remove.")]
TestInput = Annotated[SendTestWebhookInput, strawberry.argument(description="The endpoint.")]
RedeliverInput = Annotated[RedeliverWebhookInput, strawberry.argument(description="The delivery to send again.")]
ReplayInput = Annotated[ReplayWebhookInput, strawberry.argument(description="The endpoint, and from where on.")]


async def _unanswerable(viewer: Viewer, document: str | None) -> Refused | None:
    if not document or document is strawberry.UNSET:
        return None
    try:
        await prepare(viewer, document)
    except Unanswerable as error:
        return refused(ErrorCode.INVALID, str(error), "document")
    return None


@strawberry.type
class WebhookMutation:
    @mutation(
        payload=WebhookEndpointPayload,
        noun=nouns.WEBHOOK_ENDPOINT,
        description=f"Creates a webhook endpoint, with its first secret, or changes one. {WHO}",
    )
    async def upsert_webhook_endpoint(self, viewer: Viewer, input: UpsertInput) -> EndpointSaved | Refused:
        said = {name: getattr(input, "filter" if name == "condition" else name) for name in COLUMNS}
        given = {name: value for name, value in said.items() if value is not strawberry.UNSET}
        return await upsert_endpoint(
            viewer,
            given,
            endpoint_id=decode_given(input.endpoint_id, "whe", "endpointId"),
            expected_version=input.expected_version,
            unanswerable=await _unanswerable(viewer, given.get("document")),
        )

    @mutation(
        payload=WebhookEndpointPayload,
        noun=nouns.WEBHOOK_ENDPOINT,
        description=f"Issues a new secret for a webhook endpoint. Its former secret may sign, too, for a while. {WHO}",
    )
    async def rotate_webhook_secret(self, viewer: Viewer, input: RotateInput) -> EndpointSaved | Refused:
        return await rotate_secret(
            viewer,
            decode(input.endpoint_id, "whe", "endpointId"),
            overlap_hours=input.overlap_hours,
            expected_version=input.expected_version,
        )

    @mutation(
        payload=RemoveWebhookEndpointPayload,
        noun=nouns.WEBHOOK_ENDPOINT,
        description=f"Removes a webhook endpoint and what was delivered to it. {WHO}",
    )
    async def remove_webhook_endpoint(self, viewer: Viewer, input: RemoveInput) -> EndpointSaved | Refused:
        return await remove_endpoint(
            viewer,
            decode(input.endpoint_id, "whe", "endpointId"),
            expected_version=input.expected_version,
        )

    @mutation(
        payload=WebhookDeliveryPayload,
        noun=nouns.WEBHOOK_ENDPOINT,
        description=f"Sends a test of type `PING` to a webhook endpoint. {WHO}",
    )
    async def send_test_webhook(self, viewer: Viewer, input: TestInput) -> DeliveryAsked | Refused:
        return await send_test(viewer, decode(input.endpoint_id, "whe", "endpointId"))

    @mutation(
        payload=WebhookDeliveryPayload,
        noun=nouns.WEBHOOK_DELIVERY,
        description=f"Sends a webhook delivery again, whatever became of it, under the same `webhook-id`. {WHO}",
    )
    async def redeliver_webhook(self, viewer: Viewer, input: RedeliverInput) -> DeliveryAsked | Refused:
        return await redeliver(viewer, decode(input.delivery_id, "whd", "deliveryId"))

    @mutation(
        payload=ReplayWebhookPayload,
        noun=nouns.WEBHOOK_ENDPOINT,
        description="Sends all events after a cursor to a webhook endpoint, also those that it was sent before, under "
        "the same `webhook-id`. One replay of an endpoint runs at a time, and at most "
        f"{MOST_REPLAYS} of an organisation; disabling the endpoint cancels it. {WHO}",
    )
    async def replay_webhook(self, viewer: Viewer, input: ReplayInput) -> ReplayBegun | Refused:
        after = event_number(input.after, "after") or 0
        return await replay(viewer, decode(input.endpoint_id, "whe", "endpointId"), after)
