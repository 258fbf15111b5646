"""Queries for the viewer, partners and accounts."""

from collections.abc import Mapping
from typing import Any

import strawberry

from schema.arguments import After, Before, Last
from schema.arguments import First as FirstRows
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

    @root(
        Paged(PARTNERS),
        (
            "The partners that the viewer can see, by name by default. Partners see themselves, their distributor and "
            "their resellers."
        ),
    )
    async def partners(
        self,
        info: Info,
        first: FirstRows = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: PartnerFilterArgument = None,
        order_by: PartnerOrderArgument = None,
    ) -> Connection[Partner]: ...

    @root(by_id("usr"), "A user by id; null if the user doesn't exist or the viewer can't see them.")
    async def user(self, info: Info, id: IdArgument) -> User | None: ...

    @root(
        Paged(USERS),
        "The users that the viewer can see, by name by default. Partners see their colleagues and the vendor's users.",
    )
    async def users(
        self,
        info: Info,
        first: FirstRows = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: UserFilterArgument = None,
        order_by: UserOrderArgument = None,
    ) -> Connection[User]: ...

    @root(
        First(BY_ID),
        "An account by its id or by that of an account that was merged into it; null if it doesn't exist or the viewer "
        "can't see it.",
    )
    async def account(self, info: Info, id: IdArgument) -> Account | None: ...

    @root(Paged(ACCOUNTS), "The accounts that the viewer can see, by name.")
    async def accounts(
        self,
        info: Info,
        first: FirstRows = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        search: SearchArgument = None,
        likely_duplicates: DuplicatesArgument = None,
    ) -> Connection[Account]: ...
