"""Filters and orders of comments."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import strawberry

from app.database.sql import Sql, sql
from schema.engine.declare import Key, Listing, ListingArguments
from schema.engine.ids import decode_given
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import CommentAudience, CommentOrderField, OrderDirection


@strawberry.input(description="Conditions on comments, all of which must hold.")
class CommentFilter:
    audience: CommentAudience | None = strawberry.field(default=None, description="Comments for this audience.")
    author_id: strawberry.ID | None = strawberry.field(default=None, description="Comments by this user.")


@strawberry.input(description="The order of a list of comments.")
class CommentOrder:
    field: CommentOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(description="The direction.")


CommentFilterArgument = Annotated[CommentFilter | None, strawberry.argument(description="Filters the list.")]
CommentOrderArgument = Annotated[
    CommentOrder | None, strawberry.argument(description="The order of the list; oldest first by default.")
]


def _ask(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: CommentFilter = arguments.get("filter") or CommentFilter()
    order: CommentOrder | None = arguments.get("order_by")
    values = {
        "audience": wanted.audience and wanted.audience.value,
        "author_id": decode_given(wanted.author_id, "usr", "filter", "authorId"),
    }
    choices = {} if order is None else {"direction": order.direction.value}
    return ListingArguments({name: value for name, value in values.items() if value is not None}, choices)


def _where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    slots = {name: given.value(name) for name in ("audience", "author_id")}
    return [sql("{} = {}", frame.column(name), slot) for name, slot in slots.items() if slot is not None]


def _order(frame: Frame, given: Bindings) -> Sequence[Key]:
    descending = given.choice("direction") == OrderDirection.DESC
    return [
        Key(frame.column("created_at"), "timestamptz", descending),
        Key(frame.column("id"), "uuid", descending),
    ]


OF_DEAL = Listing("deal-comments", _order, link="opportunity_id", where=_where, bind=_ask)
OF_REGISTRATION = replace(OF_DEAL, name="registration-comments", link="registration_id")
