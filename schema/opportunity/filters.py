"""Filters and orders of opportunities."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.database.sql import Sql
from schema.engine.declare import Key, Listing, ListingArguments
from schema.engine.ids import decode_all, decode_given
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import OpportunityOrderField, OpportunitySource, OpportunityStatus, OrderDirection
from schema.errors import ClientError
from schema.figures import DateRange, days_of
from schema.opportunity.probability import win_probability
from schema.opportunity.searching import RELEVANCE, SEARCH, among_found, but_search, by_relevance, read_search
from schema.scalars import CurrencyCode

MOST_VALUES = 1_000
FILTER = "filter"


@strawberry.input(description="A range of amounts, inclusive at both ends.")
class AmountRange:
    min: Decimal | None = strawberry.field(default=None, description="The minimum.")
    max: Decimal | None = strawberry.field(default=None, description="The maximum.")
    currency: CurrencyCode | None = strawberry.field(
        default=None,
        description=(
            "Limits the range to amounts in this currency. Without it, numbers are compared regardless of their "
            "currency."
        ),
    )


@strawberry.input(description="A range of probabilities from 0 to 1, inclusive at both ends.")
class ProbabilityRange:
    min: float | None = strawberry.field(default=None, description="The minimum.")
    max: float | None = strawberry.field(default=None, description="The maximum.")


@strawberry.input(
    description=("Conditions on opportunities, all of which must hold. Values within a list are alternatives.")
)
class OpportunityFilter:
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Opportunities with these ids.")
    stage_keys: list[str] | None = strawberry.field(
        default=None, description="Opportunities in a stage with one of these keys, in any playbook."
    )
    status: list[OpportunityStatus] | None = strawberry.field(default=None, description="The status.")
    playbook_key: str | None = strawberry.field(
        default=None, description=("Opportunities on this playbook, in any version.")
    )
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Opportunities of this partner.")
    partner_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description=("Opportunities of one of these partners.")
    )
    my_partners: bool | None = strawberry.field(
        default=None,
        description=(
            "Opportunities of partners whose channel manager is the viewer; false: of all others, and those without a "
            "partner."
        ),
    )
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Opportunities owned by this user.")
    account_id: strawberry.ID | None = strawberry.field(default=None, description="Opportunities of this account.")
    industry: str | None = strawberry.field(
        default=None, description="Opportunities of customers in this industry, in any case."
    )
    amount: AmountRange | None = strawberry.field(
        default=None, description=("Opportunities with an amount in this range.")
    )
    expected_close_date: DateRange | None = strawberry.field(
        default=None, description="Opportunities expected to close in this range."
    )
    created: DateRange | None = strawberry.field(
        default=None, description=("Opportunities created in this range of UTC dates.")
    )
    closed: DateRange | None = strawberry.field(
        default=None, description="Opportunities won or lost in this range of UTC dates. Excludes open ones."
    )
    source: list[OpportunitySource] | None = strawberry.field(
        default=None, description=("Opportunities of one of these origins.")
    )
    close_reason_keys: list[str] | None = strawberry.field(
        default=None, description="Closed opportunities with one of these `closeReasonKey`s."
    )
    win_probability: ProbabilityRange | None = strawberry.field(
        default=None,
        description="Opportunities with a `winProbability` in this range: that of their stage or, where the vendor has "
        "chosen so, of their prediction.",
    )
    stalled: bool | None = strawberry.field(
        default=None, description=("Opportunities that are stalled, or that aren't.")
    )
    updated_since: datetime | None = strawberry.field(
        default=None, description=("Opportunities changed at this date and time or later.")
    )
    search: str | None = strawberry.field(default=None, description=SEARCH)


@strawberry.input(description="The order of a list of opportunities.")
class OpportunityOrder:
    field: OpportunityOrderField = strawberry.field(description="The field.")
    direction: OrderDirection = strawberry.field(description="The direction.")


def ask_filter(arguments: Mapping[str, Any]) -> dict[str, object]:
    """The filter's values by the names that `app.deals.queries` knows; absent ones left out."""
    wanted: OpportunityFilter | None = arguments.get(FILTER)
    if wanted is None:
        return {}
    amount, close = wanted.amount or AmountRange(), wanted.expected_close_date or DateRange()
    probability = wanted.win_probability or ProbabilityRange()
    for name in ("ids", "stage_keys", "status", "partner_ids", "source", "close_reason_keys"):
        if len(getattr(wanted, name) or ()) > MOST_VALUES:
            raise ClientError(f"At most {MOST_VALUES} values.", argument=(FILTER, name))
    if amount.min is not None and amount.max is not None and amount.min > amount.max:
        raise ClientError("The range is empty: `min` is above `max`.", argument=(FILTER, "amount"))
    if probability.min is not None and probability.max is not None and probability.min > probability.max:
        raise ClientError("The range is empty: `min` is above `max`.", argument=(FILTER, "winProbability"))
    if close.from_ and close.to and close.from_ > close.to:
        raise ClientError("The range is empty: `from` is after `to`.", argument=(FILTER, "expectedCloseDate"))
    values = {
        "ids": None if wanted.ids is None else decode_all(wanted.ids, "opp", FILTER, "ids"),
        "stage_keys": wanted.stage_keys,
        "status": None if wanted.status is None else [word.value for word in wanted.status],
        "playbook_key": wanted.playbook_key,
        "partner_id": decode_given(wanted.partner_id, "ptr", FILTER, "partnerId"),
        "partner_ids": None
        if wanted.partner_ids is None
        else decode_all(wanted.partner_ids, "ptr", FILTER, "partnerIds"),
        "my_partners": wanted.my_partners or None,
        "others": True if wanted.my_partners is False else None,
        "owner_id": decode_given(wanted.owner_id, "usr", FILTER, "ownerId"),
        "account_id": decode_given(wanted.account_id, "acc", FILTER, "accountId"),
        "industry": wanted.industry,
        "amount_min": amount.min,
        "amount_max": amount.max,
        "currency": amount.currency,
        "close_from": close.from_,
        "close_to": close.to,
        **days_of(wanted.created, "created", FILTER, "created"),
        **days_of(wanted.closed, "closed", FILTER, "closed"),
        "close_reason_keys": wanted.close_reason_keys,
        "sources": None if wanted.source is None else [word.value for word in wanted.source],
        "probability_min": probability.min,
        "probability_max": probability.max,
        "stalled": wanted.stalled,
        "updated_since": wanted.updated_since and wanted.updated_since.astimezone(UTC),
        "search": read_search(wanted.search, FILTER, "search"),
    }
    return {name: value for name, value in values.items() if value is not None}


def ask_opportunities(arguments: Mapping[str, Any]) -> ListingArguments:
    values = ask_filter(arguments)
    order: OpportunityOrder | None = arguments.get("order_by")
    if order is not None:
        return ListingArguments(values, {"field": order.field.value, "direction": order.direction.value})
    field = RELEVANCE if "search" in values else OpportunityOrderField.UPDATED_AT.value
    return ListingArguments(values, {"field": field, "direction": OrderDirection.DESC.value})


def opportunities_where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    stage = frame.follow("stage_id").alias if given.value("stalled") else ""
    return [but_search(frame, given, frame.alias, stage)]


_ORDERS = {
    OpportunityOrderField.UPDATED_AT: ("updated_at", "timestamptz", False),
    OpportunityOrderField.CREATED_AT: ("created_at", "timestamptz", False),
    OpportunityOrderField.EXPECTED_CLOSE_DATE: ("expected_close_date", "date", True),
    OpportunityOrderField.AMOUNT: ("amount", "numeric", True),
    OpportunityOrderField.DAYS_IN_STAGE: ("entered_stage_at", "timestamptz", False),
    OpportunityOrderField.NAME: ("name", "text", False),
    OpportunityOrderField.CLOSED_AT: ("closed_at", "timestamptz", True),
    OpportunityOrderField.SOURCE: ("source", "text", False),
    OpportunityOrderField.WIN_PROBABILITY: ("win_probability", "float8", False),
}


def _ordered(frame: Frame, given: Bindings) -> Sequence[Key]:
    if given.choice("field") == RELEVANCE:
        return by_relevance(frame)
    field = OpportunityOrderField(given.choice("field"))
    column, type_, nullable = _ORDERS[field]
    # Days in a stage grow as the day of entry moves back.
    reverse = field is OpportunityOrderField.DAYS_IN_STAGE
    descending = (given.choice("direction") == OrderDirection.DESC) is not reverse
    value = win_probability(frame) if field is OpportunityOrderField.WIN_PROBABILITY else frame.column(column)
    return [Key(value, type_, descending, nullable), Key(frame.column("id"), "uuid", descending)]


LOOKS: Mapping[str, Look] = {
    "ids": Look.FEW,
    "accountId": Look.FEW,
    "partnerId": Look.PART,
    "partnerIds": Look.PART,
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
    "myPartners": Look.THROUGH,
    "source": Look.THROUGH,
    "closeReasonKeys": Look.THROUGH,
    "updatedSince": Look.FREE,
    "status": Look.FREE,
    "search": Look.FOUND,
    "UPDATED_AT": Look.FREE,
    "CREATED_AT": Look.SORTED,
    "EXPECTED_CLOSE_DATE": Look.SORTED,
    "AMOUNT": Look.SORTED,
    "DAYS_IN_STAGE": Look.SORTED,
    "NAME": Look.SORTED,
    "CLOSED_AT": Look.SORTED,
    "SOURCE": Look.SORTED,
    "WIN_PROBABILITY": Look.THROUGH,
}
"""Of the filter's fields and of orders."""

OPPORTUNITIES = Listing(
    "opportunities",
    _ordered,
    where=opportunities_where,
    bind=ask_opportunities,
    scan=Scan("opportunity", LOOKS),
    among=among_found,
    led_by=frozenset({"ids", "partner_id", "partner_ids", "owner_id", "account_id", "search"}),
    personal=True,
)
OWNED = Scan(
    "opportunity",
    {name: Look.THROUGH if look in (Look.SORTED, Look.FOUND) else look for name, look in LOOKS.items()},
    owned=True,
)
"""Of the deals of one partner or owner, which an index has by their last change: for another order, all are sorted."""
BY_NO_INDEX = replace(OWNED, always=Look.THROUGH)
"""Of those of a stage, a playbook version or a person, which no index has in an order."""

DealFilterArgument = Annotated[OpportunityFilter | None, strawberry.argument(description="Filters the list.")]
DealOrderArgument = Annotated[OpportunityOrder | None, strawberry.argument(description="The order of the list.")]
