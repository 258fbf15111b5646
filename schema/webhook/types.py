"""Webhook endpoints and what was delivered to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app import nouns
from app.database import database
from app.webhooks.reading import events_of
from schema.connections import connection
from schema.engine.declare import Paged, Requester, column, computed, embedded, entity, to_one
from schema.enums import EventType, WebhookDeliveryStatus, WebhookReplayStatus
from schema.event.types import Event
from schema.identity.types import Organization, User
from schema.node import Node
from schema.pagination import Connection
from schema.webhook.listings import DELIVERIES, DeliveryFilterArgument


async def _events(requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, Event | None]:
    found = await events_of(database(), requester.viewer, keys)
    return {key: Event.of(found[key]) if key in found else None for key in keys}


@entity(
    nouns.WEBHOOK_DELIVERY,
    description="An event, or a test, of which a webhook endpoint is told once, however often it is tried. Its `id` is "
    "the `webhook-id` header of all tries.",
)
class WebhookDelivery(Node):
    endpoint: Annotated["WebhookEndpoint", strawberry.lazy("schema.webhook.types")] = to_one("The endpoint.")
    type: str = column("The type of event; `PING` for a test.")
    event: Event | None = computed(
        _events, "The event; null for a test, and where the log no longer holds it or the viewer can't see it."
    )
    at: datetime = column("The date and time of the event, or of the request for a test.")
    status: WebhookDeliveryStatus = column("The status.")
    attempt: int = column("The number of the last attempt, 0 before the first.")
    attempted_at: datetime | None = column("The date and time of the last attempt.")
    status_code: int | None = column("The HTTP status of the last attempt's answer; null if there was none.")
    error: str | None = column("The reason why there was no answer, or why nothing was sent.")
    duration_ms: int | None = column("The time until the last attempt's answer, in milliseconds.")
    answer: str | None = column("The beginning of the last attempt's answer: its body, at most 2,048 bytes.")
    next_attempt_at: datetime | None = column(
        "The date and time of the next attempt; null if there is none.", name="due_at"
    )


@strawberry.type(description="A replay of a webhook endpoint: past events, sent to it again.")
class WebhookReplay:
    status: WebhookReplayStatus = strawberry.field(description="The status.")
    started_at: datetime = strawberry.field(
        description="The date and time of the request. Of what happened later, the endpoint is told in any case."
    )
    ended_at: datetime | None = strawberry.field(
        description="The date and time of its end; null while it is under way."
    )
    told: int = strawberry.field(description="The number of events that it has handed over for delivery so far.")
    reached_at: datetime | None = strawberry.field(
        description="The date and time of the last event that it has handed over; null before the first."
    )


REPLAY = {
    "status": "replay_status",
    "started_at": "replay_started_at",
    "ended_at": "replay_ended_at",
    "told": "replay_told",
    "reached_at": "replay_reached_at",
}


@entity(
    nouns.WEBHOOK_ENDPOINT,
    description="A URL that is told of events, signed as Standard Webhooks. Seen by the managers of its organisation.",
)
class WebhookEndpoint(Node):
    url: str = column("The URL that is sent a `POST` for each event.")
    description: str | None = column("A note on its purpose.")
    event_types: list[EventType] = column("The types of events it is told of; empty: all.")
    changed_fields: list[str] = column(
        "The fields, as events name them, of which an event must have changed one; empty: any event."
    )
    filter: str = column("A condition on events, in CEL over `event` and `deal`; empty: none.", name="condition")
    document: str | None = column(
        "The subscription whose answer is the body's `data`, as the owner sees it; null: the body only names the event."
    )
    ordered: bool = column(
        "Whether a delivery waits until the one before has arrived or was given up. Otherwise deliveries overtake."
    )
    enabled: bool = column("Whether events are sent.")
    disabled_reason: str | None = column("The reason why it is disabled; null while it is enabled.")
    organization: Organization = to_one("The organisation to which it belongs.")
    owner: User = to_one("The user who saved it last: only what this user can see is sent.")
    secret_changed_at: datetime = column("The date and time at which the secret in use was issued.")
    former_secret_ends_at: datetime | None = column(
        "The date and time until which deliveries are also signed with the secret before; null if there is none."
    )
    failing_since: datetime | None = column(
        "The date and time since which nothing has arrived; null if the last attempt was a success. After five days "
        "the endpoint is disabled."
    )
    resting_until: datetime | None = column(
        "The date and time until which nothing is sent, because its receiver asked for patience."
    )
    created_at: datetime = column("The date and time of creation.")
    version: int = column(
        "The version, which rises with every change. Send it as `expectedVersion` to detect concurrent changes."
    )
    replay: WebhookReplay | None = embedded(
        WebhookReplay,
        REPLAY,
        "replay_status",
        "The last replay; null if there was none. It waits while 1,000 deliveries or more wait to be sent.",
    )
    deliveries: Connection[WebhookDelivery] = connection(
        Paged(DELIVERIES), "The deliveries, newest event first.", filter=DeliveryFilterArgument
    )
