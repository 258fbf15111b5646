"""Filters and orders of contacts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import strawberry

from app.database.search import tsquery
from app.database.sql import Sql, sql
from schema.engine.declare import Key, Listing, ListingArguments, Through
from schema.engine.ids import decode_given
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import BuyingRole, ContactOrderField, OrderDirection
from schema.opportunity.filters import OPPORTUNITIES, opportunities_where


@strawberry.input(description="Conditions on contacts, all of which must hold. The values of a list are alternatives.")
class ContactFilter:
    account_id: strawberry.ID | None = strawberry.field(default=None, description="At this account.")
    buying_roles: list[BuyingRole] | None = strawberry.field(default=None, description="In one of these buying roles.")
    search: str | None = strawberry.field(
        default=None, description="Words to find in name and title; a prefix of each word is enough."
    )


@strawberry.input(description="The order of a list of contacts.")
class ContactOrder:
    field: ContactOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(description="The direction.")


FilterArgument = Annotated[ContactFilter | None, strawberry.argument(description="Conditions on the contacts.")]
OrderArgument = Annotated[ContactOrder | None, strawberry.argument(description="The order; by name by default.")]


def _ask(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: ContactFilter = arguments.get("filter") or ContactFilter()
    order: ContactOrder | None = arguments.get("order_by")
    values = {
        "account_id": decode_given(wanted.account_id, "acc", "filter", "accountId"),
        "buying_roles": None if wanted.buying_roles is None else [role.value for role in wanted.buying_roles],
        "search": tsquery(wanted.search or "") or None,
    }
    choices = {} if order is None else {"field": order.field.value, "direction": order.direction.value}
    return ListingArguments({name: value for name, value in values.items() if value is not None}, choices)


_CONDITIONS = {
    "account_id": ("{} = {}", "account_id"),
    "buying_roles": ("{} = ANY ({}::text[])", "buying_role"),
    "search": ("{} @@ to_tsquery('simple', {})", "search"),
}


def _where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    return [
        sql(template, frame.column(column), given.value(name))
        for name, (template, column) in _CONDITIONS.items()
        if given.value(name) is not None
    ]


def _order(frame: Frame, given: Bindings) -> Sequence[Key]:
    descending = given.choice("direction") == OrderDirection.DESC
    first = Key(frame.column("name"), "text", descending)
    if given.choice("field") == ContactOrderField.UPDATED_AT:
        first = Key(frame.column("updated_at"), "timestamptz", descending)
    return [first, Key(frame.column("id"), "uuid", descending)]


CONTACTS = Listing(
    "contacts",
    _order,
    where=_where,
    bind=_ask,
    scan=Scan(
        "contact",
        {"accountId": Look.FEW, "buyingRoles": Look.THROUGH, "search": Look.SEARCHED, "UPDATED_AT": Look.THROUGH},
        always=Look.SORTED,
    ),
)
OF_ACCOUNT = replace(CONTACTS, name="account-contacts", link="account_id", scan=None)


def _as_set(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.link_column("position"), "integer"), Key(frame.column("id"), "uuid")]


def _at_its_customer(frame: Frame, _: Bindings) -> Sequence[Sql]:
    """Of those who took part while the deal was with another customer, nobody does now."""
    deal = sql("SELECT od.account_id FROM opportunity od WHERE od.id = {}", frame.link_column("opportunity_id"))
    return [sql("{} = ({})", frame.column("account_id"), deal)]


OF_DEAL = Listing(
    "deal-contacts",
    _as_set,
    link=Through("opportunity_contact", "opportunity_id", "contact_id"),
    where=_at_its_customer,
)


def _with_their_customer(frame: Frame, given: Bindings) -> Sequence[Sql]:
    person = sql("SELECT lc.account_id FROM contact lc WHERE lc.id = {}", frame.link_column("contact_id"))
    return [*opportunities_where(frame, given), sql("{} = ({})", frame.column("account_id"), person)]


DEALS_OF_CONTACT = replace(
    OPPORTUNITIES,
    name="contact-deals",
    link=Through("opportunity_contact", "contact_id", "opportunity_id"),
    where=_with_their_customer,
    scan=None,
)
