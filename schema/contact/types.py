"""A person at a customer."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import nouns
from schema.engine.declare import column, entity, to_one
from schema.enums import BuyingRole
from schema.identity.types import Partner
from schema.node import Node

if TYPE_CHECKING:
    from schema.identity.types import Account


@entity(
    nouns.CONTACT,
    description="A person at a customer. Partners' people see those of their organization's own records and of the "
    "vendor's, at customers that they see; never another partner's.",
)
class Contact(Node):
    account: Annotated["Account", strawberry.lazy("schema.identity.types")] = to_one("The customer they work for.")
    partner: Partner | None = to_one("Whose record it is; null for one of the vendor's.")
    name: str = column("What they are called. Untrusted: escape it.")
    title: str | None = column("What they are at the customer: `Head of IT`. Untrusted: escape it.")
    email: str | None = column("Their e-mail address.")
    phone: str | None = column("Their telephone number, as people write it.")
    language: str | None = column("The language to write to them in, as a BCP 47 tag; null: not known.")
    buying_role: BuyingRole | None = column("What they have to do with the purchase.")
    external_id: str | None = column("Their id in the system they were imported from.")
    created_at: datetime = column("When they were first known.")
    updated_at: datetime = column("When what is known of them last changed.")
    version: int = column(
        "Rises with every change. Send it as `expectedVersion` to be refused with `CONFLICT` when somebody else "
        "changed it meanwhile."
    )
