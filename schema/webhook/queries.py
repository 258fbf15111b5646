"""Queries for webhook endpoints."""

import strawberry

from schema.connections import root_connection
from schema.context import Info
from schema.engine.declare import Paged
from schema.engine.serve.resolvers import root
from schema.listing import by_id
from schema.node import IdArgument
from schema.pagination import Connection
from schema.webhook.listings import ENDPOINTS, EndpointFilterArgument
from schema.webhook.types import WebhookDelivery, WebhookEndpoint


@strawberry.type
class WebhookQuery:
    @root(by_id("whe"), "The webhook endpoint with this id; null if there is none or the viewer can't see it.")
    async def webhook_endpoint(self, info: Info, id: IdArgument) -> WebhookEndpoint | None: ...

    @root(by_id("whd"), "The webhook delivery with this id; null if there is none or the viewer can't see it.")
    async def webhook_delivery(self, info: Info, id: IdArgument) -> WebhookDelivery | None: ...

    webhook_endpoints: Connection[WebhookEndpoint] = root_connection(
        Paged(ENDPOINTS),
        "The webhook endpoints of the viewer's organisation, oldest first.",
        filter=EndpointFilterArgument,
    )
