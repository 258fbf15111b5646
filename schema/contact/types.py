"""A person at a customer."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import nouns
from schema.connections import connection
from schema.contact.listings import DEALS_OF_CONTACT
from schema.engine.declare import Paged, column, entity, to_one
from schema.enums import BuyingRole
from schema.identity.types import Partner
from schema.node import Node
from schema.opportunity.filters import DealFilterArgument, DealOrderArgument
from schema.pagination import Connection

if TYPE_CHECKING:
    from schema.identity.types import Account
    from schema.opportunity.types import Opportunity


@entity(
    nouns.CONTACT,
    description="A person at a customer. A partner sees its own records and the vendor's, at accounts that it sees; "
    "never another partner's.",
)
class Contact(Node):
    account: Annotated["Account", strawberry.lazy("schema.identity.types")] = to_one(
        "The account that the person works for."
    )
    partner: Partner | None = to_one("The partner that owns the record; null if the vendor does.")
    name: str = column("The full name. Untrusted: escape it.")
    title: str | None = column("The job title. Untrusted: escape it.")
    email: str | None = column("The e-mail address.")
    phone: str | None = column("The telephone number, as entered.")
    language: str | None = column("The preferred language as a BCP 47 tag; null if unknown.")
    buying_role: BuyingRole | None = column("The role in the purchase.")
    external_id: str | None = column("The id in the system that it was imported from.")
    created_at: datetime = column("The time of creation.")
    updated_at: datetime = column("The time of the last change.")
    version: int = column(
        "The version, which rises with every change. Send it as `expectedVersion` to detect concurrent changes."
    )

    opportunities: Connection[Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")]] = connection(
        Paged(DEALS_OF_CONTACT, rows=10),
        "The opportunities that the person takes part in and that the viewer can see, most recently changed first by "
        "default.",
        filter=DealFilterArgument,
        order_by=DealOrderArgument,
    )
