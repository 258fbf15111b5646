"""Filters and orders of partners, users and accounts, and their lists."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import strawberry

from app.database.search import tsquery
from app.database.sql import Sql, any_of, sql
from app.deals.same_customers import has_likely_duplicates
from schema.engine.declare import Key, Listing, ListingArguments
from schema.engine.ids import decode, decode_given
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import (
    OrderDirection,
    PartnerKind,
    PartnerOrderField,
    PartnerStatus,
    PartnerTier,
    Role,
    UserOrderField,
)
from schema.listing import by_key, by_name


@strawberry.input(description="Conditions on partners, all of which must hold.")
class PartnerFilter:
    tier: PartnerTier | None = strawberry.field(default=None, description="Partners of this tier.")
    kind: PartnerKind | None = strawberry.field(default=None, description="Partners in this line of business.")
    industry: str | None = strawberry.field(default=None, description="Partners that serve this industry, in any case.")
    status: list[PartnerStatus] | None = strawberry.field(
        default=None, description="Partners of one of these standings."
    )
    region: str | None = strawberry.field(
        default=None,
        description="Partners that may sell in this region, in any case; those without regions may in all.",
    )
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="The resellers of this distributor.")
    channel_manager_id: strawberry.ID | None = strawberry.field(
        default=None, description="Partners of this channel manager."
    )
    external_id: str | None = strawberry.field(default=None, description="The partner with this id in another system.")
    search: str | None = strawberry.field(default=None, description="The beginning of a word of the name.")


@strawberry.input(description="The order of a list of partners.")
class PartnerOrder:
    field: PartnerOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(description="The direction.")


@strawberry.input(description="The order of a list of users.")
class UserOrder:
    field: UserOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(description="The direction.")


def _choices(order: PartnerOrder | UserOrder | None) -> dict[str, str]:
    return {} if order is None else {"field": order.field.value, "direction": order.direction.value}


def _ordered(frame: Frame, given: Bindings) -> Sequence[Key]:
    """By name, or by the day of creation: partners and users have the same words for it."""
    descending = given.choice("direction") == OrderDirection.DESC
    first = Key(frame.column("name"), "text", descending)
    if given.choice("field") == PartnerOrderField.CREATED_AT:
        first = Key(frame.column("created_at"), "timestamptz", descending)
    return [first, Key(frame.column("id"), "uuid", descending)]


def _ask_partners(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: PartnerFilter = arguments.get("filter") or PartnerFilter()
    values = {
        "tier": wanted.tier and wanted.tier.value,
        "kind": wanted.kind and wanted.kind.value,
        "industry": wanted.industry or None,
        "status": None if wanted.status is None else [one.value for one in wanted.status],
        "region": wanted.region or None,
        "parent_id": decode_given(wanted.parent_id, "ptr", "filter", "parentId"),
        "channel_manager_id": None
        if wanted.channel_manager_id is None
        else decode(wanted.channel_manager_id, "usr", "filter", "channelManagerId"),
        "external_id": wanted.external_id,
        "search": (wanted.search and tsquery(wanted.search)) or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    return ListingArguments(known, _choices(arguments.get("order_by")))


_PARTNER_CONDITIONS = {
    "tier": ("{} = {}", "tier"),
    "kind": ("{} = {}", "partner_kind"),
    "industry": ("lower({}::text)::text[] @> ARRAY[lower({}::text)]", "industries"),
    "status": ("{} = ANY ({}::text[])", "status"),
    "parent_id": ("{} = {}", "parent_id"),
    "channel_manager_id": ("{} = {}", "channel_manager_id"),
    "external_id": ("{} = {}", "external_id"),
    "search": ("to_tsvector('simple', {}) @@ to_tsquery('simple', {})", "name"),
}


def _partners_where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    conditions = [
        sql(template, frame.column(column), given.value(name))
        for name, (template, column) in _PARTNER_CONDITIONS.items()
        if given.value(name) is not None
    ]
    if (region := given.value("region")) is not None:
        regions = frame.column("regions")
        among = sql("lower({}::text)::text[] @> ARRAY[lower({}::text)]", regions, region)
        conditions.append(any_of([sql("cardinality({}) = 0", regions), among]))
    return conditions


@strawberry.input(description="Conditions on users, all of which must hold.")
class UserFilter:
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Users of this partner.")
    role: Role | None = strawberry.field(default=None, description="Users in this role.")
    active: bool | None = strawberry.field(default=None, description="Users who can sign in, or who can't.")
    search: str | None = strawberry.field(
        default=None, description=("The beginning of a word of the name or the e-mail address.")
    )


def _ask_users(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: UserFilter = arguments.get("filter") or UserFilter()
    values = {
        "partner_id": wanted.partner_id and decode(wanted.partner_id, "ptr", "filter", "partnerId"),
        "role": wanted.role and wanted.role.value,
        "active": wanted.active,
        "search": (wanted.search and tsquery(wanted.search)) or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    return ListingArguments(known, _choices(arguments.get("order_by")))


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


def _ask_account(arguments: Mapping[str, Any]) -> ListingArguments:
    return ListingArguments({"id": decode(arguments["id"], "acc", "id")})


def _account_or_kept(frame: Frame, given: Bindings) -> Sequence[Sql]:
    id = given.value("id")
    kept = sql("(SELECT ka.id FROM account ka WHERE ka.merged_ids @> ARRAY[{}::uuid])", id)
    return [sql("{} = coalesce({}, {}::uuid)", frame.column("id"), kept, id)]


BY_ID = Listing(
    "account-by-id", by_key, where=_account_or_kept, bind=_ask_account, scan=Scan("account", {"id": Look.FEW})
)
PARTNERS = Listing(
    "partners",
    _ordered,
    where=_partners_where,
    bind=_ask_partners,
    scan=Scan(
        "organization",
        {
            **dict.fromkeys(("tier", "kind", "industry", "status", "region", "search", "CREATED_AT"), Look.THROUGH),
            **dict.fromkeys(("parentId", "channelManagerId"), Look.PART),
            "NAME": Look.FREE,
            "externalId": Look.FEW,
        },
    ),
)
CHILDREN = replace(PARTNERS, name="children", link="parent_id", scan=None)
MANAGED = replace(PARTNERS, name="managed-partners", link="channel_manager_id", scan=None)
USERS = Listing(
    "users",
    _ordered,
    where=_users_where,
    bind=_ask_users,
    scan=Scan(
        "user_account",
        {
            **dict.fromkeys(("partnerId", "role", "active", "search", "CREATED_AT"), Look.THROUGH),
            "NAME": Look.FREE,
        },
    ),
)
OF_ORGANIZATION = replace(USERS, name="organization-users", link="organization_id", scan=None)
ACCOUNTS = Listing(
    "accounts",
    by_name,
    where=_accounts_where,
    bind=_ask_accounts,
    scan=Scan("account", {"search": Look.SEARCHED, "likelyDuplicates": Look.THROUGH}, always=Look.SORTED),
)
OF_PARTNER = replace(
    ACCOUNTS,
    name="partner-accounts",
    link="partner_id",
    scan=Scan("account", {"search": Look.THROUGH, "likelyDuplicates": Look.THROUGH}, always=Look.SORTED, owned=True),
)

PartnerFilterArgument = Annotated[PartnerFilter | None, strawberry.argument(description="Filters the list.")]
PartnerOrderArgument = Annotated[
    PartnerOrder | None, strawberry.argument(description="The order of the list; by name by default.")
]
UserFilterArgument = Annotated[UserFilter | None, strawberry.argument(description="Filters the list.")]
UserOrderArgument = Annotated[
    UserOrder | None, strawberry.argument(description="The order of the list; by name by default.")
]
SearchArgument = Annotated[
    str | None, strawberry.argument(description="Words to search for; beginnings of words match.")
]
DuplicatesArgument = Annotated[
    bool | None,
    strawberry.argument(
        description=("Limits the list to accounts that share their name with another one, in any spelling.")
    ),
]
