"""Who takes part: organisations, partners, people and customers."""

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
from schema.arguments import After, Before, First, Last
from schema.context import Info
from schema.engine.declare import Asker, Paged, column, computed, entity, to_one, with_arguments
from schema.engine.frame import Frame
from schema.enums import OrganizationKind, PartnerKind, PartnerTier, Permission, Role
from schema.node import Node
from schema.opportunity.filters import OPPORTUNITIES, OpportunityFilter, OpportunityOrder
from schema.pagination import Connection

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity

DEALS_OF_ACCOUNT = replace(OPPORTUNITIES, name="account-deals", link="account_id", scan=None)


@entity(nouns.ORGANIZATION, description="The vendor or one of its partners.")
class Organization(Node):
    key: str = column("Short name for programs; never changes.")
    name: str = column("What it is called.")
    kind: OrganizationKind = column("Vendor or partner.")
    tier: PartnerTier | None = column("A partner's level in the programme; null for the vendor.")
    partner_kind: PartnerKind | None = column("What a partner does for its living; null for the vendor.")
    industries: list[str] = column("Industries a partner serves; empty: any.")
    region: str | None = column("Where it works.")


@entity(nouns.USER, description="A person who signs in.")
class User(Node):
    name: str = column("Full name.")
    email: str | None = column("E-mail address; null while it is not known.")
    role: Role = column("What they are.")
    language: str = column("Language they work in, as a BCP 47 tag: `en`, `de`.")
    time_zone: str | None = column("Time zone they work in, by its IANA name; null: they haven't said.")
    active: bool = column("Whether they can sign in.")
    organization: Organization = to_one("Whom they work for.")


def _is_partner(frame: Frame) -> Sql:
    return sql("{} = 'PARTNER'", frame.column("kind"))


@entity(nouns.ORGANIZATION, prefix="ptr", description="A channel partner of the vendor.", condition=_is_partner)
class Partner(Node):
    key: str = column("Short name for programs; never changes.")
    name: str = column("What it is called.")
    tier: PartnerTier | None = column("Level in the vendor's programme.")
    kind: PartnerKind | None = column("What it does for its living.", name="partner_kind")
    industries: list[str] = column("Industries it serves; empty: any.")
    region: str | None = column("Where it works.")
    channel_manager: User | None = to_one("Who looks after it at the vendor.", column="channel_manager_id")
    created_at: datetime = column("When it joined.")


@strawberry.type(description="An account that is likely the same customer as another one.")
class LikelyDuplicate:
    account_id: strawberry.Private[UUID]
    account: Annotated["Account", strawberry.lazy("schema.identity.types")] = to_one("The other account.")


async def _duplicates(asker: Asker, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, list[LikelyDuplicate]]:
    found = await likely_duplicates(database(), asker.viewer, keys)
    return {key: [LikelyDuplicate(account_id=same) for same in found[key]] for key in keys}


@entity(nouns.ACCOUNT, description="A customer, whom opportunities are about.")
class Account(Node):
    name: str = column("What it is called.")
    partner: Partner | None = to_one("Whose record of the customer it is; null for one of the vendor's.")
    likely_duplicates: list[LikelyDuplicate] = computed(
        _duplicates,
        f"Other accounts of this name, however it is spelt, as far as the viewer sees them: at most {MOST}.",
        personal=False,
        rows=2,
    )
    external_id: str | None = column("Its id in the system it was imported from.")
    version: int = column(
        "Rises with every change of what is known of it. Send it as `expectedVersion` to be refused with `CONFLICT` "
        "when somebody else changed it meanwhile."
    )
    industry: str | None = column("What it does.")
    country: str | None = column("Where it is: an ISO 3166 code or the country's name, as its source has it.")
    employees: int | None = column("How many people work there.")
    annual_revenue: Decimal | None = column("Yearly revenue as its source states it, in the source's currency.")
    domain: str | None = column("The domain of its website and e-mail addresses: `example.com`.")
    registration_number: str | None = column("Its number in the register of companies.")
    created_at: datetime = column("When it was first known.")

    @with_arguments(
        Paged(DEALS_OF_ACCOUNT), "Deals with it that the viewer may see; last changed first unless ordered otherwise."
    )
    def opportunities(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[OpportunityFilter | None, strawberry.argument(description="Which ones.")] = None,
        order_by: Annotated[OpportunityOrder | None, strawberry.argument(description="In which order.")] = None,
    ) -> Connection[Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")]]: ...


@strawberry.type(description="Who is asking.")
class Viewer:
    user_id: strawberry.Private[object]
    organization_id: strawberry.Private[object]
    user: User = to_one("The person.")
    organization: Organization = to_one("Whom they work for.")
    permissions: list[Permission] = strawberry.field(
        description="What they may do, to what they can see. Use it to show or hide buttons; the server checks anyway."
    )
