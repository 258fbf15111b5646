"""Queries for the viewer, partners and accounts."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from app.database.search import tsquery
from app.database.sql import Sql, sql
from app.deals.same_customers import has_likely_duplicates
from schema.arguments import After, Before, First, Last
from schema.context import Info
from schema.engine.declare import Listing, ListingArguments, Made, Paged, Requester
from schema.engine.ids import decode
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import PartnerKind, PartnerTier, Role
from schema.identity.types import Account, Partner, User, Viewer
from schema.listing import by_id, by_name
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


@strawberry.input(description="Conditions on partners, all of which must hold.")
class PartnerFilter:
    tier: PartnerTier | None = strawberry.field(default=None, description="Partners of this tier.")
    kind: PartnerKind | None = strawberry.field(default=None, description="Partners in this line of business.")
    industry: str | None = strawberry.field(default=None, description="Partners that serve this industry, in any case.")
    search: str | None = strawberry.field(default=None, description="The beginning of a word of the name.")


def _ask_partners(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: PartnerFilter | None = arguments.get("filter")
    if wanted is None:
        return ListingArguments()
    values = {
        "tier": wanted.tier and wanted.tier.value,
        "kind": wanted.kind and wanted.kind.value,
        "industry": wanted.industry,
        "search": wanted.search and tsquery(wanted.search),
    }
    return ListingArguments({name: value for name, value in values.items() if value})


_PARTNER_CONDITIONS = {
    "tier": ("{} = {}", "tier"),
    "kind": ("{} = {}", "partner_kind"),
    "industry": ("lower({}::text)::text[] @> ARRAY[lower({}::text)]", "industries"),
    "search": ("to_tsvector('simple', {}) @@ to_tsquery('simple', {})", "name"),
}


def _partners_where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    return [
        sql(template, frame.column(column), given.value(name))
        for name, (template, column) in _PARTNER_CONDITIONS.items()
        if given.value(name) is not None
    ]


@strawberry.input(description="Conditions on users, all of which must hold.")
class UserFilter:
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Users of this partner.")
    role: Role | None = strawberry.field(default=None, description="Users in this role.")
    active: bool | None = strawberry.field(default=None, description="Users who can sign in, or who can't.")
    search: str | None = strawberry.field(
        default=None, description=("The beginning of a word of the name or the e-mail address.")
    )


def _ask_users(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: UserFilter | None = arguments.get("filter")
    if wanted is None:
        return ListingArguments()
    values = {
        "partner_id": wanted.partner_id and decode(wanted.partner_id, "ptr", "filter", "partnerId"),
        "role": wanted.role and wanted.role.value,
        "active": wanted.active,
        "search": (wanted.search and tsquery(wanted.search)) or None,
    }
    return ListingArguments({name: value for name, value in values.items() if value is not None})


def _users_where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    words = sql("{} || ' ' || coalesce(translate({}, '.@', '  '), '')", frame.column("name"), frame.column("email"))
    conditions = {
        "partner_id": ("{} = {}", frame.column("organization_id")),
        "role": ("{} = {}", frame.column("role")),
        "active": ("{} = {}", frame.column("active")),
        "search": ("to_tsvector('simple', {}) @@ to_tsquery('simple', {})", words),
    }
    asked = [
        sql(template, left, given.value(name))
        for name, (template, left) in conditions.items()
        if given.value(name) is not None
    ]
    return [sql("NOT {}", frame.column("api_client")), *asked]


def _ask_accounts(arguments: Mapping[str, Any]) -> ListingArguments:
    words, duplicates = tsquery(arguments.get("search") or ""), arguments.get("likely_duplicates")
    values = {"search": words, "likely_duplicates": duplicates}
    return ListingArguments({name: value for name, value in values.items() if value})


def _accounts_where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    conditions = []
    slot = given.value("search")
    if slot is not None:
        conditions.append(sql("{} @@ to_tsquery('simple', {})", frame.column("search"), slot))
    if given.value("likely_duplicates") is not None:
        conditions.append(has_likely_duplicates(frame.builder.scope, frame.alias))
    return conditions


PARTNERS = Listing(
    "partners",
    by_name,
    where=_partners_where,
    bind=_ask_partners,
    scan=Scan("organization", dict.fromkeys(("tier", "kind", "industry", "search"), Look.THROUGH)),
)
USERS = Listing(
    "users",
    by_name,
    where=_users_where,
    bind=_ask_users,
    scan=Scan("user_account", dict.fromkeys(("partnerId", "role", "active", "search"), Look.THROUGH)),
)
ACCOUNTS = Listing(
    "accounts",
    by_name,
    where=_accounts_where,
    bind=_ask_accounts,
    scan=Scan("account", {"search": Look.SEARCHED, "likelyDuplicates": Look.THROUGH}, always=Look.SORTED),
)


@strawberry.type
class IdentityQuery:
    @root(Made(_viewer), "The authenticated user.")
    async def viewer(self, info: Info) -> Viewer: ...

    @root(by_id("ptr"), "A partner by id; null if it doesn't exist or the viewer can't see it.")
    async def partner(self, info: Info, id: IdArgument) -> Partner | None: ...

    @root(Paged(PARTNERS), "The partners that the viewer can see, by name. Partners see only themselves.")
    async def partners(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[PartnerFilter | None, strawberry.argument(description="Filters the list.")] = None,
    ) -> Connection[Partner]: ...

    @root(by_id("usr"), "A user by id; null if the user doesn't exist or the viewer can't see them.")
    async def user(self, info: Info, id: IdArgument) -> User | None: ...

    @root(
        Paged(USERS),
        "The users that the viewer can see, by name. Partners see their colleagues and the vendor's users.",
    )
    async def users(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[UserFilter | None, strawberry.argument(description="Filters the list.")] = None,
    ) -> Connection[User]: ...

    @root(by_id("acc"), "An account by id; null if it doesn't exist or the viewer can't see it.")
    async def account(self, info: Info, id: IdArgument) -> Account | None: ...

    @root(Paged(ACCOUNTS), "The accounts that the viewer can see, by name.")
    async def accounts(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        search: Annotated[
            str | None, strawberry.argument(description="Words to search for; beginnings of words match.")
        ] = None,
        likely_duplicates: Annotated[
            bool | None,
            strawberry.argument(
                description=("Limits the list to accounts that share their name with another one, in any spelling.")
            ),
        ] = None,
    ) -> Connection[Account]: ...
