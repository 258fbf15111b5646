"""Queries for the viewer, partners and accounts."""

from collections.abc import Mapping
from typing import Any

import strawberry

from schema.arguments import First as FirstRows
from schema.connections import root_connection
from schema.context import Info
from schema.engine.declare import First, Made, Paged, Requester
from schema.engine.serve.resolvers import root
from schema.identity.listings import (
    ACCOUNTS,
    BY_ID,
    PARTNERS,
    USERS,
    DuplicatesArgument,
    PartnerFilterArgument,
    PartnerOrderArgument,
    SearchArgument,
    UserFilterArgument,
    UserOrderArgument,
)
from schema.identity.types import Account, Partner, User, Viewer
from schema.listing import by_id
from schema.node import IdArgument
from schema.pagination import Connection


async def _viewer(requester: Requester, _: Mapping[str, Any]) -> Viewer:
    viewer = requester.viewer
    client = viewer.client
    return Viewer(
        user_id=viewer.user_id,
        organization_id=viewer.organization_id,
        client_id=None if client is None else viewer.user_id,
        permissions=sorted(viewer.permissions),
        scopes=None if client is None else sorted(client.scopes),
    )


@strawberry.type
class IdentityQuery:
    @root(Made(_viewer), "The authenticated user.")
    async def viewer(self, info: Info) -> Viewer: ...

    @root(by_id("ptr"), "A partner by id; null if it doesn't exist or the viewer can't see it.")
    async def partner(self, info: Info, id: IdArgument) -> Partner | None: ...

    partners: Connection[Partner] = root_connection(
        Paged(PARTNERS),
        "The partners that the viewer can see, by name by default. Partners see themselves, their distributor and "
        "their resellers.",
        first=FirstRows,
        filter=PartnerFilterArgument,
        order_by=PartnerOrderArgument,
    )

    @root(by_id("usr"), "A user by id; null if the user doesn't exist or the viewer can't see them.")
    async def user(self, info: Info, id: IdArgument) -> User | None: ...

    users: Connection[User] = root_connection(
        Paged(USERS),
        "The users that the viewer can see, by name by default. Partners see their colleagues and the vendor's users.",
        first=FirstRows,
        filter=UserFilterArgument,
        order_by=UserOrderArgument,
    )

    @root(
        First(BY_ID),
        "An account by its id or by that of an account that was merged into it; null if it doesn't exist or the viewer "
        "can't see it.",
    )
    async def account(self, info: Info, id: IdArgument) -> Account | None: ...

    accounts: Connection[Account] = root_connection(
        Paged(ACCOUNTS),
        "The accounts that the viewer can see, by name.",
        first=FirstRows,
        search=SearchArgument,
        likely_duplicates=DuplicatesArgument,
    )
