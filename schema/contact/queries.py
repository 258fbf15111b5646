"""Queries for people at customers."""

import strawberry

from schema.arguments import After, Before, First, Last
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

    @root(Paged(CONTACTS), "The contacts that the viewer can see, by name by default.")
    async def contacts(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilterArgument = None,
        order_by: OrderArgument = None,
    ) -> Connection[Contact]: ...
