"""Targets and submissions, and their lists."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from app import nouns
from app.database.sql import Sql, sql
from app.periods import read_period
from schema.connections import root_connection
from schema.engine.declare import Key, Listing, ListingArguments, Paged, column, embedded, entity, to_one
from schema.engine.ids import decode_given
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import PeriodKind
from schema.identity.types import Organization, Partner, User
from schema.money import Money
from schema.node import Node
from schema.pagination import Connection
from schema.scalars import ForecastPeriod


@entity(
    nouns.SALES_TARGET,
    description="An amount to win in a period: by a partner, by one person (`owner`), or, without either, in the "
    "whole programme. Visible to the vendor, to the partner's managers and to the person.",
)
class SalesTarget(Node):
    period: ForecastPeriod = column("The period.")
    period_kind: PeriodKind = column("The kind of period.", "kind")
    starts_on: date = column("The first day of the period.", "first_day")
    ends_on: date = column("The last day of the period.", "last_day")
    partner: Partner | None = to_one("The partner; null for the programme and for the vendor's people.")
    owner: User | None = to_one("The person; null if it is a partner's or the programme's.")
    amount: Money = embedded(Money, {"amount": "amount", "currency": "currency"}, "amount", "The amount to win.")
    set_at: datetime = column("The date and time at which it was set.")
    set_by: User | None = to_one("The user who set it; null if the viewer can't see that user.", column="set_by_id")
    version: int = column(
        "The version, incremented by every change. Send it as `expectedVersion` to detect concurrent changes."
    )


@entity(
    nouns.FORECAST_SUBMISSION,
    description="The amount that somebody expects to be won in a period, as entered. Never changed: the next one "
    "is another. Visible to the managers of the organisation that submitted it and to who did; the vendor sees all.",
)
class ForecastSubmission(Node):
    period: ForecastPeriod = column("The period.")
    period_kind: PeriodKind = column("The kind of period.", "kind")
    organization: Organization = to_one("The organisation of the user who submitted it.")
    partner: Partner | None = to_one("The partner whose opportunities it is about; null if it is about all.")
    owner: User | None = to_one("The user whose opportunities it is about; null if it is about more than one's.")
    amount: Money = embedded(Money, {"amount": "amount", "currency": "currency"}, "amount", "The expected amount.")
    note: str | None = column("The note, as entered. Untrusted: escape it.")
    submitted_at: datetime = column("The date and time.")
    submitted_by: User | None = to_one(
        "The user who submitted it; null if the viewer can't see that user.", column="submitted_by_id"
    )


@strawberry.input(description="Conditions on targets, all of which must hold.")
class SalesTargetFilter:
    period: ForecastPeriod | None = strawberry.field(
        default=None, description="Targets of this period and of periods within it."
    )
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Targets of this partner.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Targets of this person.")


@strawberry.input(description="Conditions on submissions, all of which must hold.")
class ForecastSubmissionFilter:
    period: ForecastPeriod | None = strawberry.field(
        default=None, description="Submissions for this period and for periods within it."
    )
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Submissions about this partner.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Submissions about this user.")


def _ask(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: SalesTargetFilter | ForecastSubmissionFilter | None = arguments.get("filter")
    if wanted is None:
        return ListingArguments()
    period = None if wanted.period is None else read_period(wanted.period)
    values = {
        "first": period and period.first,
        "last": period and period.last,
        "partner_id": decode_given(wanted.partner_id, "ptr", "filter", "partnerId"),
        "owner_id": decode_given(wanted.owner_id, "usr", "filter", "ownerId"),
    }
    return ListingArguments({name: value for name, value in values.items() if value is not None})


_CONDITIONS = {
    "first": ("{} >= {}", "first_day"),
    "last": ("{} <= {}", "last_day"),
    "partner_id": ("{} = {}", "partner_id"),
    "owner_id": ("{} = {}", "owner_id"),
}


def _where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    return [
        sql(template, frame.column(column), given.value(name))
        for name, (template, column) in _CONDITIONS.items()
        if given.value(name) is not None
    ]


def _by_day(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("first_day"), "date"), Key(frame.column("id"), "uuid")]


def _newest_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    last = Key(frame.column("submitted_at"), "timestamptz", descending=True)
    return [last, Key(frame.column("id"), "uuid", descending=True)]


_LOOKS = {"period": Look.THROUGH, "partnerId": Look.THROUGH, "ownerId": Look.THROUGH}
TARGETS = Listing("sales-targets", _by_day, where=_where, bind=_ask, scan=Scan("sales_target", _LOOKS))
SUBMISSIONS = Listing(
    "forecast-submissions", _newest_first, where=_where, bind=_ask, scan=Scan("forecast_submission", _LOOKS)
)


@strawberry.type
class TargetQuery:
    targets: Connection[SalesTarget] = root_connection(
        Paged(TARGETS),
        "The targets that the viewer can see, by their first day.",
        filter=Annotated[SalesTargetFilter | None, strawberry.argument(description="Filters the list.")],
    )
    forecast_submissions: Connection[ForecastSubmission] = root_connection(
        Paged(SUBMISSIONS),
        "The submissions that the viewer can see, newest first.",
        filter=Annotated[ForecastSubmissionFilter | None, strawberry.argument(description="Filters the list.")],
    )
