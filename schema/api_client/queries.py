"""Queries for API clients."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from app.database.sql import Sql, sql
from schema.api_client.types import ApiClient
from schema.connections import root_connection
from schema.context import Info
from schema.engine.declare import Listing, ListingArguments, Paged
from schema.engine.ids import decode
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.engine.sql.frame import Bindings, Frame
from schema.listing import by_id, by_name
from schema.node import IdArgument
from schema.pagination import Connection


@strawberry.input(description="Conditions on API clients, all of which must hold.")
class ApiClientFilter:
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Clients of this partner.")


def _ask(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: ApiClientFilter | None = arguments.get("filter")
    if wanted is None or wanted.partner_id is None:
        return ListingArguments()
    return ListingArguments({"partner_id": decode(wanted.partner_id, "ptr", "filter", "partnerId")})


def _where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    conditions = [sql("{} IS NULL", frame.column("removed_at"))]
    if (partner := given.value("partner_id")) is not None:
        conditions.append(sql("{} = {}", frame.column("organization_id"), partner))
    return conditions


API_CLIENTS = Listing(
    "api-clients", by_name, where=_where, bind=_ask, scan=Scan("api_client", {"partnerId": Look.THROUGH})
)


@strawberry.type
class ApiClientQuery:
    @root(by_id("cli"), "The API client with this id; null if there is none or the viewer can't see it.")
    async def api_client(self, info: Info, id: IdArgument) -> ApiClient | None: ...

    api_clients: Connection[ApiClient] = root_connection(
        Paged(API_CLIENTS),
        "The API clients that the viewer can see and that were not removed, by name.",
        filter=Annotated[ApiClientFilter | None, strawberry.argument(description="Filters the list.")],
    )
