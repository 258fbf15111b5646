"""Filters and orders of registrations and of their policies."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.database.sql import Sql, sql
from schema.engine.declare import First, Key, Listing, ListingArguments
from schema.engine.ids import decode, decode_all
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import DealType, OrderDirection, RegistrationOrderField, RegistrationStatus
from schema.errors import ClientError
from schema.listing import by_key

MOST_VALUES = 1_000


@strawberry.input(
    description="Conditions on registrations, all of which must hold. Values within a list are alternatives."
)
class DealRegistrationFilter:
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Registrations with these ids.")
    status: list[RegistrationStatus] | None = strawberry.field(default=None, description="In one of these states.")
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Of this partner.")
    playbook_key: str | None = strawberry.field(default=None, description="On this playbook.")
    opportunity_id: strawberry.ID | None = strawberry.field(default=None, description="Of this opportunity.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="In charge of this user.")
    reviewer_id: strawberry.ID | None = strawberry.field(default=None, description="Reviewed by this user.")
    deal_type: list[DealType] | None = strawberry.field(default=None, description="Of one of these kinds of purchase.")
    external_id: str | None = strawberry.field(default=None, description="With this id in the partner's own system.")
    review_due_before: datetime | None = strawberry.field(
        default=None, description="With a review due before this date and time."
    )
    protected_until_before: datetime | None = strawberry.field(
        default=None, description="Approved, with protection ending before this date and time."
    )
    search: str | None = strawberry.field(
        default=None,
        description="Text to find in number, title, the customer's name and domain, and `externalId`, in any case.",
    )


@strawberry.input(description="The order of a list of registrations.")
class DealRegistrationOrder:
    field: RegistrationOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(description="The direction.")


FilterArgument = Annotated[
    DealRegistrationFilter | None, strawberry.argument(description="Conditions on the registrations.")
]
OrderArgument = Annotated[
    DealRegistrationOrder | None, strawberry.argument(description="The order; last changed first by default.")
]
_IDS = {
    "partner_id": ("ptr", "partnerId"),
    "opportunity_id": ("opp", "opportunityId"),
    "owner_id": ("usr", "ownerId"),
    "reviewer_id": ("usr", "reviewerId"),
}


def ask_filter(wanted: DealRegistrationFilter | None) -> dict[str, object]:
    """The filter's values; absent ones left out."""
    if wanted is None:
        return {}
    for name in ("ids", "status", "deal_type"):
        if len(getattr(wanted, name) or ()) > MOST_VALUES:
            raise ClientError(f"At most {MOST_VALUES} values.", argument=("filter", name))
    values: dict[str, object] = {
        name: decode(getattr(wanted, name), prefix, "filter", argument)
        for name, (prefix, argument) in _IDS.items()
        if getattr(wanted, name) is not None
    }
    if wanted.ids is not None:
        values["ids"] = decode_all(wanted.ids, "reg", "filter", "ids")
    for name in ("status", "deal_type"):
        if getattr(wanted, name) is not None:
            values[name] = [one.value for one in getattr(wanted, name)]
    for name in ("playbook_key", "external_id", "review_due_before", "protected_until_before"):
        if getattr(wanted, name) is not None:
            values[name] = getattr(wanted, name)
    if wanted.search and wanted.search.strip():
        values["search"] = wanted.search.strip()
    return values


def _ask(arguments: Mapping[str, Any]) -> ListingArguments:
    order: DealRegistrationOrder | None = arguments.get("order_by")
    choices = {} if order is None else {"field": order.field.value, "direction": order.direction.value}
    return ListingArguments(ask_filter(arguments.get("filter")), choices)


CONDITIONS: Mapping[str, tuple[str, str]] = {
    "ids": ("{} = ANY ({}::uuid[])", "id"),
    "status": ("{} = ANY ({}::text[])", "status"),
    "partner_id": ("{} = {}", "partner_id"),
    "opportunity_id": ("{} = {}", "opportunity_id"),
    "owner_id": ("{} = {}", "owner_id"),
    "reviewer_id": ("{} = {}", "reviewer_id"),
    "deal_type": ("{} = ANY ({}::text[])", "deal_type"),
    "external_id": ("{} = {}", "external_id"),
    "playbook_key": ("{} IN (SELECT rp.id FROM registration_policy rp WHERE rp.playbook_key = {})", "policy_id"),
    "review_due_before": ("{} < {}::timestamptz", "review_due_at"),
    "protected_until_before": ("{} < {}::timestamptz", "protected_until"),
}
_SOUGHT = ("number", "title", "account_name", "account_domain", "external_id")


def _where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    found = [
        sql(template, frame.column(column), given.value(name))
        for name, (template, column) in CONDITIONS.items()
        if given.value(name) is not None
    ]
    if given.value("protected_until_before") is not None:
        found.append(sql("{} = 'APPROVED'", frame.column("status")))
    if given.value("search") is not None:
        words = ", ".join("{}" for _ in _SOUGHT)
        columns = [frame.column(name) for name in _SOUGHT]
        sought = f"position(lower({{}}::text) IN lower(concat_ws(chr(10), {words}))) > 0"
        found.append(sql(sought, given.value("search"), *columns))
    return found


_ORDERS = {
    RegistrationOrderField.UPDATED_AT: ("updated_at", "timestamptz", False),
    RegistrationOrderField.CREATED_AT: ("created_at", "timestamptz", False),
    RegistrationOrderField.SUBMITTED_AT: ("submitted_at", "timestamptz", True),
    RegistrationOrderField.REVIEW_DUE_AT: ("review_due_at", "timestamptz", True),
    RegistrationOrderField.PROTECTED_UNTIL: ("protected_until", "timestamptz", True),
    RegistrationOrderField.AMOUNT: ("amount", "numeric", True),
    RegistrationOrderField.NUMBER: ("number", "text", False),
}


def _order(frame: Frame, given: Bindings) -> Sequence[Key]:
    field = RegistrationOrderField(given.choice("field", RegistrationOrderField.UPDATED_AT.value))
    descending = given.choice("direction", OrderDirection.DESC.value) == OrderDirection.DESC
    column, type_, nullable = _ORDERS[field]
    return [
        Key(frame.column(column), type_, descending, nullable),
        Key(frame.column("id"), "uuid", descending),
    ]


REGISTRATIONS = Listing(
    "registrations",
    _order,
    where=_where,
    bind=_ask,
    scan=Scan(
        "deal_registration",
        {
            "ids": Look.FEW,
            "opportunityId": Look.FEW,
            "externalId": Look.THROUGH,
            "partnerId": Look.PART,
            "ownerId": Look.PART,
            "search": Look.THROUGH,
            **dict.fromkeys(("status", "playbookKey", "reviewerId", "dealType"), Look.THROUGH),
            **dict.fromkeys(("reviewDueBefore", "protectedUntilBefore"), Look.THROUGH),
            **{field.value: Look.THROUGH for field in _ORDERS if field is not RegistrationOrderField.UPDATED_AT},
        },
        always=Look.SORTED,
    ),
)
OF_OPPORTUNITY = replace(REGISTRATIONS, name="deal-registrations", link="opportunity_id", scan=None)
OF_PARTNER = replace(REGISTRATIONS, name="partner-registrations", link="partner_id", scan=None)


def _ask_one(arguments: Mapping[str, Any]) -> ListingArguments:
    id, number = arguments.get("id"), arguments.get("number")
    if (id is None) == (number is None):
        raise ClientError("Name the registration by `id` or by `number`, one of them.", argument=("id",))
    return ListingArguments(
        {"id": decode(id, "reg", "id")} if id is not None else {"number": str(number).strip().upper()}
    )


def _where_one(frame: Frame, given: Bindings) -> Sequence[Sql]:
    return [sql("{} = {}", frame.column(n), given.value(n)) for n in ("id", "number") if given.value(n) is not None]


ONE = First(
    Listing(
        "registration",
        by_key,
        where=_where_one,
        bind=_ask_one,
        scan=Scan("", {"id": Look.FEW, "number": Look.FEW}),
    )
)


def _ask_policies(arguments: Mapping[str, Any]) -> ListingArguments:
    key = arguments.get("playbook_key")
    return ListingArguments({} if key is None else {"playbook_key": key})


def _where_policies(frame: Frame, given: Bindings) -> Sequence[Sql]:
    key = given.value("playbook_key")
    return [] if key is None else [sql("{} = {}", frame.column("playbook_key"), key)]


def _by_playbook(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("playbook_key"), "text"), Key(frame.column("id"), "uuid")]


POLICIES = Listing(
    "registration-policies",
    _by_playbook,
    where=_where_policies,
    bind=_ask_policies,
    scan=Scan("registration_policy", {"playbookKey": Look.FEW}, always=Look.THROUGH),
)
