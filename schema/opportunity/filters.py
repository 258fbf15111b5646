"""Which opportunities are meant, and in which order."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from app.database.sql import Sql
from schema.engine.declare import Asked, Key, Listing
from schema.engine.frame import Frame, Given
from schema.engine.ids import decode, decode_all
from schema.engine.scans import Look, Scan
from schema.enums import OpportunityOrderField, OpportunityStatus, OrderDirection
from schema.errors import ClientError
from schema.opportunity.searching import RELEVANCE, SEARCH, among_found, but_search, by_relevance, read_search
from schema.scalars import CurrencyCode

MOST_VALUES = 1_000
FILTER = "filter"


@strawberry.input(description="A range of amounts; both ends count.")
class AmountRange:
    min: Decimal | None = strawberry.field(default=None, description="At least this much.")
    max: Decimal | None = strawberry.field(default=None, description="At most this much.")
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="Only amounts in this currency; without one, numbers are compared as they stand."
    )


@strawberry.input(description="A range of days; both ends count.")
class DateRange:
    from_: date | None = strawberry.field(name="from", default=None, description="On this day or later.")
    to: date | None = strawberry.field(default=None, description="On this day or earlier.")


@strawberry.input(description="Which opportunities are meant; conditions add up, and the values of a list are options.")
class OpportunityFilter:
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="These.")
    stage_keys: list[str] | None = strawberry.field(
        default=None, description="In a stage with one of these keys, in any playbook."
    )
    status: list[OpportunityStatus] | None = strawberry.field(default=None, description="Open, won or lost.")
    playbook_key: str | None = strawberry.field(default=None, description="On this playbook, in any version.")
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Of this partner.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Owned by this user.")
    account_id: strawberry.ID | None = strawberry.field(default=None, description="With this customer.")
    industry: str | None = strawberry.field(
        default=None, description="The customer's industry, in whatever case it is written."
    )
    amount: AmountRange | None = strawberry.field(default=None, description="With an amount in this range.")
    expected_close_date: DateRange | None = strawberry.field(
        default=None, description="Expected to close in this range."
    )
    stalled: bool | None = strawberry.field(default=None, description="Stalled, or not.")
    updated_since: datetime | None = strawberry.field(default=None, description="Changed at this instant or later.")
    search: str | None = strawberry.field(default=None, description=SEARCH)


@strawberry.input(description="How a list of opportunities is ordered.")
class OpportunityOrder:
    field: OpportunityOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(description="Which way.")


def ask_filter(arguments: Mapping[str, Any]) -> dict[str, object]:
    """The filter's values by the names that `app.deals.queries` knows; absent ones left out."""
    wanted: OpportunityFilter | None = arguments.get(FILTER)
    if wanted is None:
        return {}
    amount, close = wanted.amount or AmountRange(), wanted.expected_close_date or DateRange()
    for name in ("ids", "stage_keys", "status"):
        if len(getattr(wanted, name) or ()) > MOST_VALUES:
            raise ClientError(f"At most {MOST_VALUES} values.", argument=(FILTER, name))
    if amount.min is not None and amount.max is not None and amount.min > amount.max:
        raise ClientError("The range is empty: `min` is above `max`.", argument=(FILTER, "amount"))
    if close.from_ and close.to and close.from_ > close.to:
        raise ClientError("The range is empty: `from` is after `to`.", argument=(FILTER, "expectedCloseDate"))
    values = {
        "ids": None if wanted.ids is None else decode_all(wanted.ids, "opp", FILTER, "ids"),
        "stage_keys": wanted.stage_keys,
        "status": None if wanted.status is None else [word.value for word in wanted.status],
        "playbook_key": wanted.playbook_key,
        "partner_id": _id(wanted.partner_id, "ptr", "partnerId"),
        "owner_id": _id(wanted.owner_id, "usr", "ownerId"),
        "account_id": _id(wanted.account_id, "acc", "accountId"),
        "industry": wanted.industry,
        "amount_min": amount.min,
        "amount_max": amount.max,
        "currency": amount.currency,
        "close_from": close.from_,
        "close_to": close.to,
        "stalled": wanted.stalled,
        "updated_since": wanted.updated_since and wanted.updated_since.astimezone(UTC),
        "search": read_search(wanted.search, FILTER, "search"),
    }
    return {name: value for name, value in values.items() if value is not None}


def _id(text: str | None, prefix: str, name: str) -> object:
    return None if text is None else decode(text, prefix, FILTER, name)


def ask_opportunities(arguments: Mapping[str, Any]) -> Asked:
    values = ask_filter(arguments)
    order: OpportunityOrder | None = arguments.get("order_by")
    if order is not None:
        return Asked(values, {"field": order.field.value, "direction": order.direction.value})
    field = RELEVANCE if "search" in values else OpportunityOrderField.UPDATED_AT.value
    return Asked(values, {"field": field, "direction": OrderDirection.DESC.value})


def opportunities_where(frame: Frame, given: Given) -> Sequence[Sql]:
    stage = frame.follow("stage_id").alias if given.value("stalled") else ""
    return [but_search(frame, given, frame.alias, stage)]


_ORDERS = {
    OpportunityOrderField.UPDATED_AT: ("updated_at", "timestamptz", False),
    OpportunityOrderField.CREATED_AT: ("created_at", "timestamptz", False),
    OpportunityOrderField.EXPECTED_CLOSE_DATE: ("expected_close_date", "date", True),
    OpportunityOrderField.AMOUNT: ("amount", "numeric", True),
    OpportunityOrderField.DAYS_IN_STAGE: ("entered_stage_at", "timestamptz", False),
    OpportunityOrderField.NAME: ("name", "text", False),
}


def _ordered(frame: Frame, given: Given) -> Sequence[Key]:
    if given.choice("field") == RELEVANCE:
        return by_relevance(frame)
    field = OpportunityOrderField(given.choice("field"))
    column, type_, nullable = _ORDERS[field]
    # Days in a stage grow as the day of entry moves back.
    reverse = field is OpportunityOrderField.DAYS_IN_STAGE
    descending = (given.choice("direction") == OrderDirection.DESC) is not reverse
    return [Key(frame.column(column), type_, descending, nullable), Key(frame.column("id"), "uuid", descending)]


LOOKS: Mapping[str, Look] = {
    "ids": Look.FEW,
    "accountId": Look.FEW,
    "partnerId": Look.PART,
    "ownerId": Look.PART,
    "stageKeys": Look.PART,
    "playbookKey": Look.PART,
    "industry": Look.THROUGH,
    "min": Look.THROUGH,
    "max": Look.THROUGH,
    "currency": Look.THROUGH,
    "from": Look.THROUGH,
    "to": Look.THROUGH,
    "stalled": Look.THROUGH,
    "updatedSince": Look.FREE,
    "status": Look.FREE,
    "search": Look.FOUND,
    "UPDATED_AT": Look.FREE,
    "CREATED_AT": Look.SORTED,
    "EXPECTED_CLOSE_DATE": Look.SORTED,
    "AMOUNT": Look.SORTED,
    "DAYS_IN_STAGE": Look.SORTED,
    "NAME": Look.SORTED,
}
"""Of the filter's fields and of orders."""

OPPORTUNITIES = Listing(
    "opportunities",
    _ordered,
    where=opportunities_where,
    ask=ask_opportunities,
    scan=Scan("opportunity", LOOKS),
    among=among_found,
)
