"""Lists of webhook endpoints and of their deliveries."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from app.database.sql import Sql, sql
from schema.engine.declare import Key, Listing, ListingArguments
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import WebhookDeliveryStatus
from schema.listing import by_key


@strawberry.input(description="Conditions on webhook endpoints, all of which must hold.")
class WebhookEndpointFilter:
    enabled: bool | None = strawberry.field(default=None, description="Endpoints that are, or are not, enabled.")


@strawberry.input(description="Conditions on webhook deliveries, all of which must hold.")
class WebhookDeliveryFilter:
    statuses: list[WebhookDeliveryStatus] | None = strawberry.field(
        default=None, description="Deliveries of one of these statuses."
    )


EndpointFilterArgument = Annotated[WebhookEndpointFilter | None, strawberry.argument(description="Filters the list.")]
DeliveryFilterArgument = Annotated[WebhookDeliveryFilter | None, strawberry.argument(description="Filters the list.")]


def _ask_endpoints(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: WebhookEndpointFilter = arguments.get("filter") or WebhookEndpointFilter()
    return ListingArguments({} if wanted.enabled is None else {"enabled": wanted.enabled})


def _endpoints(frame: Frame, given: Bindings) -> Sequence[Sql]:
    conditions = [sql("{} IS NULL", frame.column("removed_at"))]
    if (enabled := given.value("enabled")) is not None:
        conditions.append(sql("{} = {}::boolean", frame.column("enabled"), enabled))
    return conditions


def _ask_deliveries(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: WebhookDeliveryFilter = arguments.get("filter") or WebhookDeliveryFilter()
    if wanted.statuses is None:
        return ListingArguments()
    return ListingArguments({"statuses": [status.value for status in wanted.statuses]})


def _deliveries(frame: Frame, given: Bindings) -> Sequence[Sql]:
    statuses = given.value("statuses")
    return [] if statuses is None else [sql("{} = ANY ({}::text[])", frame.column("status"), statuses)]


def _newest_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    """Ids begin with the time of the event."""
    return [Key(frame.column("id"), "uuid", True)]


ENDPOINTS = Listing(
    "webhook-endpoints",
    by_key,
    where=_endpoints,
    bind=_ask_endpoints,
    scan=Scan("webhook_endpoint", {"enabled": Look.THROUGH}),
)
DELIVERIES = Listing("webhook-deliveries", _newest_first, link="endpoint_id", where=_deliveries, bind=_ask_deliveries)
