"""Queries for people at customers."""

import strawberry

from schema.connections import root_connection
from schema.contact.listings import CONTACTS, FilterArgument, OrderArgument
from schema.contact.types import Contact
from schema.context import Info
from schema.engine.declare import Paged
from schema.engine.serve.resolvers import root
from schema.listing import by_id
from schema.node import IdArgument
from schema.pagination import Connection


@strawberry.type
class ContactQuery:
    @root(by_id("con"), "The contact with this id; null if there is none or the viewer can't see it.")
    async def contact(self, info: Info, id: IdArgument) -> Contact | None: ...

    contacts: Connection[Contact] = root_connection(
        Paged(CONTACTS),
        "The contacts that the viewer can see, by name by default.",
        filter=FilterArgument,
        order_by=OrderArgument,
    )
