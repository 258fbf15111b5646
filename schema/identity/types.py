"""Types of organisations, partners, users and accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app import nouns
from app.database import database
from app.database.sql import Sql, sql
from app.deals.same_customers import MOST, likely_duplicates
from app.identity.scopes import ORGANIZATION, VisibilityScope
from schema.analytics.scorecards import PartnerScorecard, PeriodArgument, scorecards_of
from schema.connections import connection
from schema.contact.listings import OF_ACCOUNT, FilterArgument, OrderArgument
from schema.context import Info
from schema.engine.declare import (
    Computed,
    Paged,
    Requester,
    column,
    computed,
    entity,
    expression,
    to_one,
    with_arguments,
)
from schema.engine.sql.frame import Frame
from schema.enums import ApiScope, OrganizationKind, PartnerKind, PartnerStatus, PartnerTier, Permission, Role
from schema.identity.listings import (
    CHILDREN,
    MANAGED,
    OF_ORGANIZATION,
    OF_PARTNER,
    DuplicatesArgument,
    PartnerFilterArgument,
    PartnerOrderArgument,
    SearchArgument,
    UserFilterArgument,
    UserOrderArgument,
)
from schema.identity.merging import MERGES, AccountMerge
from schema.node import Node
from schema.opportunity.filters import OPPORTUNITIES, OWNED, DealFilterArgument, DealOrderArgument
from schema.pagination import Connection
from schema.registration.listings import OF_PARTNER as REGISTRATIONS_OF_PARTNER
from schema.registration.listings import FilterArgument as RegistrationFilterArgument
from schema.registration.listings import OrderArgument as RegistrationOrderArgument

if TYPE_CHECKING:
    from schema.api_client.types import ApiClient
    from schema.contact.types import Contact
    from schema.opportunity.types import Opportunity
    from schema.registration.types import DealRegistration

DEALS_OF_ACCOUNT = replace(OPPORTUNITIES, name="account-deals", link="account_id", scan=None)
DEALS_OF_PARTNER = replace(OPPORTUNITIES, name="partner-deals", link="partner_id", scan=OWNED)
DEALS_OF_USER = replace(OPPORTUNITIES, name="user-deals", link="owner_id", scan=OWNED)


@entity(nouns.ORGANIZATION, description="The vendor or one of its partners.")
class Organization(Node):
    key: str = column("The machine-readable key, which never changes.")
    name: str = column("The name.")
    kind: OrganizationKind = column("The kind of organisation.")
    tier: PartnerTier | None = column("The tier of a partner; null for the vendor.")
    partner_kind: PartnerKind | None = column("The line of business of a partner; null for the vendor.")
    industries: list[str] = column("The industries that a partner serves; empty for all.")
    region: str | None = column("The region of business.")

    users: Connection[Annotated["User", strawberry.lazy("schema.identity.types")]] = connection(
        Paged(OF_ORGANIZATION),
        "The users of the organisation that the viewer can see.",
        filter=UserFilterArgument,
        order_by=UserOrderArgument,
    )


@entity(nouns.USER, description="A person who signs in.")
class User(Node):
    name: str = column("The full name.")
    email: str | None = column("The e-mail address; null if unknown.")
    role: Role = column("The role.")
    language: str = column("The preferred language, as a BCP 47 tag: `en`, `de`.")
    time_zone: str | None = column("The time zone, as an IANA name; null if none is set.")
    active: bool = column("Whether the user can sign in.")
    api_client: bool = column(
        "Whether this is no person but what stands for an API client or an automation, wherever one has done something."
    )
    organization: Organization = to_one("The organisation that the user works for.")
    partner: Annotated["Partner", strawberry.lazy("schema.identity.types")] | None = to_one(
        "The partner that the user works for; null for the vendor's users.", column="organization_id"
    )
    created_at: datetime = column("The date and time of the invitation.")

    opportunities: Connection[Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")]] = connection(
        Paged(DEALS_OF_USER),
        "The opportunities owned by the user that the viewer can see, most recently changed first by default.",
        filter=DealFilterArgument,
        order_by=DealOrderArgument,
    )

    managed_partners: Connection[Annotated["Partner", strawberry.lazy("schema.identity.types")]] = connection(
        Paged(MANAGED),
        "The partners whose channel manager the user is and that the viewer can see, by name by default.",
        filter=PartnerFilterArgument,
        order_by=PartnerOrderArgument,
    )


def _external_id(frame: Frame) -> Sql:
    """Partners that sell together see each other, and not the vendor's numbers for them."""
    id_there = frame.column("external_id")
    if frame.builder.scope is VisibilityScope.EVERYTHING:
        return id_there
    return sql("CASE WHEN {} = {} THEN {} END", frame.column("id"), ORGANIZATION, id_there)


def _is_partner(frame: Frame) -> Sql:
    return sql("{} = 'PARTNER'", frame.column("kind"))


@entity(nouns.ORGANIZATION, prefix="ptr", description="A channel partner of the vendor.", condition=_is_partner)
class Partner(Node):
    key: str = column("The machine-readable key, which never changes.")
    name: str = column("The name.")
    external_id: str | None = expression(
        _external_id, "The partner's id in another system, for the vendor and the partner itself."
    )
    status: PartnerStatus = column("The standing in the programme.")
    tier: PartnerTier | None = column("The tier in the partner programme.")
    kind: PartnerKind | None = column("The line of business.", name="partner_kind")
    industries: list[str] = column("The industries that the partner serves; empty for all.")
    region: str | None = column("The region of business.")
    regions: list[str] = column("The regions or countries where the partner may sell; empty for everywhere.")
    parent: Annotated["Partner", strawberry.lazy("schema.identity.types")] | None = to_one(
        "The distributor through which the partner buys; null if it buys from the vendor.", column="parent_id"
    )
    channel_manager: User | None = to_one(
        "The user of the vendor who manages the partner.", column="channel_manager_id"
    )
    created_at: datetime = column("The date and time when the partner joined.")

    children: Connection[Annotated["Partner", strawberry.lazy("schema.identity.types")]] = connection(
        Paged(CHILDREN),
        "The resellers that buy through this distributor, by name by default.",
        filter=PartnerFilterArgument,
        order_by=PartnerOrderArgument,
    )

    registrations: Connection[Annotated["DealRegistration", strawberry.lazy("schema.registration.types")]] = connection(
        Paged(REGISTRATIONS_OF_PARTNER),
        "The partner's registrations that the viewer can see, last changed first.",
        filter=RegistrationFilterArgument,
        order_by=RegistrationOrderArgument,
    )

    users: Connection[User] = connection(
        Paged(OF_ORGANIZATION),
        "The partner's users that the viewer can see, by name by default.",
        filter=UserFilterArgument,
        order_by=UserOrderArgument,
    )

    @with_arguments(
        Computed(scorecards_of, personal=False),
        "The partner's figures, of its opportunities and registrations that the viewer can see.",
    )
    def scorecard(self, info: Info, period: PeriodArgument = None) -> PartnerScorecard: ...

    opportunities: Connection[Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")]] = connection(
        Paged(DEALS_OF_PARTNER),
        "The partner's opportunities that the viewer can see, most recently changed first by default.",
        filter=DealFilterArgument,
        order_by=DealOrderArgument,
    )

    accounts: Connection[Annotated["Account", strawberry.lazy("schema.identity.types")]] = connection(
        Paged(OF_PARTNER),
        "The partner's own records of customers that the viewer can see, by name.",
        search=SearchArgument,
        likely_duplicates=DuplicatesArgument,
    )


@strawberry.type(description="An account that is probably the same customer as another one.")
class LikelyDuplicate:
    account_id: strawberry.Private[UUID]
    account: Annotated["Account", strawberry.lazy("schema.identity.types")] = to_one("The other account.")


async def _duplicates(
    requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]
) -> Mapping[UUID, list[LikelyDuplicate]]:
    found = await likely_duplicates(database(), requester.viewer, keys)
    return {key: [LikelyDuplicate(account_id=same) for same in found[key]] for key in keys}


@entity(nouns.ACCOUNT, description="A customer that opportunities are about.")
class Account(Node):
    name: str = column("The name.")
    partner: Partner | None = to_one(
        "The partner that owns this record of the customer; null for a record of the vendor."
    )
    likely_duplicates: list[LikelyDuplicate] = computed(
        _duplicates,
        f"Other accounts with the same name in any spelling that the viewer can see, at most {MOST}.",
        personal=False,
        rows=2,
    )
    external_id: str | None = column("The account's id in the system it was imported from.")
    merges: list[AccountMerge] = MERGES
    version: int = column(
        "The version, incremented by every change. Send it as `expectedVersion`: the mutation fails with `CONFLICT` if "
        "the account has changed since."
    )
    industry: str | None = column("The customer's industry.")
    country: str | None = column("The country, as an ISO 3166 code or a name, whichever its source has.")
    employees: int | None = column("The number of employees.")
    annual_revenue: Decimal | None = column("The yearly revenue as stated by its source, in the source's currency.")
    domain: str | None = column("The domain of the website and e-mail addresses: `example.com`.")
    registration_number: str | None = column("The number in the register of companies.")
    created_at: datetime = column("The date and time when the account was first known.")

    opportunities: Connection[Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")]] = connection(
        Paged(DEALS_OF_ACCOUNT),
        "The account's opportunities that the viewer can see, most recently changed first by default.",
        filter=DealFilterArgument,
        order_by=DealOrderArgument,
    )

    contacts: Connection[Annotated["Contact", strawberry.lazy("schema.contact.types")]] = connection(
        Paged(OF_ACCOUNT),
        "The contacts at the account that the viewer can see, by name by default.",
        filter=FilterArgument,
        order_by=OrderArgument,
    )


@strawberry.type(description="The authenticated user and their permissions.")
class Viewer:
    user_id: strawberry.Private[object]
    organization_id: strawberry.Private[object]
    client_id: strawberry.Private[object | None]
    user: User = to_one("The user.")
    organization: Organization = to_one("The organisation that the user works for.")
    permissions: list[Permission] = strawberry.field(
        description=(
            "The permissions, for objects that the viewer can see. Use them to show or hide controls; the server "
            "enforces them anyway."
        )
    )
    api_client: Annotated["ApiClient", strawberry.lazy("schema.api_client.types")] | None = to_one(
        "The API client that sent the request; null if a person did. Its `user` stands for it and is no person.",
        column="client_id",
    )
    scopes: list[ApiScope] | None = strawberry.field(
        default=None, description="The scopes of the API client's access token; null for a person."
    )
